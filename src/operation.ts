/**
 * Operations: what a call such as `sleep(10)` returns. Nothing starts until it is awaited.
 *
 * @module
 */
import { InvalidStateError } from "./errors.ts";
import type { EventLoop } from "./event_loop.ts";
import { currentLoop, running } from "./running.ts";
import { done } from "./parking.ts";

/**
 * Something that can be awaited once, by `yield*` in a coroutine or by `await` in an async function.
 *
 * @example
 * ```ts
 * const nap: Operation<void> = sleep("1s"); // nothing happens yet
 * yield* nap;
 * ```
 */
export abstract class Operation<T> implements PromiseLike<T> {
  /** @internal The loop that was running where it was made. */
  readonly _loop: EventLoop | null = running.loop;
  /** @internal */
  _awaited = false;

  /** @internal In debug mode the loop remembers the operation, to report it if it's never awaited. */
  constructor() {
    this._loop?._debugLog?.operationMade(this);
  }

  /**
   * Starts the operation; called by `yield*`.
   *
   * @throws {InvalidStateError} When it was awaited before, or belongs to another loop.
   */
  [Symbol.iterator](): Iterator<unknown, T, unknown> {
    if (this._awaited) {
      throw new InvalidStateError(
        "Cannot await an operation twice: make a new one, or wait for a task, which any number may await",
      );
    }
    if (this._loop !== null && this._loop !== running.loop && running.loop !== null) {
      throw new InvalidStateError("Cannot await an operation that belongs to another event loop");
    }
    this._awaited = true;
    this._loop?._debugLog?.operationAwaited(this);
    return this._iterate();
  }

  /** For `await` in async functions: runs the operation in a task of its own. */
  then<R1 = T, R2 = never>(
    onfulfilled?: ((value: T) => R1 | PromiseLike<R1>) | null,
    onrejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    return (this._loop ?? currentLoop()).createTask<T>(this).then(onfulfilled, onrejected);
  }

  /** @internal What it is called in reports. */
  _describe(): string {
    return `${this.constructor.name || "An operation"}`;
  }

  /** @internal */
  protected abstract _iterate(): Iterator<unknown, T, unknown>;
}

/** An operation that is its own iterator: what most are that wait for one thing. */
export abstract class Step<T> extends Operation<T> {
  protected override _iterate(): Iterator<unknown, T, unknown> {
    return this as unknown as Iterator<unknown, T, unknown>;
  }

  /** @internal */
  abstract next(): IteratorResult<unknown, T>;

  /** @internal Something was thrown into the task while it waited; lets it pass. */
  throw(error: unknown): IteratorResult<unknown, T> {
    throw error;
  }

  /** @internal */
  return(value: T): IteratorReturnResult<T> {
    return done(value);
  }
}

/** An operation written as a generator function. */
export class Routine<A extends unknown[], T> extends Operation<T> {
  readonly #fn: (...args: A) => Iterator<unknown, T, unknown>;
  readonly #args: A;

  constructor(fn: (...args: A) => Iterator<unknown, T, unknown>, args: A) {
    super();
    this.#fn = fn;
    this.#args = args;
  }

  protected override _iterate(): Iterator<unknown, T, unknown> {
    return this.#fn(...this.#args);
  }
}
