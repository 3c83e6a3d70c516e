/**
 * Everything that can be waited for, and how a task gets at it.
 *
 * @module
 */
import { checkFunction, describe, functionName, notAwaitable, realmHint } from "../check.ts";
import { type CancelledError, InvalidStateError } from "../errors.ts";
import { asCallback, current } from "../kernel/current.ts";
import { done, Suspension } from "../kernel/suspend.ts";
import { Future } from "./future.ts";
import { type Coroutine, isCoroutine, own } from "./generator.ts";
import { GeneratorOperation, Operation } from "./operation.ts";
import { promiseSuspension } from "./promises.ts";

/**
 * Everything that the scheduler can wait for.
 *
 * @example
 * ```ts
 * const awaitables: Awaitable<unknown>[] = [greet("Ada"), sleep(5), new Future(), Promise.resolve()];
 * ```
 */
export type Awaitable<T> = Coroutine<T> | Future<T> | Operation<T> | PromiseLike<T>;

/** What awaiting an `A` results in. */
export type Result<A> = A extends Generator<unknown, infer T, never> ? T
  : A extends Future<infer T> ? T
  : A extends Operation<infer T> ? T
  : A extends PromiseLike<infer T> ? T
  : never;

/**
 * Whether `x` can be awaited: a coroutine, a future or task, an operation, or a promise.
 *
 * @param x Anything.
 *
 * @example
 * ```ts
 * isAwaitable(sleep(5)); // true
 * isAwaitable(5); // false
 * ```
 */
export function isAwaitable(x: unknown): x is Awaitable<unknown> {
  return isCoroutine(x) || isThenable(x);
}

/** Whether `x` can be awaited by `await`: a promise, future, task or operation. */
export function isThenable(x: unknown): x is PromiseLike<unknown> {
  return (typeof x === "object" || typeof x === "function") && x !== null &&
    typeof (x as { then?: unknown }).then === "function";
}

/**
 * The iterator through which a task waits. Takes coroutines and starts operations.
 *
 * @param asTask Whether it is resumed by a task, or as one is.
 * @throws {InvalidStateError} When a coroutine or an operation has been taken already.
 */
export function iteratorOf<T>(
  aw: Awaitable<T>,
  argument: string,
  asTask = false,
): Iterator<unknown, T, unknown> {
  if (isCoroutine(aw)) return own(aw as Coroutine<T>, asTask);
  if (aw instanceof Future || aw instanceof Operation) return aw[Symbol.iterator]();
  if (isThenable(aw)) return promiseSuspension(() => aw as PromiseLike<T>);
  throw notAwaitable(aw, argument);
}

/** An awaitable as it is, or what a function returns. */
export function toAwaitable<T>(
  aw: Awaitable<T> | (() => Awaitable<T>),
  argument: string,
): Awaitable<T> {
  if (typeof aw !== "function" || isThenable(aw)) return aw as Awaitable<T>;
  const result = (aw as () => Awaitable<T>)();
  if (isAwaitable(result)) return result;
  throw new TypeError(
    `${argument} must return an awaitable, got ${describe(result)}${
      realmHint(result) || ": write it as function* or async function"
    }`,
  );
}

/** The iterator of an awaitable, or of what a function returns that is called for it. */
export function toIterator<T>(
  aw: Awaitable<T> | (() => Awaitable<T>),
  argument: string,
  asTask = false,
): Iterator<unknown, T, unknown> {
  // The last line would do for all; to look for the usual first makes a task 5% quicker to start.
  if (isCoroutine(aw)) return own(aw as Coroutine<T>, asTask);
  if (aw instanceof Operation) return aw[Symbol.iterator]();
  return iteratorOf(toAwaitable(aw, argument), argument, asTask);
}

/** What a body returns, which may be nothing, or `false`, in an awaitable's place. */
export function bodyResult<T>(result: Awaitable<T> | T | void): Awaitable<T> {
  if (result !== undefined && result !== false) return result as Awaitable<T>;
  return new GeneratorOperation(() => ({ next: () => done(result as T) }), []);
}

/** For `yield*`: what a function results in that is called for it, which may return a promise. */
export function awaitResultOf<T>(
  fn: () => Awaitable<T> | T | void,
  argument: string,
): Iterable<unknown, T, unknown> {
  return { [Symbol.iterator]: () => toIterator(() => bodyResult(fn()), argument) };
}

/**
 * Waits for anything that can call back: the way to make awaitables of one's own.
 *
 * @param start Is called when the operation is awaited, in the task that waits. It arranges that
 * `wake(value)` or `fail(error)` is called some time, and may return a function that calls this off.
 * That function is called in the same task when the wait is cancelled, after a wake that the task has
 * not seen yet, too; if it returns an awaitable, that is waited for before the cancel goes on. A wake
 * inside `start` gives up no turn; all wakes but the first are ignored.
 * @returns An operation of what `wake` was called with.
 * @throws {TypeError} When `start` is no function.
 * @throws What `start` throws and what `fail` was called with, when awaited.
 *
 * @example
 * ```ts
 * const opened = (socket: WebSocket) =>
 *   suspend<void>((wake, fail) => {
 *     socket.onopen = () => wake();
 *     socket.onerror = () => fail(new Error("Cannot connect"));
 *     return () => socket.close();
 *   });
 * yield* waitFor(opened(socket), "5s");
 * ```
 */
export function suspend<T>(
  start: (
    wake: (value: T) => void,
    fail: (error: unknown) => void,
  ) => ((reason: CancelledError) => void | Awaitable<unknown>) | void,
): Operation<T> {
  checkFunction(start, "start");
  return new GeneratorOperation(function suspend() {
    const begin: typeof start = (wake, fail) => {
      const callOff: unknown = start(wake, fail);
      if (typeof callOff === "function") return callOff as (reason: CancelledError) => void;
      if (isCoroutine(callOff)) throw new TypeError("start can't wait, got a generator function");
    };
    return withCleanup(new Suspension(begin, functionName(start)));
  }, []);
}

/** A wait that may have something to wait for when it was cancelled. */
export function* withCleanup<T>(suspension: Suspension<T>): Coroutine<T> {
  try {
    return yield* suspension;
  } catch (error) {
    const { cleanup } = suspension;
    if (isAwaitable(cleanup)) yield* awaitResultOf(() => cleanup, "cleanup");
    throw error;
  }
}

/**
 * The items of an iterable. It may be a generator, and then it can't be told from a coroutine until it
 * waits, which it must not do in the name of the running task, or ends without an item.
 */
export function listOf<T>(iterable: Iterable<T>, argument: string, items: string): T[] {
  const isMistake = (cause?: unknown) =>
    new TypeError(`${argument} must be an iterable of ${items}, got a coroutine`, { cause });
  let list: T[];
  try {
    list = asCallback(current.kernel, () => [...iterable]);
  } catch (error) {
    throw isCoroutine(iterable) && error instanceof InvalidStateError ? isMistake(error) : error;
  }
  if (list.length === 0 && isCoroutine(iterable)) throw isMistake();
  return list;
}
