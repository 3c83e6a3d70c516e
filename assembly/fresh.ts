/**
 * The fresh lane: timers that count from the next reading of the clock.
 *
 * A deadline counted from an old reading would come too early, and a reading takes longer than all
 * that is done here for a timer. So timers set by `after` wait until the clock is read for some
 * other reason, and that reading serves them all.
 */

import { GAP } from "./chunk";
import { append, leave } from "./list";
import { FRESH, state } from "./memory";
import { place } from "./place";
import { clamp, LAST } from "./ticks";

/** Adds a timer. It keeps its ticks in place of a deadline, above them all and known by that. */
@inline
export function postpone(slot: u32, ticks: f64): void {
  state.fresh++;
  append(FRESH, slot, LAST + <u64> ticks);
}

/** Gives all of them their deadlines, in order of insertion. */
export function settleFresh(now: f64): void {
  let chunk = FRESH;
  do {
    for (let cell = chunk.first; chunk.reaches(cell); cell = cell.after) {
      if (cell.slot == GAP) continue;
      // A sum of doubles, because it must be a tick that a double can hold.
      place(cell.slot, clamp(now + <f64> (cell.deadline - LAST)));
    }
    chunk = leave(chunk, FRESH);
  } while (chunk != FRESH);
  FRESH.clear();
  state.fresh = 0;
}
