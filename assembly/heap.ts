/**
 * The timer heap: a monotone radix heap, 64-way.
 *
 * A timer stands in the bucket of the highest 6-bit digit in which its deadline differs from the
 * heap's current tick. So a bucket of level 0 holds one deadline only, in the order of insertion; and
 * a bucket of a higher level holds a span of deadlines, all of them after those of the levels below.
 * When the earliest bucket comes due, the heap's tick moves to where that bucket begins, and its
 * timers are dealt out again, in order: each lands at least one level down. Equal deadlines always
 * share a bucket and so never pass each other. A bucket of which all is due needn't be dealt out.
 */

import { append, empty } from "./list";
import { headAt, Node, NONE, occupancyOf, setOccupancy, state } from "./memory";
import { release, releaseDue } from "./queue";

/** Up to so many timers are sorted when all of them are due: dealing them out takes longer. */
const SORT_UP_TO: u32 = 32;

/** Where there is room for so many timers, a bucket from this one on may hold more than a cache. */
const PREFETCH_FROM_CAPACITY: u32 = 1 << 18;
const PREFETCH_FROM_BUCKET: usize = 3 << 6;

/** Adds a timer due after the heap's tick, or, while a bucket is dealt out, at it. */
export function insert(node: Node): void {
  const when = node.when;
  // The position of the highest differing bit divided by six, by multiplication.
  const bit = 63 - <u32> clz((when ^ state.current) | 1);
  const level: usize = (bit * 43) >> 8;
  const digit = (when >> (level * 6)) & 63;
  state.levels |= 1 << <u32> level;
  setOccupancy(level, occupancyOf(level) | (<u64> 1 << digit));
  append(headAt((level << 6) | <usize> digit), node);
}

/** Notes that this bucket has become empty. */
export function vacate(bucket: usize): void {
  const level = bucket >> 6;
  const bits = occupancyOf(level) & ~(<u64> 1 << (bucket & 63));
  setOccupancy(level, bits);
  if (bits == 0) state.levels &= ~(1 << <u32> level);
}

export function isVacant(): bool {
  return state.levels == 0;
}

/** The index of the bucket that holds the earliest timer. */
@inline
export function earliest(): usize {
  const level: usize = ctz(state.levels);
  return (level << 6) | <usize> ctz(occupancyOf(level));
}

/** The earliest tick that this bucket can hold. */
@inline
export function baseOf(bucket: usize): i64 {
  const shift = <i64> ((bucket >> 6) * 6);
  // The current tick with that level's digit replaced and all digits below it zero.
  return (((state.current >> shift) & ~63) | <i64> (bucket & 63)) << shift;
}

/** The last tick that this bucket can hold, given the earliest one. */
@inline
function endOf(bucket: usize, base: i64): i64 {
  return base + (<i64> 1 << (<i64> (bucket >> 6) * 6)) - 1;
}

/** Keeps the walk from being optimized away. */
let prefetched = NONE;

/**
 * Walks a list from both ends at a time, which brings it into the cache in half the time: each node
 * tells where the next one is, so the processor cannot look ahead. With a million timers this took a
 * third off what each of them costs.
 */
function prefetch(head: Node): void {
  let front = head.next;
  let back = head.prev;
  while (front != back) {
    front = front.next;
    if (front == back) break;
    back = back.prev;
  }
  prefetched = front;
}

/** Makes ready, in order, every timer due by `limit`. */
export function expireHeap(limit: i64): void {
  while (state.levels) {
    const bucket = earliest();
    const base = baseOf(bucket);
    if (base > limit) break;
    vacate(bucket);
    const head = headAt(bucket);
    let node = head.next;
    if (node.next == head && node.when <= limit) {
      // Alone in its bucket, a timer needs no sorting.
      empty(head);
      release(node);
    } else if (endOf(bucket, base) > limit || !releaseDue(head, limit, SORT_UP_TO)) {
      if (bucket >= PREFETCH_FROM_BUCKET && state.mask + 1 >= PREFETCH_FROM_CAPACITY) prefetch(head);
      empty(head);
      state.current = base;
      do {
        const next = node.next;
        insert(node);
        node = next;
      } while (node != head);
    }
  }
  if (limit > state.current) state.current = limit;
}
