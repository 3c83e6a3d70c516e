/**
 * Async iterators of things that coroutines can take items from without a promise: queues, and readers
 * of streams. `iterate` finds out here. It needn't know the classes for that, so that programs that
 * iterate over something else have none in their bundle.
 *
 * @module
 */
import type { Operation } from "../task/operation.ts";

/** What such an iterator takes its items from. */
export interface Source<T> {
  /** The next item; at a queue's end, a `QueueShutDown`. */
  get(): Operation<T>;
  /** Whether what was got is no item, but says that there are no more. */
  isEnd?(item: T): boolean;
}

interface Note {
  readonly iterable: object;
  readonly source: Source<unknown>;
}

const notes = new WeakMap<object, Note>();

/** Notes that an iterator of `iterable` gives what comes of a source. */
export function noteSource<T>(
  iterator: AsyncIterator<T>,
  iterable: AsyncIterable<T>,
  source: Source<T>,
): void {
  notes.set(iterator, { iterable, source: source as Source<unknown> });
}

/** Where the items come from, if this is the iterable's own iterator: then promises can be done without. */
export function sourceOf<T>(
  iterable: AsyncIterable<T>,
  iterator: AsyncIterator<T>,
): Source<T> | null {
  const note = notes.get(iterator);
  return note?.iterable === iterable ? note.source as Source<T> : null;
}
