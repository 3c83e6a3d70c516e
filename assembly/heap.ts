/**
 * The timer heap: a monotone radix heap, 64-way.
 *
 * A timer stands in the bucket of the highest 6-bit digit in which its deadline differs from the
 * heap's current tick. So a bucket of level 0 holds one deadline only, in the order of insertion; and
 * a bucket of a higher level holds a span of deadlines, all of them after those of the levels below.
 * When the earliest bucket comes due, the heap's tick moves to where that bucket begins, and its
 * timers are dealt out again, in order: each lands at least one level down. Equal deadlines always
 * share a bucket and so never pass each other.
 */

import { append, empty } from "./list";
import { headAt, Node, occupancyOf, setOccupancy, state } from "./memory";
import { release } from "./queue";

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

/** Makes ready, in order, every timer due by `limit`. */
export function expireHeap(limit: i64): void {
  while (state.levels) {
    const bucket = earliest();
    const base = baseOf(bucket);
    if (base > limit) break;
    vacate(bucket);
    const head = headAt(bucket);
    let node = head.next;
    empty(head);
    if (bucket < 64) {
      do {
        const next = node.next;
        release(node);
        node = next;
      } while (node != head);
    } else if (node.next == head && node.when <= limit) {
      // Alone in its bucket, a timer needs no sorting.
      release(node);
    } else {
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
