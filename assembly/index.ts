/**
 * The core's ABI: what is exported here is all there is to call. `src/core/core.ts` says what each
 * function does; here is only who does it. Times cross the border as doubles, because an i64 would
 * arrive in JavaScript as a BigInt.
 */

import { renewBound, resetBound, scanBound } from "./bound";
import { NO_CHUNK, NONE } from "./chunk";
import { postpone, settleFresh } from "./fresh";
import { expireHeap, vacate } from "./heap";
import { expireLate } from "./late";
import { remove } from "./list";
import { BUCKETS, cellOf, clearAll, indexOf, setCell, state } from "./memory";
import { place } from "./place";
import { clamp, deadlineAt, LAST } from "./ticks";

export { grow } from "./memory";

export function at(slot: u32, tick: f64): void {
  state.timers++;
  place(slot, clamp(tick));
}

export function after(slot: u32, ticks: f64): void {
  state.timers++;
  postpone(slot, clamp(ticks));
}

export function settle(now: f64): void {
  if (state.fresh) settleFresh(clamp(now));
}

export function cancel(slot: u32): bool {
  const cell = cellOf(slot);
  if (cell == NONE) return false;
  setCell(slot, NONE);
  if (cell.deadline > LAST) state.fresh--;
  const emptied = remove(cell);
  if (emptied != NO_CHUNK) {
    const bucket = indexOf(emptied);
    if (bucket < BUCKETS) vacate(bucket >> 6, bucket & 63);
  }
  if (--state.timers == 0) resetBound();
  return true;
}

export function expire(now: f64): void {
  settle(now);
  const tick = clamp(now);
  if (tick < state.bound) return;
  const tail = state.tail;
  expireLate();
  expireHeap(deadlineAt(tick));
  state.timers -= state.tail - tail;
  renewBound();
}

export function next(): f64 {
  scanBound();
  return state.bound;
}

export function reset(): void {
  if (state.timers || !state.mask) clearAll();
  state.head = 0;
  state.tail = 0;
  state.timers = 0;
  state.fresh = 0;
  state.current = 0;
  resetBound();
}
