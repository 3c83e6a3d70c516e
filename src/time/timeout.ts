/**
 * Time limits over a body.
 *
 * @module
 */
import { checkFunction } from "../check.ts";
import { type Duration, limitMilliseconds, moment } from "../duration.ts";
import { InvalidStateError } from "../errors.ts";
import type { Fiber } from "../kernel/kernel.ts";
import { type Awaitable, bodyResult, toIterator } from "../task/awaitable.ts";
import { type Operation, trackOperation } from "../task/operation.ts";
import { DeadlineScope } from "./deadline.ts";

/**
 * What a {@linkcode timeout} body gets: its own deadline, to look at and to move.
 *
 * @example
 * ```ts
 * yield* timeout("1s", function* (scope) {
 *   const header = yield* readHeader();
 *   scope.reschedule(getRunningLoop().time() + header.patience);
 *   return yield* readBody();
 * });
 * ```
 */
export interface TimeoutScope {
  /** When the time is up, in milliseconds on `loop.time()`'s scale; `null` without a limit. */
  when(): number | null;
  /**
   * Moves the deadline.
   *
   * @param when The new one, on `loop.time()`'s scale; `null` for none.
   * @throws {InvalidStateError} When the deadline has passed, or the scope has ended.
   */
  reschedule(when: number | null): void;
  /** Whether the deadline has passed. */
  expired(): boolean;
}

class Timeout<T> extends DeadlineScope<T> implements TimeoutScope {
  /** The deadline; NaN where it's a delay from the start, and nobody has asked. */
  #when: number;
  readonly #delay: number | null;
  /** What the clock showed when it was last read before the start. */
  #started = 0;
  #moved = false;
  readonly #body: (scope: TimeoutScope) => Awaitable<T> | void;

  constructor(
    when: number,
    delay: number | null,
    body: (scope: TimeoutScope) => Awaitable<T> | void,
  ) {
    super();
    checkFunction(body, "body");
    this.#when = when;
    this.#delay = delay;
    this.#body = body;
    trackOperation(this);
  }

  when(): number | null {
    // A program that asks only when it's over has to do with what the clock showed before it began.
    if (Number.isNaN(this.#when)) this.#when = this._deadline() ?? this.#started + this.#delay!;
    return this.#when === Infinity ? null : this.#when;
  }

  reschedule(when: number | null): void {
    const next = when === null ? Infinity : moment(when, "when");
    if (!this._isOpen()) {
      throw new InvalidStateError("Cannot reschedule: the timeout has expired or ended");
    }
    this.#when = next;
    this.#moved = true;
    this._expireAt(next);
  }

  expired(): boolean {
    return this._hasExpired();
  }

  protected override _enter({ _kernel: kernel }: Fiber): Iterator<unknown, T, unknown> {
    if (this.#delay !== null && this.#delay > 0) {
      this.#started = kernel.now;
      this._expireAfter(this.#delay);
    } else {
      if (this.#delay !== null) this.#when = kernel.time() + this.#delay;
      this._expireAt(this.#when);
    }
    const body = this.#body;
    return toIterator(() => bodyResult(body(this)), "body", true);
  }

  protected override _limit(): string {
    if (this.#delay !== null && !this.#moved) return `after ${this.#delay}ms`;
    return `at ${this.#when}ms of the loop's time`;
  }

  override _label(): string {
    return this.#delay === null ? "timeoutAt()" : "timeout()";
  }
}

/**
 * Runs `body` with a time limit. When the time is up, what is inside is cancelled, and on leaving the
 * scope that cancellation becomes a {@linkcode TimeoutError}. Scopes may be nested.
 *
 * @param delay The limit; `null` or `Infinity` for none.
 * @param body A function of the scope that returns an awaitable or nothing; it runs in the task that
 * awaits.
 * @throws {TimeoutError} When awaited, if the time is up and the cancellation has left the scope.
 * @throws {RangeError | TypeError} When `delay` is no duration, or `body` no function.
 *
 * @example
 * ```ts
 * const page = yield* timeout("5s", function* () {
 *   const session = yield* login();
 *   return yield* session.load("/");
 * });
 * ```
 */
export function timeout<T = void>(
  delay: Duration | null,
  body: (scope: TimeoutScope) => Awaitable<T> | void,
): Operation<T> {
  return new Timeout(NaN, limitMilliseconds(delay, "delay"), body);
}

/**
 * As {@linkcode timeout}, with a moment instead of a delay.
 *
 * @param when The deadline in milliseconds on `loop.time()`'s scale; `null` for none.
 * @param body A function of the scope that returns an awaitable or nothing; it runs in the task that
 * awaits.
 * @throws {TimeoutError} When awaited, if the time is up and the cancellation has left the scope.
 * @throws {RangeError | TypeError} When `when` is no number, or `body` no function.
 *
 * @example
 * ```ts
 * const deadline = getRunningLoop().time() + 5000;
 * yield* timeoutAt(deadline, firstHalf);
 * yield* timeoutAt(deadline, secondHalf); // both together take 5 s at most
 * ```
 */
export function timeoutAt<T = void>(
  when: number | null,
  body: (scope: TimeoutScope) => Awaitable<T> | void,
): Operation<T> {
  return new Timeout(when === null ? Infinity : moment(when, "when"), null, body);
}
