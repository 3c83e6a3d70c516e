/**
 * The core's ABI: everything here is exported, and nothing else is. `src/core/core.ts` says what each
 * function does; times cross the border as doubles because an i64 would arrive as a BigInt.
 */

import { baseOf, earliest, expireHeap, insert, isVacant, vacate } from "./heap";
import { expireLate } from "./late";
import { append, empty, isEmpty, remove } from "./list";
import { BUCKETS, clear, FRESH, headAt, indexOf, LATE, Node, NONE, nodeOf, state } from "./memory";

export { grow } from "./memory";

/** 2⁶²: the tick that never comes. */
const NEVER: f64 = 4611686018427387904;

/**
 * Whether the bound is only where the earliest bucket begins. Finding the earliest timer in there
 * takes a walk through it, which waits until somebody asks.
 */
let vague = false;

@inline
function clamp(tick: f64): f64 {
  return tick > NEVER ? NEVER : tick < -NEVER ? -NEVER : tick;
}

function place(node: Node, tick: f64): void {
  if (tick < state.bound) {
    state.bound = tick;
    vague = false;
  }
  node.when = <i64> tick;
  if (node.when > state.current) insert(node);
  else append(LATE, node);
}

export function at(slot: u32, tick: f64): void {
  state.timers++;
  place(nodeOf(slot), clamp(tick));
}

/*
 * A timer set by `after` keeps how far its ticks reach below -NEVER, where no deadline lies: that
 * marks it as well.
 */
export function after(slot: u32, ticks: f64): void {
  const node = nodeOf(slot);
  node.when = <i64> -NEVER - <i64> clamp(ticks);
  append(FRESH, node);
  state.timers++;
  state.fresh++;
}

export function settle(now: f64): void {
  if (state.fresh == 0) return;
  const start = clamp(now);
  let node = FRESH.next;
  while (node != FRESH) {
    const next = node.next;
    // Added as doubles, so that the deadline is one that a double can hold.
    place(node, clamp(start + <f64> (<i64> -NEVER - node.when)));
    node = next;
  }
  empty(FRESH);
  state.fresh = 0;
}

export function cancel(slot: u32): bool {
  const node = nodeOf(slot);
  if (node.next == NONE) return false;
  if (node.when < <i64> -NEVER) state.fresh--;
  const emptied = remove(node);
  if (emptied != NONE) {
    const bucket = indexOf(emptied);
    if (bucket < BUCKETS) vacate(bucket);
  }
  if (--state.timers == 0) {
    state.bound = NEVER;
    vague = false;
  }
  return true;
}

export function expire(now: f64): void {
  settle(now);
  const tick = clamp(now);
  if (tick < state.bound) return;
  const limit = <i64> tick;
  const tail = state.tail;
  expireLate(limit);
  expireHeap(limit);
  state.timers -= state.tail - tail;
  vague = false;
  if (!isEmpty(LATE)) {
    state.bound = <f64> LATE.next.when;
  } else if (isVacant()) {
    state.bound = NEVER;
  } else {
    const bucket = earliest();
    const head = headAt(bucket);
    vague = head.next != head.prev;
    state.bound = <f64> (vague ? baseOf(bucket) : head.next.when);
  }
}

export function next(): f64 {
  if (!vague) return state.bound;
  vague = false;
  state.bound = NEVER;
  if (!isVacant()) {
    const head = headAt(earliest());
    let when = head.next.when;
    for (let node = head.next.next; node != head; node = node.next) when = min(when, node.when);
    state.bound = <f64> when;
  }
  return state.bound;
}

export function deadline(slot: u32): f64 {
  return <f64> nodeOf(slot).when;
}

export function reset(): void {
  state.head = 0;
  state.tail = 0;
  state.fresh = 0;
  state.current = 0;
  state.bound = NEVER;
  vague = false;
  if (state.timers || !state.mask) clear();
  state.timers = 0;
}
