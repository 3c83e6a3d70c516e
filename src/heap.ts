/**
 * A binary heap, for priority queues; it takes and gives items in the order that Python's heapq does,
 * equal ones included.
 *
 * @module
 */
import { describe } from "./duration.ts";

/** Negative when `a` comes first, positive when `b` does. */
export type Compare<T> = (a: T, b: T) => number;

/** The smallest item first. */
export class Heap<T> {
  readonly #items: T[] = [];
  readonly #compare: Compare<T>;

  constructor(compare: Compare<T>) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#items.length;
  }

  /** Adds an item. */
  push(item: T): void {
    this.#items.push(item);
    this.#rise(0, this.#items.length - 1);
  }

  /** Takes the smallest item; there must be one. */
  shift(): T {
    const items = this.#items;
    const last = items.pop()!;
    if (items.length === 0) return last;
    const first = items[0];
    items[0] = last;
    this.#sink();
    return first;
  }

  /** Moves an item up from `index`, but not above `top`. */
  #rise(top: number, index: number): void {
    const items = this.#items;
    const item = items[index];
    while (index > top) {
      const parent = (index - 1) >> 1;
      if (this.#compare(item, items[parent]) >= 0) break;
      items[index] = items[parent];
      index = parent;
    }
    items[index] = item;
  }

  /**
   * Moves the first item down to a leaf, past the smaller children, and up again from there: it came
   * from the bottom, so that takes fewer comparisons than stopping where it belongs.
   */
  #sink(): void {
    const items = this.#items;
    const item = items[0];
    let index = 0;
    for (let child = 1; child < items.length; child = 2 * index + 1) {
      const right = child + 1;
      if (right < items.length && this.#compare(items[child], items[right]) >= 0) child = right;
      items[index] = items[child];
      index = child;
    }
    items[index] = item;
    this.#rise(0, index);
  }
}

/** Numbers, strings, bigints, booleans and dates by value, arrays element by element. */
export function compareValues(a: unknown, b: unknown): number {
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
  return /^(number|string|bigint|boolean)$/.test(typeof x) || x instanceof Date;
}

/** A bigint may be compared with a number, but neither with a string. */
function isNumeric(x: Ordered): boolean {
  return typeof x !== "string";
}
