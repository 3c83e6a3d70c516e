/**
 * Where everything lies, and how it grows.
 *
 *     0      state, the published words first
 *     64     one occupancy word for each level of the heap
 *     256    list heads: 11 × 64 buckets, then the two lanes
 *     11552  nodes, one for each slot
 *     …      the run queue's ring, one word for each slot
 *
 * The ring comes last because it is the part that can move: nodes stay where they are when memory
 * grows, so the lists that run through them are made of plain addresses.
 */

/** The state outside the lists. `src/core/core.ts` knows the fields up to `nextLowerBound` by place. */
@unmanaged
export class State {
  /** How many slots were ever popped from the run queue, modulo 2³². */
  head: u32;
  /** How many were ever pushed to it. */
  tail: u32;
  /** The capacity less one. */
  mask: u32;
  /** The ring's address, in words. */
  ring: u32;
  /** How many timers stand. */
  timers: u32;
  /** How many of them wait for a clock reading. */
  unanchored: u32;
  /** A tick before which no anchored timer is due. */
  nextLowerBound: f64;
  /** The heap's own tick: all that stands in the heap is due after it. */
  current: i64;
  /** Which of the heap's levels hold a timer: bit n for level n. */
  levels: u32;
}

/** A slot's timer; or the head of a circular list of them, its `when` unused. */
@unmanaged
export class Node {
  /** The deadline; in the unanchored lane, what `after` in index.ts says. */
  when: i64;
  /** `NONE` where the slot has no timer. */
  next: Node;
  prev: Node;
}

export const LEVELS: usize = 11;
export const BUCKETS: usize = LEVELS << 6;

const OCCUPANCY: usize = 64;
const HEADS: usize = 256;
const NODES: usize = HEADS + ((BUCKETS + 2) << 4);

/** What the first page of memory has room for, as a power of two. */
const INITIAL_CAPACITY: u32 = 1024;

export const state = changetype<State>(0);
export const NONE = changetype<Node>(0);

/** The timers whose deadline had passed when they were set. */
export const OVERDUE = changetype<Node>(HEADS + (BUCKETS << 4));
/** The timers that wait for a clock reading. */
export const UNANCHORED = changetype<Node>(HEADS + ((BUCKETS + 1) << 4));

/** The list head of this index: for a bucket, `level << 6 | digit`. */
@inline
export function headAt(index: usize): Node {
  return changetype<Node>(HEADS + (index << 4));
}

/** The inverse of `headAt`: less than `BUCKETS`, or one of the lanes. */
@inline
export function indexOf(head: Node): usize {
  return (changetype<usize>(head) - HEADS) >> 4;
}

@inline
export function nodeOf(slot: u32): Node {
  return changetype<Node>(NODES + ((<usize> slot) << 4));
}

@inline
export function slotOf(node: Node): u32 {
  return <u32> ((changetype<usize>(node) - NODES) >> 4);
}

/** Which buckets of a level hold a timer: bit n for digit n. */
@inline
export function occupancyOf(level: usize): u64 {
  return load<u64>(OCCUPANCY + (level << 3));
}

@inline
export function setOccupancy(level: usize, bits: u64): void {
  store<u64>(OCCUPANCY + (level << 3), bits);
}

/** 32-bit addresses end not far above it, and a host's own heap is full of tasks long before. */
const MAX_CAPACITY: u32 = 1 << 25;

@inline
function setCapacity(capacity: u32): void {
  state.mask = capacity - 1;
  state.ring = <u32> ((NODES + ((<usize> capacity) << 4)) >> 2);
}

/** Doubles the capacity; false where there is no room, or the host refuses the memory. */
export function grow(): bool {
  const capacity = <usize> state.mask + 1;
  const from = (<usize> state.ring) << 2;
  const doubled = <u32> capacity << 1;
  if (doubled > MAX_CAPACITY) return false;
  const pages = <i32> ((NODES + (<usize> doubled) * 20 + 0xffff) >> 16);
  if (memory.grow(pages - memory.size()) < 0) return false;
  setCapacity(doubled);
  // Twice in a row, the old ring is a ring of twice the size: each index finds its slot again.
  const to = (<usize> state.ring) << 2;
  memory.copy(to, from, capacity << 2);
  memory.copy(to + (capacity << 2), from, capacity << 2);
  // The old ring's place belongs to new nodes now; what lies behind it was never written.
  memory.fill(from, 0, capacity << 2);
  return true;
}

/** Empties every list, and forgets every timer. */
export function clear(): void {
  state.levels = 0;
  memory.fill(OCCUPANCY, 0, LEVELS << 3);
  for (let index: usize = 0; index < BUCKETS + 2; index++) {
    const head = headAt(index);
    head.next = head;
    head.prev = head;
  }
  memory.fill(NODES, 0, (<usize> state.mask + 1) << 4);
  if (state.mask == 0) setCapacity(INITIAL_CAPACITY);
}
