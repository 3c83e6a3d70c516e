/**
 * Everything that can be waited for, and how a task gets at it.
 *
 * @module
 */
import { describe } from "./duration.ts";
import { InvalidStateError } from "./errors.ts";
import type { EventLoop } from "./event_loop.ts";
import { Future } from "./future.ts";
import { type Coroutine, isCoroutine } from "./generator.ts";
import { Operation } from "./operation.ts";
import { currentContext, currentLoop, running } from "./running.ts";

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
 * @example
 * ```ts
 * isAwaitable(sleep(5)); // true
 * isAwaitable(5); // false
 * ```
 */
export function isAwaitable(x: unknown): x is Awaitable<unknown> {
  return isCoroutine(x) || isThenable(x);
}

/** @internal Whether `x` can be awaited by `await`: a promise, future, task or operation. */
export function isThenable(x: unknown): x is PromiseLike<unknown> {
  return (typeof x === "object" || typeof x === "function") && x !== null &&
    typeof (x as { then?: unknown }).then === "function";
}

/** @internal The iterator through which a task waits. Starts operations; a promise gets a future. */
export function iterate<T>(
  aw: Awaitable<T>,
  argument: string,
  loop?: EventLoop,
): Iterator<unknown, T, unknown> {
  if (isCoroutine(aw)) return aw as Coroutine<T>;
  if (aw instanceof Future || aw instanceof Operation) return aw[Symbol.iterator]();
  if (isThenable(aw)) return futureOf(aw as PromiseLike<T>, loop)[Symbol.iterator]();
  throw notAwaitable(aw, argument);
}

/** @internal As {@linkcode iterate}, where a function that returns an awaitable will do. */
export function call<T>(
  aw: Awaitable<T> | (() => Awaitable<T>),
  argument: string,
): Awaitable<T> {
  if (typeof aw !== "function" || isThenable(aw)) return aw as Awaitable<T>;
  const result = (aw as () => Awaitable<T>)();
  if (isAwaitable(result)) return result;
  throw new TypeError(
    `${argument} must return an awaitable, got ${
      describe(result)
    }: write it as function* or async function`,
  );
}

/** @internal The iterator of an awaitable, or of what a function returns that is called for it. */
export function start<T>(
  aw: Awaitable<T> | (() => Awaitable<T>),
  argument: string,
  loop?: EventLoop,
): Iterator<unknown, T, unknown> {
  // The last line would do for all; to look for the usual first makes a task 5% quicker to start.
  if (isCoroutine(aw)) return aw as Coroutine<T>;
  if (aw instanceof Operation) return aw[Symbol.iterator]();
  return iterate(call(aw, argument), argument, loop);
}

/** @internal For `yield*`: what a function returns that is called for it, which may be a promise. */
export function calling<T>(
  fn: () => Awaitable<T>,
  argument: string,
): Iterable<unknown, T, unknown> {
  return { [Symbol.iterator]: () => start(fn, argument) };
}

/** @internal The error for what can't be awaited. */
export function notAwaitable(x: unknown, argument: string): TypeError {
  const hint = typeof x === "function" ? ": call it first" : "";
  return new TypeError(
    `${argument} must be a coroutine, future, task, operation or promise, got ${
      describe(x)
    }${hint}`,
  );
}

/** @internal A future of the running loop that gets a promise's result. */
export function futureOf<T>(promise: PromiseLike<T>, loop = currentLoop()): Future<T> {
  const future = new Future<T>({ loop });
  // The promise may never settle and would keep the future alive, so a cancelled one lets go of it.
  let target: Future<T> | null = future;
  loop._hostWaits++;
  const release = () => {
    const mine = target;
    target = null;
    if (mine !== null) loop._hostWaits--;
    return mine;
  };
  future._observe({ _futureDone: release });
  const settle = (how: (future: Future<T>) => void) => {
    const mine = release();
    try {
      if (mine !== null) how(mine);
    } catch (error) {
      // A promise may outlive the loop, which then can't call anybody back.
      if (!loop.isClosed()) throw error;
    }
  };
  try {
    promise.then(
      (value) => settle((future) => future._succeed(value)),
      (error) => settle((future) => future._fail(error)),
    );
  } catch (error) {
    settle((future) => future._fail(error));
  }
  return future;
}

/**
 * @internal The items of an iterable. It may be a generator, and then it can't be told from a
 * coroutine until it waits, which it must not do in the name of the running task.
 */
export function listOf<T>(iterable: Iterable<T>, argument: string, items: string): T[] {
  const { slot, context } = running;
  running.context = currentContext();
  running.slot = -1;
  try {
    return [...iterable];
  } catch (error) {
    if (!isCoroutine(iterable) || !(error instanceof InvalidStateError)) throw error;
    throw new TypeError(`${argument} must be an iterable of ${items}, got a coroutine`, {
      cause: error,
    });
  } finally {
    running.slot = slot;
    running.context = context;
  }
}

/** @internal Refuses a coroutine function that was passed without being a function. */
export function checkFunction(fn: unknown, argument: string): void {
  if (typeof fn !== "function") {
    throw new TypeError(`${argument} must be a function, got ${describe(fn)}`);
  }
}

/** @internal Refuses options that are none, such as one awaitable too many. */
export function checkOptions(options: unknown): void {
  const isObject = typeof options === "object" && options !== null;
  if (!isObject || Array.isArray(options) || isAwaitable(options)) {
    throw new TypeError(`options must be an object, got ${describe(options)}`);
  }
}
