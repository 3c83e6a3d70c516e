/**
 * The lists that timers wait in, in order of insertion: doubly linked lists of chunks, with seven
 * timers to a chunk.
 *
 * The heap deals whole lists out again and again. If each timer were a link of its own, that would
 * wait for memory at each of them: with a million timers, it took three times as long. A chunk is
 * two cache lines in a row. Each list has its first chunk, the head, for good, and most lists are
 * short: they have no links to follow and nothing to allocate.
 *
 * A timer that is removed leaves a gap, but never at a chunk's end. So whatever a chunk ends with
 * is a timer, and a chunk of gaps only is an empty one, to be given back.
 */

import { CELL, CHUNK, isHead, setCell, state } from "./memory";

/** A timer. */
@unmanaged
export class Cell {
  /** When it is due; for a timer that waits for a clock reading, see `fresh.ts`. */
  deadline: u64;
  /** Whose timer it is, or `GAP`. */
  slot: u32;
  /** The next one in order, while the timers of a list are sorted. */
  link: Cell;
}

/** A row of cells behind a header of a cell's size. */
@unmanaged
export class Chunk {
  /** The lists are circular: the last chunk's next is the head. */
  next: Chunk;
  prev: Chunk;
  /** The last cell in use; where there is none, the header's own. */
  last: Cell;

  /** The header's own cell, in front of the first. */
  @inline
  get cell(): Cell {
    return changetype<Cell>(this);
  }

  @inline
  get first(): Cell {
    return after(this.cell);
  }

  /** Whether a walk that began with the first cell has not passed the last yet. */
  @inline
  reaches(cell: Cell): bool {
    return changetype<usize>(cell) <= changetype<usize>(this.last);
  }
}

export const NONE = changetype<Cell>(0);
export const NO_CHUNK = changetype<Chunk>(0);
export const GAP: u32 = 0xffffffff;

@inline
export function after(cell: Cell): Cell {
  return changetype<Cell>(changetype<usize>(cell) + CELL);
}

/** Makes this an empty list of one chunk. */
@inline
export function clear(head: Chunk): void {
  head.next = head;
  head.prev = head;
  head.last = head.cell;
}

@inline
export function isEmpty(head: Chunk): bool {
  return head.next == head && head.last == head.cell;
}

/** Whether there is one timer, and it is where the first was put. */
@inline
export function isLone(head: Chunk): bool {
  return head.next == head && head.last == head.first;
}

/** Adds a timer at the list's end. */
@inline
export function append(head: Chunk, slot: u32, deadline: u64): void {
  let chunk = head.prev;
  let cell = after(chunk.last);
  if (changetype<usize>(cell) % CHUNK == 0) {
    chunk = extend(head);
    cell = chunk.first;
  }
  chunk.last = cell;
  cell.deadline = deadline;
  cell.slot = slot;
  setCell(slot, cell);
}

/** Adds a chunk at the list's end, for its first timer to be put in. */
function extend(head: Chunk): Chunk {
  let chunk = state.free;
  if (chunk != NO_CHUNK) {
    state.free = chunk.next;
  } else {
    chunk = state.unused;
    state.unused = changetype<Chunk>(changetype<usize>(chunk) + CHUNK);
  }
  const prev = head.prev;
  chunk.next = head;
  chunk.prev = prev;
  prev.next = chunk;
  head.prev = chunk;
  return chunk;
}

@inline
function free(chunk: Chunk): void {
  chunk.next = state.free;
  state.free = chunk;
}

/** Takes a timer out of its list. If that leaves the list empty, returns its head. */
export function remove(cell: Cell): Chunk {
  const chunk = changetype<Chunk>(changetype<usize>(cell) & ~(CHUNK - 1));
  cell.slot = GAP;
  let last = chunk.last;
  if (last != cell) return NO_CHUNK;
  do {
    last = changetype<Cell>(changetype<usize>(last) - CELL);
  } while (last != chunk.cell && last.slot == GAP);
  chunk.last = last;
  if (last != chunk.cell) return NO_CHUNK;

  const next = chunk.next;
  if (!isHead(chunk)) {
    const prev = chunk.prev;
    prev.next = next;
    next.prev = prev;
    free(chunk);
  }
  // Only a head can be its own next.
  return isEmpty(next) ? next : NO_CHUNK;
}

/**
 * Ends a walk's visit to a chunk, and returns the next. Chunks besides the head are given back: the
 * walk takes all timers out, and ends with `clear`.
 */
@inline
export function leave(chunk: Chunk, head: Chunk): Chunk {
  const next = chunk.next;
  if (chunk != head) free(chunk);
  return next;
}
