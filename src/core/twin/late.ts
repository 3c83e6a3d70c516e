/**
 * The twin's late lane: timers whose deadline had passed when they were set.
 *
 * @module
 */

import { NEVER } from "../core.ts";
import { LATE_LANE, NEXT, NONE, PREV } from "./layout.ts";
import { clear, release } from "./list.ts";

/** Makes all late timers ready, by deadline, then by insertion. */
export function expireLate(words: Int32Array, doubles: Float64Array): void {
  const first = words[LATE_LANE + NEXT];
  if (first === LATE_LANE) return;
  let count = 0;
  let latest = -NEVER;
  let sorted = true;
  for (let node = first; node !== LATE_LANE; node = words[node + NEXT]) {
    if (doubles[node >> 1] < latest) sorted = false;
    latest = doubles[node >> 1];
    count++;
  }
  words[words[LATE_LANE + PREV] + NEXT] = NONE;

  let node = sorted ? first : new Sort(words, doubles, first).take(count);
  while (node !== NONE) {
    const next = words[node + NEXT];
    release(words, node);
    node = next;
  }
  clear(words, LATE_LANE);
}

/** A merge sort of a row of nodes that ends with `NONE`. */
class Sort {
  constructor(
    private readonly words: Int32Array,
    private readonly doubles: Float64Array,
    private rest: number,
  ) {}

  /** Takes so many nodes off the rest and returns them sorted. */
  take(count: number): number {
    const { words } = this;
    if (count === 1) {
      const node = this.rest;
      this.rest = words[node + NEXT];
      words[node + NEXT] = NONE;
      return node;
    }
    const half = count >> 1;
    const earlier = this.take(half);
    return this.#merge(earlier, this.take(count - half));
  }

  /** Joins two sorted rows; where deadlines are equal, `a` was inserted earlier. */
  #merge(a: number, b: number): number {
    const { words, doubles } = this;
    let last = LATE_LANE;
    while (a !== NONE && b !== NONE) {
      if (doubles[b >> 1] < doubles[a >> 1]) {
        words[last + NEXT] = b;
        last = b;
        b = words[b + NEXT];
      } else {
        words[last + NEXT] = a;
        last = a;
        a = words[a + NEXT];
      }
    }
    words[last + NEXT] = a !== NONE ? a : b;
    return words[LATE_LANE + NEXT];
  }
}
