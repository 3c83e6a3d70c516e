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
  /*
   * A constructor that half a dozen classes share sees as many object shapes, and V8 then sets each
   * field the slow way: acquiring a free lock took 62 ns instead of 27. So each class that programs
   * make by the thousand sets all its fields itself, begins with _loop, and ends with made(this).
   */

  /** @internal The loop that was running where it was made. */
  abstract readonly _loop: EventLoop | null;
  /** @internal */
  abstract readonly _awaited: boolean;

  /**
   * Starts the operation; called by `yield*`.
   *
   * @throws {InvalidStateError} When it was awaited before, or belongs to another loop.
   */
  abstract [Symbol.iterator](): Iterator<unknown, T, unknown>;

  /** For `await` in async functions: runs the operation in a task of its own. */
  then<R1 = T, R2 = never>(
    onfulfilled?: ((value: T) => R1 | PromiseLike<R1>) | null,
    onrejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    return (this._loop ?? currentLoop()).createTask<T>(this).then(onfulfilled, onrejected);
  }

  /** @internal What it is called in reports. */
  abstract _describe(): string;
}

/** Has debug mode remember the operation, to report it if it is never awaited. */
export function made(operation: Operation<unknown>): void {
  running.loop?._debugLog?.operationMade(operation);
}

/** Refuses to start an operation that was started before, or that belongs to another loop. */
export function checkStart(operation: Operation<unknown>): void {
  if (operation._awaited) {
    throw new InvalidStateError(
      "Cannot await an operation twice: make a new one, or a task, which any number may await",
    );
  }
  if (operation._loop !== null && running.loop !== null && operation._loop !== running.loop) {
    throw new InvalidStateError("Cannot await an operation that belongs to another event loop");
  }
}

/** An operation that is its own iterator: what most are that wait for one thing. */
export abstract class Step<T> extends Operation<T> {
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
  readonly _loop: EventLoop | null = running.loop;
  _awaited = false;
  readonly #fn: (...args: A) => Iterator<unknown, T, unknown>;
  readonly #args: A;

  constructor(fn: (...args: A) => Iterator<unknown, T, unknown>, args: A) {
    super();
    this.#fn = fn;
    this.#args = args;
    made(this);
  }

  override [Symbol.iterator](): Iterator<unknown, T, unknown> {
    checkStart(this);
    this._awaited = true;
    const fn = this.#fn; // Called as a function: the program's own has no business with this object.
    return fn(...this.#args);
  }

  override _describe(): string {
    return this.#fn.name === "" ? "A coroutine" : `${this.#fn.name}()`;
  }
}
