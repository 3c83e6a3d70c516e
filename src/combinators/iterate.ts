/**
 * Async iteration in coroutines.
 *
 * @module
 */
import { checkFunction, describe } from "../check.ts";
import { QueueShutDown } from "../errors.ts";
import { getRunningLoop } from "../loop/running.ts";
import { Queue } from "../sync/queue.ts";
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
 * @param body Is called with each item and returns an awaitable; a result of `false` ends it.
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
  body: (item: T) => Awaitable<unknown>,
): Operation<void> {
  if (typeof asyncIterable?.[Symbol.asyncIterator] !== "function") {
    throw new TypeError(`asyncIterable must be an async iterable, got ${describe(asyncIterable)}`);
  }
  checkFunction(body, "body");
  return new GeneratorOperation(function iterate() {
    // What a queue gives through promises takes some five times as long.
    const plain = asyncIterable instanceof Queue &&
      asyncIterable[Symbol.asyncIterator] === Queue.prototype[Symbol.asyncIterator];
    return plain ? drain(asyncIterable as Queue<T>, body) : forEach(asyncIterable, body);
  }, []);
}

function* drain<T>(queue: Queue<T>, body: (item: T) => Awaitable<unknown>): Coroutine<void> {
  for (;;) {
    let item: T;
    try {
      item = yield* queue.get();
    } catch (error) {
      if (error instanceof QueueShutDown) return;
      throw error;
    }
    if ((yield* awaitResultOf(() => body(item), "body")) === false) return;
  }
}

function* forEach<T>(
  asyncIterable: AsyncIterable<T>,
  body: (item: T) => Awaitable<unknown>,
): Coroutine<void> {
  const iterator = asyncIterable[Symbol.asyncIterator]();
  const iterators = getRunningLoop()["_iterators"];
  iterators.add(iterator);
  // Whether the iterator is open, and whether it could hear a return() now.
  let open = true;
  let listening = false;
  try {
    for (;;) {
      // As `for await`: what next() returns needn't be a promise.
      const next = Promise.resolve(iterator.next());
      next.then(() => {}, () => open = false);
      listening = false;
      const step = yield* until(next);
      if (typeof step !== "object" && typeof step !== "function" || step === null) {
        throw new TypeError(`next() must give an iterator result, got ${describe(step)}`);
      }
      listening = true;
      if (step.done) {
        iterators.delete(iterator);
        return;
      }
      if ((yield* awaitResultOf(() => body(step.value), "body")) === false) break;
    }
  } catch (error) {
    iterators.delete(iterator);
    if (open) yield* close(iterator, listening, true);
    throw error;
  }
  iterators.delete(iterator);
  yield* close(iterator, listening, false);
}

/** Closes the iterator. After an error of the body's, its own error doesn't matter. */
function* close(
  iterator: AsyncIterator<unknown>,
  listening: boolean,
  failed: boolean,
): Coroutine<void> {
  try {
    const closed = Promise.resolve(iterator.return?.());
    if (failed || !listening) closed.catch(() => {});
    if (listening) yield* until(closed);
  } catch (error) {
    if (!failed) throw error;
  }
}
