/**
 * The timer heap: a monotone radix heap, 64-way.
 *
 * A timer stands in the bucket of the highest 6-bit digit in which its deadline differs from the
 * heap's own time. So a bucket of level 0 holds a single deadline, in order of insertion; a bucket
 * of a higher level holds a span of deadlines, all of them after those of the levels below. When
 * the earliest bucket comes due, the heap's time moves to where that bucket begins, and its timers
 * are dealt out again, in order: each lands at least one level down. Equal deadlines always share a
 * bucket, so they never pass one another.
 */

import { GAP } from "./chunk";
import { append, leave } from "./list";
import { bucketAt, occupancyOf, setOccupancy, state } from "./memory";
import { release } from "./queue";

/** Adds a timer that is due after the heap's time, or, when it is dealt out again, at it. */
@inline
export function insert(slot: u32, deadline: u64): void {
  const bit = 63 - <u32> clz((deadline ^ state.current) | 1);
  // A division by six.
  const level: usize = (bit * 43) >> 8;
  const digit = <usize> ((deadline >> (level * 6)) & 63);
  state.levels |= 1 << <u32> level;
  setOccupancy(level, occupancyOf(level) | (<u64> 1 << digit));
  append(bucketAt(level, digit), slot, deadline);
}

/** Notes that a bucket has become empty. */
export function vacate(level: usize, digit: usize): void {
  const digits = occupancyOf(level) & ~(<u64> 1 << digit);
  setOccupancy(level, digits);
  if (digits == 0) state.levels &= ~(1 << <u32> level);
}

/** The earliest deadline that a bucket can hold: the heap's time with one digit replaced. */
@inline
export function baseOf(level: usize, digit: usize): u64 {
  const shift = level * 6;
  return (((state.current >> shift) & ~63) | <u64> digit) << shift;
}

/** Makes ready, in order, all that is due at `limit`. */
export function expireHeap(limit: u64): void {
  while (state.levels) {
    const level: usize = ctz(state.levels);
    const digits = occupancyOf(level);
    const digit = <usize> ctz(digits);
    const base = baseOf(level, digit);
    if (base > limit) break;

    // What `vacate` does, knowing that these are the lowest bits.
    const others = digits & (digits - 1);
    setOccupancy(level, others);
    if (others == 0) state.levels &= state.levels - 1;

    const head = bucketAt(level, digit);
    if (head.isLone && head.first.deadline <= limit) {
      // There is nothing to sort, and in a heap of few timers this is the rule.
      release(head.first.slot);
    } else {
      state.current = base;
      let chunk = head;
      do {
        for (let cell = chunk.first; chunk.reaches(cell); cell = cell.after) {
          if (cell.slot == GAP) continue;
          if (level == 0) release(cell.slot);
          else insert(cell.slot, cell.deadline);
        }
        chunk = leave(chunk, head);
      } while (chunk != head);
    }
    head.clear();
  }
  // No bucket begins before the limit any more, so the rest stands where it belongs.
  if (limit > state.current) state.current = limit;
}
