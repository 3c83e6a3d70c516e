/**
 * Operations: what a call such as `sleep(10)` returns. Nothing starts until it is awaited.
 *
 * @module
 */
import { functionName } from "../check.ts";
import { InvalidStateError } from "../errors.ts";
import { current, currentKernel } from "../kernel/current.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { done } from "../kernel/suspend.ts";
import { Printable } from "../printing.ts";

/**
 * Something that can be awaited once, by `yield*` in a coroutine or by `await` in an async function.
 *
 * It belongs to the loop that is running where it is made; made outside any loop, to the one on which
 * it is first awaited.
 *
 * @example
 * ```ts
 * const nap: Operation<void> = sleep("1s"); // nothing happens yet
 * yield* nap;
 * ```
 */
export abstract class Operation<T> extends Printable implements PromiseLike<T> {
  /**
   * Starts the operation; called by `yield*`.
   *
   * @throws {InvalidStateError} When it was awaited before, or belongs to another loop.
   */
  abstract [Symbol.iterator](): Iterator<unknown, T, unknown>;

  /**
   * For `await` in async functions: runs the operation in a task of its own.
   *
   * @param onfulfilled Is called with the result.
   * @param onrejected Is called with the error.
   */
  then<R1 = T, R2 = never>(
    onfulfilled?: ((value: T) => R1 | PromiseLike<R1>) | null,
    onrejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    const kernel = (this as Partial<OperationState>)._kernel ?? currentKernel();
    return kernel.spawn(this).then(onfulfilled, onrejected) as Promise<R1 | R2>;
  }

  /** Its kind and what it is of, in a line. */
  override toString(): string {
    return `Operation of ${(this as Partial<OperationState>)._label?.() ?? "the program's own"}`;
  }
}

/** What all operations of this library have, and programs have no use for. */
export interface OperationState {
  /** The loop that was running where it was made. */
  readonly _kernel: Kernel | null;
  readonly _awaited: boolean;
  /** What it is called in reports. */
  _label(): string;
}

/** Has the loop remember the operation, to tell if it is never awaited. */
export function trackOperation(operation: object): void {
  current.kernel?.operations?._onMade(operation);
}

/** Refuses to start an operation that was started before, or that belongs to another loop. */
export function checkStart(operation: OperationState): void {
  if (operation._awaited) {
    throw new InvalidStateError(
      "Cannot await an operation twice: make a new one, or a task, which any number may await",
    );
  }
  const { kernel } = current;
  if (operation._kernel !== null && kernel !== null && operation._kernel !== kernel) {
    throw new InvalidStateError("Cannot await an operation that belongs to another event loop");
  }
}

/** An operation that is its own iterator: what most are that wait for one thing. */
export abstract class LeafOperation<T> extends Operation<T> implements OperationState {
  /*
   * A constructor that half a dozen classes share sees as many hidden classes, and V8 then sets each
   * field by a megamorphic store: acquiring a free lock took 62 ns instead of 27. So each class that
   * programs make by the thousand sets all its fields itself, begins with _kernel, and ends with
   * trackOperation(this).
   */
  abstract readonly _kernel: Kernel | null;
  abstract readonly _awaited: boolean;
  abstract _label(): string;

  abstract next(): IteratorResult<unknown, T>;

  /** Something was thrown into the task while it waited; lets it pass. */
  throw(error: unknown): IteratorResult<unknown, T> {
    throw error;
  }

  return(value: T): IteratorReturnResult<T> {
    return done(value);
  }
}

/** An operation written as a generator function, or another function that returns an iterator. */
export class GeneratorOperation<A extends unknown[], T> extends Operation<T>
  implements OperationState {
  readonly _kernel: Kernel | null = current.kernel;
  _awaited = false;
  readonly #fn: (...args: A) => Iterator<unknown, T, unknown>;
  readonly #args: A;

  constructor(fn: (...args: A) => Iterator<unknown, T, unknown>, args: A) {
    super();
    this.#fn = fn;
    this.#args = args;
    trackOperation(this);
  }

  override [Symbol.iterator](): Iterator<unknown, T, unknown> {
    checkStart(this);
    this._awaited = true;
    const fn = this.#fn; // Called as a function: the program's own has no business with this object.
    return fn(...this.#args);
  }

  _label(): string {
    const name = functionName(this.#fn);
    return name === "(anonymous)" ? "a coroutine" : `${name}()`;
  }
}
