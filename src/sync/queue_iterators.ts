/**
 * The async iterators of queues, by which `iterate` tells queues from other iterables. It needn't know
 * the class for that, so that programs that iterate over something else have none in their bundle.
 *
 * @module
 */
import type { Operation } from "../task/operation.ts";

/** What iterators of queues take their items from. */
interface Source<T> {
  get(): Operation<T>;
}

const sources = new WeakMap<object, Source<unknown>>();

/** Notes that an iterator gives what comes of a queue's `get`, until the queue is shut down. */
export function noteSource<T>(iterator: AsyncIterator<T>, queue: Source<T>): void {
  sources.set(iterator, queue);
}

/** The iterable, if it is the queue whose iterator this is: then promises can be done without. */
export function sourceOf<T>(
  iterable: AsyncIterable<T>,
  iterator: AsyncIterator<T>,
): Source<T> | null {
  const queue = sources.get(iterator);
  return queue === iterable as unknown ? queue as Source<T> : null;
}
