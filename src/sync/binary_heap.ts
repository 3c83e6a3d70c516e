/**
 * A binary heap, for priority queues; it takes and gives items in the order that Python's heapq does,
 * equal ones included.
 *
 * @module
 */
import { describe } from "../check.ts";
import { InvalidStateError } from "../errors.ts";

/** Negative when `a` comes first, positive when `b` does. */
export type Compare<T> = (a: T, b: T) => number;

/** The smallest item first. */
export class BinaryHeap<T> {
  readonly #items: T[] = [];
  readonly #compare: Compare<T>;

  constructor(compare: Compare<T>) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#items.length;
  }

  /*
   * Both decide by comparing before they move anything: a comparison that throws changes nothing.
   */

  /** Adds an item. */
  push(item: T): void {
    const items = this.#items;
    const end = items.length;
    let index = end;
    while (index > 0 && this.#compare(item, items[(index - 1) >> 1]) < 0) index = (index - 1) >> 1;
    if (items.length !== end) throw changedError();
    for (let hole = end; hole > index; hole = (hole - 1) >> 1) {
      items[hole] = items[(hole - 1) >> 1];
    }
    items[index] = item;
  }

  /** Takes the smallest item; there must be one. */
  shift(): T {
    const items = this.#items;
    const end = items.length - 1;
    let item = items[end];
    // The last item takes the place of the first. Down past the smaller children to a leaf, and up
    // again to where it belongs: it came from the bottom, so that takes fewer comparisons.
    let index = 0;
    for (let child = 1; child < end; child = 2 * index + 1) {
      const right = child + 1;
      if (right < end && this.#compare(items[child], items[right]) >= 0) child = right;
      index = child;
    }
    while (index > 0 && this.#compare(item, items[index]) < 0) index = (index - 1) >> 1;
    if (items.length !== end + 1) throw changedError();
    items.pop();
    // Those on the way up move up, and the first one out.
    for (; end > 0; index = (index - 1) >> 1) {
      [items[index], item] = [item, items[index]];
      if (index === 0) break;
    }
    return item;
  }
}

function changedError(): InvalidStateError {
  return new InvalidStateError("The queue was changed by its own compare function");
}

/** Numbers, strings, bigints, booleans and dates by value, arrays element by element. */
export function compareValues(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a < b ? -1 : a > b ? 1 : 0;
  if (Array.isArray(a) && Array.isArray(b)) {
    const length = Math.min(a.length, b.length);
    for (let i = 0; i < length; i++) {
      const order = compareValues(a[i], b[i]);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  }
  if (isOrdered(a) && isOrdered(b) && isNumeric(a) === isNumeric(b)) {
    return a < b ? -1 : a > b ? 1 : 0;
  }
  throw new TypeError(
    `Cannot compare ${describe(a)} with ${describe(b)}: give the priority queue a compare function`,
  );
}

type Ordered = number | string | bigint | boolean | Date;

function isOrdered(x: unknown): x is Ordered {
  const type = typeof x;
  return type === "number" || type === "string" || type === "bigint" || type === "boolean" ||
    x instanceof Date;
}

/** A bigint may be compared with a number, but neither with a string. */
function isNumeric(x: Ordered): boolean {
  return typeof x !== "string";
}
