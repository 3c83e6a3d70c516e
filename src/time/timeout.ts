/**
 * Time limits.
 *
 * @module
 */
import {
  type Awaitable,
  checkFunction,
  isAwaitable,
  iterate,
  notAwaitable,
  start,
} from "./awaitable.ts";
import { createTask } from "./create_task.ts";
import { delayTicks, type Duration, moment, optionalMilliseconds } from "./duration.ts";
import { CancelledError, InvalidStateError, TimeoutError } from "./errors.ts";
import { Future } from "./future.ts";
import type { EventLoop } from "./event_loop.ts";
import { checkStart, made, type Operation, Step } from "./operation.ts";
import { running } from "./running.ts";
import type { Runnable } from "./scheduler.ts";
import type { Task } from "./task.ts";
import { done, waitingTask } from "./parking.ts";
import type { Coroutine } from "./generator.ts";

const ENTERED = 0;
const EXPIRING = 1;
const EXPIRED = 2;
const EXITED = 3;

/**
 * A deadline over a part of a task. When it passes, the task is cancelled; on leaving, that
 * cancellation, and no other one, becomes a TimeoutError.
 */
class Deadline implements Runnable {
  readonly #task: Task<unknown>;
  /** How many cancels were under way on entry: only if there are no more is this one ours. */
  readonly #cancelling: number;
  #slot = -1;
  state = ENTERED;

  constructor(task: Task<unknown>) {
    this.#task = task;
    this.#cancelling = task.cancelling();
  }

