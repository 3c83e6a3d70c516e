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

import { Cell, Chunk, CHUNK, GAP, NO_CHUNK } from "./chunk";
import { isHead, setCell, state } from "./memory";

/** Adds a timer at the list's end. */
@inline
export function append(head: Chunk, slot: u32, deadline: u64): void {
  let chunk = head.prev;
  let cell = chunk.last.after;
  if (cell.chunk != chunk) {
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
  const chunk = cell.chunk;
  cell.slot = GAP;
  let last = chunk.last;
  if (last != cell) return NO_CHUNK;
  do {
    last = last.before;
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
  return next.isEmpty ? next : NO_CHUNK;
}

/**
 * Ends a walk's visit to a chunk, and returns the next. Chunks besides the head are given back: the
 * walk takes all timers out, and ends with the head's `clear`.
 */
@inline
export function leave(chunk: Chunk, head: Chunk): Chunk {
  const next = chunk.next;
  if (chunk != head) free(chunk);
  return next;
}
