/**
 * Async iteration in coroutines.
 *
 * @module
 */
import { checkFunction, describe } from "../check.ts";
import { QueueShutDown } from "../errors.ts";
import { getRunningLoop } from "../loop/running.ts";
import { sourceOf } from "../sync/queue_iterators.ts";
import { type Awaitable, awaitResultOf } from "../task/awaitable.ts";
import type { Coroutine } from "../task/generator.ts";
import { GeneratorOperation, type Operation } from "../task/operation.ts";
import { until } from "./until.ts";

/**
 * Runs `body` for each item of an async iterable: what `for await` is in async functions.
 *
 * However it ends, by `false`, an error or a cancel, it closes the iterator and waits for that; only
 * if the iterator is in the middle of a `next()`, it does not wait.
 *
 * @param asyncIterable For example an async generator, a stream, or a {@linkcode Queue}.
 * @param body Is called with each item and returns an awaitable or nothing; a result of `false` ends it.
 * @throws {TypeError} When an argument is of another kind.
 * @throws What the iterator or `body` throws, when awaited.
 *
 * @example
 * ```ts
 * yield* iterate(response.body!, function* (chunk) {
 *   yield* save(chunk);
 * });
 * ```
 */
export function iterate<T>(
  asyncIterable: AsyncIterable<T>,
  body: (item: T) => Awaitable<unknown> | false | void,
): Operation<void> {
  if (typeof asyncIterable?.[Symbol.asyncIterator] !== "function") {
    throw new TypeError(`asyncIterable must be an async iterable, got ${describe(asyncIterable)}`);
  }
  checkFunction(body, "body");
  return new GeneratorOperation(function iterate() {
    return forEach(asyncIterable, body);
  }, []);
}

function* forEach<T>(
  asyncIterable: AsyncIterable<T>,
  body: (item: T) => Awaitable<unknown> | false | void,
): Coroutine<void> {
  const iterator = asyncIterable[Symbol.asyncIterator]();
  // What a queue gives through promises takes some five times as long.
  const source = sourceOf(asyncIterable, iterator);
  while (source !== null) {
    let item: T;
    try {
      item = yield* source.get();
    } catch (error) {
      if (error instanceof QueueShutDown) return;
      throw error;
    }
    if (source.isEnd?.(item)) return;
    if ((yield* awaitResultOf(() => body(item), "body")) === false) return;
  }
  const iterators = getRunningLoop()["_iterators"];
  iterators.add(iterator);
  // Whether the iterator is to be closed, and whether it could hear a return() now. As `for await`
  // has it, an iterator that fails, or breaks the protocol, is not closed.
  let open = false;
  let listening = false;
  try {
    for (;;) {
      open = listening = false;
      // What next() returns needn't be a promise.
      const next = Promise.resolve(iterator.next());
      open = true;
      next.then(() => {}, () => open = false);
      const step = yield* until(next);
      open = false;
      if (!isObject(step)) {
        throw new TypeError(`next() must give an iterator result, got ${describe(step)}`);
      }
      if (step.done) {
        iterators.delete(iterator);
        return;
      }
      const item = step.value;
      open = listening = true;
      if ((yield* awaitResultOf(() => body(item), "body")) === false) break;
    }
  } catch (error) {
    iterators.delete(iterator);
    if (open) yield* close(iterator, listening, true);
    throw error;
  }
  iterators.delete(iterator);
  yield* close(iterator, listening, false);
}

function isObject(x: unknown): boolean {
  return (typeof x === "object" || typeof x === "function") && x !== null;
}

/** Closes the iterator. After an error of the body's its own doesn't matter, but a cancel does. */
function* close(
  iterator: AsyncIterator<unknown>,
  listening: boolean,
  failed: boolean,
): Coroutine<void> {
  let cancelled = false;
  try {
    const { return: end } = iterator;
    if (end === undefined || end === null) return;
    const closed = Promise.resolve(end.call(iterator));
    if (failed || !listening) closed.catch(() => {});
    if (!listening) return;
    const result = yield* until(closed, { onCancel: () => void (cancelled = true) });
    if (!isObject(result)) {
      throw new TypeError(`return() must give an iterator result, got ${describe(result)}`);
    }
  } catch (error) {
    if (!failed || cancelled) throw error;
  }
}
