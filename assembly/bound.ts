/**
 * The bound: a tick before which nothing is due, published so that a turn of the loop on which
 * nothing is due makes no call at all.
 *
 * It may be too early, never too late. A cancelled timer leaves it as it is. And `expire` sets it
 * to where the earliest bucket begins, because to find the earliest timer it would have to look at
 * all that are in there; that waits until somebody asks for `next`.
 */

import { GAP } from "./chunk";
import { baseOf } from "./heap";
import { bucketAt, occupancyOf, state } from "./memory";
import { LAST, NEVER, tickOf } from "./ticks";

/** Whether the bound is the beginning of a bucket. */
let vague = false;

@inline
function setBound(tick: f64, isVague: bool): void {
  state.bound = tick;
  vague = isVague;
}

/** No timer is left. */
@inline
export function resetBound(): void {
  setBound(NEVER, false);
}

/** A timer has been added. */
@inline
export function lowerBound(tick: f64): void {
  if (tick < state.bound) setBound(tick, false);
}

/** The heap alone holds timers, and may have changed. */
@inline
export function renewBound(): void {
  if (!state.levels) return resetBound();
  const level: usize = ctz(state.levels);
  const digit = <usize> ctz(occupancyOf(level));
  const head = bucketAt(level, digit);
  if (head.isLone) setBound(tickOf(head.first.deadline), false);
  else setBound(tickOf(baseOf(level, digit)), true);
}

/** Makes a vague bound exact. */
@inline
export function scanBound(): void {
  if (!vague) return;
  // Timers that were cancelled may have been the last ones in the heap.
  if (!state.levels) return resetBound();
  const level: usize = ctz(state.levels);
  const head = bucketAt(level, <usize> ctz(occupancyOf(level)));
  let earliest = LAST;
  let chunk = head;
  do {
    for (let cell = chunk.first; chunk.reaches(cell); cell = cell.after) {
      if (cell.slot != GAP) earliest = min(earliest, cell.deadline);
    }
    chunk = chunk.next;
  } while (chunk != head);
  setBound(tickOf(earliest), false);
}
