/**
 * Waiting for promises, and for whatever else can be awaited.
 *
 * @module
 */
import { checkFunction, checkOptions, describe, notAwaitable } from "../check.ts";
import { type CancelledError, isCancelledError } from "../errors.ts";
import { currentTask } from "../loop/running.ts";
import type { HostAbortSignal } from "../portable.ts";
import {
  type Awaitable,
  awaitResultOf,
  isAwaitable,
  isThenable,
  iteratorOf,
  withCleanup,
} from "../task/awaitable.ts";
import { Future } from "../task/future.ts";
import { type Coroutine, isCoroutine } from "../task/generator.ts";
import { GeneratorOperation, Operation } from "../task/operation.ts";
import { promiseSuspension } from "../task/promises.ts";

/** Settings of {@linkcode until}. */
export interface UntilOptions {
  /**
   * Is called when the wait is cancelled, in the task that waits; what it returns is waited for before
   * the cancel goes on. A second cancel interrupts that.
   */
  onCancel?: (error: CancelledError) => void | Awaitable<unknown>;
}

/**
 * Waits for a promise from inside a coroutine, or for anything else that can be awaited: code that is
 * given the one or the other needs one word only. What is no promise is waited for as `yield*` does,
 * its cancel included.
 *
 * A cancelled or timed-out wait lets go of a promise, which goes on by itself; {@linkcode abortable}
 * ends the work, too. An error of the promise's shows the coroutines that waited in its stack.
 *
 * @param aw A promise, or anything with a `then`; a coroutine, future, task or operation.
 * @param options See {@linkcode UntilOptions}.
 * @throws {TypeError} When it can't be awaited.
 * @throws What the promise is rejected with, when awaited.
 *
 * @example
 * ```ts
 * const text = yield* until(Deno.readTextFile("notes.txt"));
 * const rows = yield* until(query.run(), { onCancel: () => query.kill() });
 * ```
 */
export function until<T>(aw: Awaitable<T>, options: UntilOptions = {}): Operation<T> {
  if (!isAwaitable(aw)) throw notAwaitable(aw, "aw");
  checkOptions(options);
  const { onCancel } = options;
  if (onCancel !== undefined) checkFunction(onCancel, "onCancel");
  return new GeneratorOperation(function until(): Iterator<unknown, T, unknown> {
    if (onCancel === undefined) return iteratorOf(aw, "aw");
    const isOurs = isCoroutine(aw) || aw instanceof Future || aw instanceof Operation;
    return isOurs
      ? withOnCancel(iteratorOf(aw, "aw"), onCancel)
      : withCleanup(promiseSuspension(() => aw as PromiseLike<T>, onCancel));
  }, []);
}

function* withOnCancel<T>(
  iterator: Iterator<unknown, T, unknown>,
  onCancel: (error: CancelledError) => void | Awaitable<unknown>,
): Coroutine<T> {
  try {
    return yield* { [Symbol.iterator]: () => iterator };
  } catch (error) {
    // What is waited for may have been cancelled without us.
    if (isCancelledError(error) && currentTask()!.cancelling() > 0) {
      const cleanup = onCancel(error);
      if (isAwaitable(cleanup)) yield* awaitResultOf(() => cleanup, "onCancel");
    }
    throw error;
  }
}

/**
 * Waits for a promise whose work ends when the wait is cancelled: its signal is then aborted.
 *
 * @param fn Starts the work with the signal, and returns its promise. Called when awaited.
 * @throws {TypeError} When `fn` is no function, or what it returns is no promise.
 * @throws What the promise is rejected with, when awaited.
 *
 * @example
 * ```ts
 * const response = yield* waitFor(abortable((signal) => fetch(url, { signal })), "2s");
 * ```
 */
export function abortable<T>(fn: (signal: HostAbortSignal) => PromiseLike<T>): Operation<T> {
  checkFunction(fn, "fn");
  return new GeneratorOperation(function abortable() {
    const controller = new AbortController();
    const start = () => {
      const promise = fn(controller.signal);
      if (isThenable(promise)) return promise;
      throw new TypeError(`fn must return a promise, got ${describe(promise)}`);
    };
    return promiseSuspension(start, (reason) => controller.abort(reason));
  }, []);
}
