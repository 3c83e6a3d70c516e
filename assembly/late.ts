/**
 * The late lane: timers whose deadline had already passed when they were set.
 *
 * A radix heap cannot take a deadline behind its own time. But such timers are due at once, and
 * before anything in the heap. So they wait in a list, and are sorted when they leave it.
 */

import { Cell, GAP, NONE } from "./chunk";
import { leave } from "./list";
import { LATE } from "./memory";
import { release } from "./queue";

/** What is left to sort, linked in order of insertion. */
let rest = NONE;

/** Makes all late timers ready, by deadline, then by insertion. */
export function expireLate(): void {
  if (LATE.isEmpty) return;
  // The head's own cell stands before the first one in the row.
  let last = LATE.cell;
  let count: u32 = 0;
  let latest: u64 = 0;
  let sorted = true;
  let chunk = LATE;
  do {
    for (let cell = chunk.first; chunk.reaches(cell); cell = cell.after) {
      if (cell.slot == GAP) continue;
      if (cell.deadline < latest) sorted = false;
      latest = cell.deadline;
      last.link = cell;
      last = cell;
      count++;
    }
    chunk = chunk.next;
  } while (chunk != LATE);
  last.link = NONE;

  rest = LATE.cell.link;
  for (let cell = sorted ? rest : sort(count); cell != NONE; cell = cell.link) release(cell.slot);
  do {
    chunk = leave(chunk, LATE);
  } while (chunk != LATE);
  LATE.clear();
}

/** Takes so many timers off `rest` and returns them sorted. */
function sort(count: u32): Cell {
  if (count == 1) {
    const cell = rest;
    rest = cell.link;
    cell.link = NONE;
    return cell;
  }
  const half = count >> 1;
  const earlier = sort(half);
  return merge(earlier, sort(count - half));
}

/** Joins two sorted rows; where deadlines are equal, `a` was inserted earlier. */
function merge(a: Cell, b: Cell): Cell {
  let last = LATE.cell;
  while (a != NONE && b != NONE) {
    if (b.deadline < a.deadline) {
      last.link = b;
      last = b;
      b = b.link;
    } else {
      last.link = a;
      last = a;
      a = a.link;
    }
  }
  last.link = a != NONE ? a : b;
  return LATE.cell.link;
}
