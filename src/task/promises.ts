/**
 * Waiting for promises of the host's.
 *
 * A promise can't be told that nobody waits any more: what was given to its `then` stays there until
 * it settles, which may be never. So all waits of one native promise share one reaction, and one that
 * is cancelled leaves it.
 *
 * @module
 */
import { current } from "../kernel/current.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { CancelledError } from "../errors.ts";
import { Suspension } from "../kernel/suspend.ts";
import { type Future, futureOf } from "./future.ts";

/** Who waits for a promise. */
interface PromiseListener {
  _onFulfilled(value: unknown): void;
  _onRejected(error: unknown): void;
}

/** Everybody who waits for one promise. */
type Reaction = Set<PromiseListener>;

const reactions = new WeakMap<PromiseLike<unknown>, Reaction>();
const { then } = Promise.prototype;

/** One wait for one promise, which the kernel counts while it lasts. */
class PromiseWait implements PromiseListener {
  readonly #kernel: Kernel;
  readonly #wake: (value: never) => void;
  readonly #fail: (error: unknown) => void;
  #reaction: Reaction | null = null;
  #ended = false;

  constructor(kernel: Kernel, wake: (value: never) => void, fail: (error: unknown) => void) {
    this.#kernel = kernel;
    this.#wake = wake;
    this.#fail = fail;
    kernel.hostWaits++;
  }

  listen(promise: PromiseLike<unknown>): this {
    try {
      // Other thenables may do something else at each call of their then.
      const isNative = promise instanceof Promise && promise.then === then;
      const known = isNative ? reactions.get(promise) : undefined;
      const reaction = this.#reaction = known ?? new Set();
      reaction.add(this);
      if (known !== undefined) return this;
      if (isNative) reactions.set(promise, reaction);
      const settled = () => {
        // It won't be called again, for whoever comes later.
        reactions.delete(promise);
        return reaction;
      };
      // Some thenables call back before this returns.
      promise.then(
        (value) => settled().forEach((listener) => listener._onFulfilled(value)),
        (error) => settled().forEach((listener) => listener._onRejected(error)),
      );
    } catch (error) {
      this._onRejected(error);
    }
    return this;
  }

  _onFulfilled(value: unknown): void {
    if (this.#end()) this.#wake(value as never);
  }

  _onRejected(error: unknown): void {
    if (this.#end()) this.#fail(error);
  }

  /** Nobody waits any more. */
  forget(): void {
    this.#end();
    this.#reaction?.delete(this);
  }

  #end(): boolean {
    if (this.#ended) return false;
    this.#ended = true;
    this.#kernel.hostWaits--;
    return true;
  }
}

/**
 * A wait for a promise.
 *
 * @param start Gives the promise when the wait begins.
 * @param onCancel Is called when the wait is cancelled; what it returns becomes the clean-up.
 */
export function promiseSuspension<T>(
  start: () => PromiseLike<T>,
  onCancel?: (error: CancelledError) => unknown,
): Suspension<T> {
  return new Suspension<T>((wake, fail) => {
    const promise = start();
    const wait = new PromiseWait(current.kernel!, wake, fail).listen(promise);
    return (reason) => {
      wait.forget();
      return onCancel?.(reason);
    };
  }, "a promise");
}

/** A future that gets a promise's result. */
export function fromPromise<T>(promise: PromiseLike<T>, kernel: Kernel): Future<T> {
  const future = futureOf<T>(kernel);
  const wait = new PromiseWait(
    kernel,
    (value) => future["_succeed"](value),
    (error) => future["_fail"](error),
  );
  future["_observe"]({ _futureDone: () => wait.forget() });
  wait.listen(promise);
  return future;
}
