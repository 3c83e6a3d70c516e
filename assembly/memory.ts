/**
 * Where everything lies, and how it grows.
 *
 *     0       state; the words that are published come first
 *     64      for each level of the heap, which of its buckets hold a timer
 *     256     the first chunk of each list: 11 × 64 buckets, then two lanes
 *     90624   more chunks, as many as there can be timers
 *     …       the table: for each slot, the address of its timer
 *     …       the ring: the slots that are ready
 *
 * Lists and table are full of addresses, so chunks never move. The table and the ring come last and
 * move up when memory grows.
 */

import { Cell, Chunk, CHUNK, NO_CHUNK } from "./chunk";

/** What is kept besides lists. `src/core/core.ts` knows the fields up to `bound` by their place. */
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
  fresh: u32;
  /** A tick before which no settled timer is due. */
  bound: f64;
  /** The heap's own time: whatever stands in the heap is due after it. */
  current: u64;
  /** Which levels of the heap hold a timer: bit n for level n. */
  levels: u32;
  /** The table's address. */
  table: usize;
  /** Chunks that were given back, linked by `next`. */
  free: Chunk;
  /** The first chunk that was never used. */
  unused: Chunk;
}

export const LEVELS: usize = 11;
export const BUCKETS: usize = LEVELS << 6;

const OCCUPANCY: usize = 64;
const LISTS: usize = 256;
const CHUNKS: usize = LISTS + (BUCKETS + 2) * CHUNK;

/** What fits into the two pages of memory that an instance starts with. */
const INITIAL_CAPACITY: u32 = 256;

export const state = changetype<State>(0);

/** The list of timers whose deadline had passed when they were set. */
export const LATE = changetype<Chunk>(LISTS + BUCKETS * CHUNK);
/** The list of timers that wait for a clock reading. */
export const FRESH = changetype<Chunk>(LISTS + (BUCKETS + 1) * CHUNK);

@inline
export function bucketAt(level: usize, digit: usize): Chunk {
  return changetype<Chunk>(LISTS + ((level << 6) | digit) * CHUNK);
}

/** Which list this is the head of: `level << 6 | digit` for a bucket, else `BUCKETS` or more. */
@inline
export function indexOf(head: Chunk): usize {
  return (changetype<usize>(head) - LISTS) / CHUNK;
}

/** Whether this chunk is the first of its list. */
@inline
export function isHead(chunk: Chunk): bool {
  return changetype<usize>(chunk) < CHUNKS;
}

/** Which buckets of this level hold a timer: bit n for digit n. */
@inline
export function occupancyOf(level: usize): u64 {
  return load<u64>(OCCUPANCY + (level << 3));
}

@inline
export function setOccupancy(level: usize, digits: u64): void {
  store<u64>(OCCUPANCY + (level << 3), digits);
}

/** The slot's timer; `NONE` where it has none. */
@inline
export function cellOf(slot: u32): Cell {
  return changetype<Cell>(<usize> load<u32>(state.table + (<usize> slot << 2)));
}

@inline
export function setCell(slot: u32, cell: Cell): void {
  store<u32>(state.table + (<usize> slot << 2), <u32> changetype<usize>(cell));
}

/** Makes room for so many slots; false where the host refuses the memory. */
function reserve(capacity: u32): bool {
  // A chunk in use holds at least one timer, and there is one more while a list is dealt out.
  const table = CHUNKS + (<u64> capacity + 1) * CHUNK;
  const end = table + <u64> capacity * 8;
  const missing = <i32> ((end + 0xffff) >> 16) - memory.size();
  if (missing > 0 && memory.grow(missing) < 0) return false;
  state.mask = capacity - 1;
  state.table = <usize> table;
  state.ring = (<u32> table >> 2) + capacity;
  return true;
}

/** Doubles the capacity; false where the host refuses the memory. */
export function grow(): bool {
  const table = state.table;
  const ring = <usize> state.ring << 2;
  const size = ring - table;
  if (!reserve((state.mask + 1) << 1)) return false;
  memory.copy(state.table, table, size);
  // Laid down twice in a row, the ring is one of twice the size, and each index finds its slot
  // again.
  const grown = <usize> state.ring << 2;
  memory.copy(grown, ring, size);
  memory.copy(grown + size, ring, size);
  return true;
}

/** Forgets every timer. The first call makes the memory what the rest expects. */
export function clearAll(): void {
  if (state.mask) memory.fill(state.table, 0, (<usize> state.mask + 1) << 2);
  else reserve(INITIAL_CAPACITY);
  memory.fill(OCCUPANCY, 0, LEVELS << 3);
  state.levels = 0;
  state.free = NO_CHUNK;
  state.unused = changetype<Chunk>(CHUNKS);
  for (let head: usize = LISTS; head < CHUNKS; head += CHUNK) changetype<Chunk>(head).clear();
}