  /** Sets the deadline to a moment, or takes it back with Infinity. */
  at(when: number): void {
    const { loop } = this.#task;
    this.#disarm();
    if (when === Infinity) return;
    this.#slot = loop._register(this);
    // What is due already goes through the run queue: it comes before the next timer.
    if (when <= loop.time()) loop._ready(this.#slot);
    else loop._readyAt(this.#slot, when);
  }

  /** The deadline, while it stands. */
  get when(): number | undefined {
    return this.#slot < 0 ? undefined : this.#task.loop._deadlineOf(this.#slot);
  }

  /** Sets the deadline to a delay after the loop next reads its clock, which saves reading it. */
  after(delay: number): void {
    if (delay === Infinity) return;
    const { loop } = this.#task;
    this.#slot = loop._register(this);
    loop._readyAfter(this.#slot, delayTicks(delay));
  }

  _step(): void {
    const { loop } = this.#task;
    loop._release(this.#slot);
    this.#slot = -1;
    if (this.state !== ENTERED) return;
    this.state = EXPIRING;
    this.#task.cancel();
  }

  /** The part is over. */
  exit(): void {
    this.#disarm();
    if (this.state === EXPIRING) {
      this.state = EXPIRED;
      this.#task.uncancel();
    } else if (this.state === ENTERED) this.state = EXITED;
  }

  /** What to throw in place of an error that has left the part. */
  replace(error: unknown): unknown {
    const ours = this.state === EXPIRED && this.#task.cancelling() <= this.#cancelling;
    if (!ours || !(error instanceof CancelledError)) return error;
    return new TimeoutError("The time is up", { cause: error });
  }

  #disarm(): void {
    if (this.#slot >= 0) this.#task.loop._withdraw(this.#slot);
    this.#slot = -1;
  }
}

/** Runs something below a deadline, in the task that awaits it. */
abstract class Limited<T> extends Step<T> {
  readonly _loop: EventLoop | null = running.loop;
  _awaited = false;
  #inner: Iterator<unknown, T, unknown> | null = null;
  protected deadline: Deadline | null = null;

  /** Sets the deadline and starts what is below it. */
  protected abstract enter(task: Task<unknown>): Iterator<unknown, T, unknown>;

  override [Symbol.iterator](): Iterator<unknown, T, unknown> {
    checkStart(this);
    this._awaited = true;
    return this as unknown as Iterator<unknown, T, unknown>;
  }

  override next(): IteratorResult<unknown, T> {
    try {
      this.#inner ??= this.enter(waitingTask(this._loop));
      return this.#leave(this.#inner.next());
    } catch (error) {
      throw this.#replace(error);
    }
  }

  override throw(error: unknown): IteratorResult<unknown, T> {
    if (this.#inner === null) throw error;
    try {
      return this.#leave(this.#inner.throw!(error));
    } catch (error) {
      throw this.#replace(error);
    }
  }

  override return(value: T): IteratorReturnResult<T> {
    this.deadline?.exit();
    this.#inner?.return?.(value);
    return done(value);
  }

  #leave(result: IteratorResult<unknown, T>): IteratorResult<unknown, T> {
    if (result.done) this.deadline?.exit();
    return result;
  }

  #replace(error: unknown): unknown {
    this.deadline?.exit();
    return this.deadline === null ? error : this.deadline.replace(error);
  }
}

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

class Timeout<T> extends Limited<T> implements TimeoutScope {
  /** The deadline; NaN where it's a delay from the start, and nobody has asked. */
  #when: number;
  readonly #delay: number | null;
  /** What the clock showed when it was last read before the start. */
  #started = 0;
  readonly #body: (scope: TimeoutScope) => Awaitable<T>;

  constructor(when: number, delay: number | null, body: (scope: TimeoutScope) => Awaitable<T>) {
    super();
    checkFunction(body, "body");
    this.#when = when;
    this.#delay = delay;
    this.#body = body;
    made(this);
  }

  when(): number | null {
    // Whoever asks only when it's over has to do with what the clock showed before it began.
    if (Number.isNaN(this.#when)) this.#when = this.deadline!.when ?? this.#started + this.#delay!;
    return this.#when === Infinity ? null : this.#when;
  }

  reschedule(when: number | null): void {
    const next = when === null ? Infinity : moment(when, "when");
    if (this.deadline?.state !== ENTERED) {
      throw new InvalidStateError("Cannot reschedule: the timeout has expired or ended");
    }
    this.#when = next;
    this.deadline.at(next);
  }

  expired(): boolean {
    const state = this.deadline?.state;
    return state === EXPIRING || state === EXPIRED;
  }

  protected override enter(task: Task<unknown>): Iterator<unknown, T, unknown> {
    const { loop } = task;
    this.deadline = new Deadline(task);
    if (this.#delay !== null && this.#delay > 0) {
      this.#started = loop._now;
      this.deadline.after(this.#delay);
    } else {
      if (this.#delay !== null) this.#when = loop.time() + this.#delay;
      this.deadline.at(this.#when);
    }
    const body = this.#body;
    return start(() => body(this), "body");
  }

  override _describe(): string {
    return this.#delay === null ? "timeoutAt()" : "timeout()";
  }
}

/**
 * Runs `body` with a time limit. When the time is up, what is inside is cancelled, and on leaving the
 * scope that cancellation becomes a {@linkcode TimeoutError}. Scopes may be nested.
 *
 * @param delay The limit; `null` or `Infinity` for none.
 * @param body A function of the scope that returns an awaitable; it runs in the task that awaits.
 * @throws {TimeoutError} When awaited, if the time is up and the cancellation has left the scope.
 *
 * @example
 * ```ts
 * const page = yield* timeout("5s", function* () {
 *   const session = yield* login();
 *   return yield* session.load("/");
 * });
 * ```
 */
export function timeout<T>(
  delay: Duration | null,
  body: (scope: TimeoutScope) => Awaitable<T>,
): Operation<T> {
  return new Timeout(NaN, optionalMilliseconds(delay, "delay"), body);
}

/**
 * As {@linkcode timeout}, with a moment instead of a delay.
 *
 * @param when The deadline in milliseconds on `loop.time()`'s scale; `null` for none.
 * @param body A function of the scope that returns an awaitable; it runs in the task that awaits.
 * @throws {TimeoutError} When awaited, if the time is up and the cancellation has left the scope.
 *
 * @example
 * ```ts
 * const deadline = getRunningLoop().time() + 5000;
 * yield* timeoutAt(deadline, firstHalf);
 * yield* timeoutAt(deadline, secondHalf); // both together take 5 s at most
 * ```
 */
export function timeoutAt<T>(
  when: number | null,
  body: (scope: TimeoutScope) => Awaitable<T>,
): Operation<T> {
  return new Timeout(when === null ? Infinity : moment(when, "when"), null, body);
}

class WaitFor<T> extends Limited<T> {
  readonly #aw: Awaitable<T>;
  readonly #delay: number;

  constructor(aw: Awaitable<T>, delay: number) {
    super();
    this.#aw = aw;
    this.#delay = delay;
    made(this);
  }

  protected override enter(task: Task<unknown>): Iterator<unknown, T, unknown> {
    if (this.#delay <= 0) return atOnce(this.#aw);
    this.deadline = new Deadline(task);
    this.deadline.after(this.#delay);
    return iterate(this.#aw, "aw");
  }

  override _describe(): string {
    return "waitFor()";
  }
}

/** With no time at all, only what is done already has a result; the rest is cancelled unstarted. */
function* atOnce<T>(aw: Awaitable<T>): Coroutine<T> {
  // Not eagerly: it must not be started at all.
  const future = aw instanceof Future ? aw : createTask(aw, { eager: false });
  if (future.done()) return future.result();
  yield* cancelAndWait(future);
  try {
    return future.result();
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
    throw new TimeoutError("The time is up", { cause: error });
  }
}

/** Cancels, and waits until the cancellation is done, without taking the outcome over. */
function* cancelAndWait(future: Future<unknown>): Coroutine<void> {
  const ended = future.loop.createFuture<void>();
  // By a callback and not at once, so that it waits in any case, and a cancel under way strikes here.
  const release = () => void (ended.done() || ended.setResult());
  future.addDoneCallback(release);
  try {
    future.cancel();
    yield* ended;
  } finally {
    future.removeDoneCallback(release);
  }
}

/**
 * Waits for an awaitable, but not for longer than `timeout`. When the time is up it is cancelled, and
 * the wait goes on until that cancellation is done: nothing is left running behind your back.
 *
 * A coroutine runs in the task that awaits.
 *
 * @param aw What to wait for.
 * @param timeout The limit; `null` or `Infinity` for none. With zero or less, a coroutine is not even
 * started.
 * @throws {TimeoutError} When awaited, if the time is up.
 * @throws {TypeError} When `aw` can't be awaited.
 *
 * @example
 * ```ts
 * const body = yield* waitFor(download(url), "2s");
 * ```
 */
export function waitFor<T>(aw: Awaitable<T>, timeout: Duration | null): Operation<T> {
  const delay = optionalMilliseconds(timeout, "timeout");
  if (!isAwaitable(aw)) throw notAwaitable(aw, "aw");
  return new WaitFor(aw, delay);
}
