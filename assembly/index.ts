/**
 * The core's ABI: everything here is exported, and nothing else is. `src/core/core.ts` says what each
 * function does; times cross the border as doubles because an i64 would arrive as a BigInt.
 */

import { baseOf, earliest, expireHeap, insert, isVacant, vacate } from "./heap";
import { append, empty, isEmpty, remove } from "./list";
import { BUCKETS, clear, UNANCHORED, headAt, indexOf, OVERDUE, Node, NONE, nodeOf, state } from "./memory";
import { releaseDue } from "./queue";

export { grow } from "./memory";

/** 2⁶²: the tick that never comes. */
const NEVER: f64 = 4611686018427387904;

/**
 * Whether the lower bound is only where the earliest bucket begins. Finding the earliest timer in there
 * takes a walk through it, which waits until `next` is called.
 */
let nextIsEstimate = false;

function place(node: Node, tick: f64): void {
  if (tick < state.nextLowerBound) {
    state.nextLowerBound = tick;
    nextIsEstimate = false;
  }
  const when = <i64> tick;
  node.when = when;
  if (when > state.current) insert(node);
  else append(OVERDUE, node);
}

export function at(slot: u32, tick: f64): void {
  state.timers++;
  place(nodeOf(slot), tick);
}

/*
 * A timer set by `after` keeps how far its ticks reach below -NEVER, where no deadline lies: that
 * marks it as well.
 */
export function after(slot: u32, ticks: f64): void {
  const node = nodeOf(slot);
  node.when = <i64> -NEVER - <i64> ticks;
  append(UNANCHORED, node);
  state.timers++;
  state.unanchored++;
}

export function anchor(now: f64): void {
  if (state.unanchored == 0) return;
  let node = UNANCHORED.next;
  while (node != UNANCHORED) {
    const next = node.next;
    // Added as doubles, so that the deadline is one that a double can hold.
    place(node, min(NEVER, now + <f64> (<i64> -NEVER - node.when)));
    node = next;
  }
  empty(UNANCHORED);
  state.unanchored = 0;
}

export function cancel(slot: u32): bool {
  const node = nodeOf(slot);
  if (node.next == NONE) return false;
  if (node.when < <i64> -NEVER) state.unanchored--;
  const emptied = remove(node);
  if (emptied != NONE) {
    const bucket = indexOf(emptied);
    if (bucket < BUCKETS) vacate(bucket);
  }
  if (--state.timers == 0) {
    state.nextLowerBound = NEVER;
    nextIsEstimate = false;
  }
  return true;
}

export function expire(now: f64): void {
  anchor(now);
  if (now < state.nextLowerBound) return;
  const limit = <i64> now;
  const tail = state.tail;
  if (!isEmpty(OVERDUE)) releaseDue(OVERDUE, limit, u32.MAX_VALUE);
  expireHeap(limit);
  state.timers -= state.tail - tail;
  nextIsEstimate = false;
  if (!isEmpty(OVERDUE)) {
    state.nextLowerBound = <f64> OVERDUE.next.when;
  } else if (isVacant()) {
    state.nextLowerBound = NEVER;
  } else {
    const bucket = earliest();
    const head = headAt(bucket);
    nextIsEstimate = head.next != head.prev;
    state.nextLowerBound = <f64> (nextIsEstimate ? baseOf(bucket) : head.next.when);
  }
}

export function next(): f64 {
  if (!nextIsEstimate) return state.nextLowerBound;
  nextIsEstimate = false;
  state.nextLowerBound = NEVER;
  if (!isVacant()) {
    const head = headAt(earliest());
    let when = i64.MAX_VALUE;
    for (let node = head.next; node != head; node = node.next) when = min(when, node.when);
    state.nextLowerBound = <f64> when;
  }
  return state.nextLowerBound;
}

export function deadline(slot: u32): f64 {
  return <f64> nodeOf(slot).when;
}

export function reset(): void {
  state.head = 0;
  state.tail = 0;
  state.unanchored = 0;
  state.current = 0;
  state.nextLowerBound = NEVER;
  nextIsEstimate = false;
  if (state.timers || !state.mask) clear();
  state.timers = 0;
}
