/**
 * The late lane: timers whose deadline had already passed when they were set.
 *
 * A radix heap cannot take a deadline behind its own tick. Such timers are all due at the next
 * occasion and before anything in the heap, so they wait in a list and are sorted when they leave it.
 */

import { append, empty, isEmpty } from "./list";
import { LATE, Node, NONE } from "./memory";
import { release } from "./queue";

/** Where the sort has got to in the list. */
let rest = NONE;

/** Joins two sorted lists that end in `NONE`; of equal deadlines, `a`'s come first. */
function merge(a: Node, b: Node): Node {
  let last = LATE;
  while (true) {
    if (b.when < a.when) {
      last.next = b;
      last = b;
      b = b.next;
      if (b == NONE) {
        last.next = a;
        return LATE.next;
      }
    } else {
      last.next = a;
      last = a;
      a = a.next;
      if (a == NONE) {
        last.next = b;
        return LATE.next;
      }
    }
  }
}

/** Takes the next `count` timers off `rest` and returns them sorted. */
function sort(count: u32): Node {
  if (count == 1) {
    const node = rest;
    rest = node.next;
    node.next = NONE;
    return node;
  }
  const half = count >> 1;
  const front = sort(half);
  return merge(front, sort(count - half));
}

/** Makes ready, in order, every late timer due by `limit`; the clock may be behind some. */
export function expireLate(limit: i64): void {
  if (isEmpty(LATE)) return;
  let count: u32 = 0;
  let sorted = true;
  let latest = i64.MIN_VALUE;
  for (let node = LATE.next; node != LATE; node = node.next) {
    if (node.when < latest) sorted = false;
    latest = node.when;
    count++;
  }
  rest = LATE.next;
  let node = sorted ? rest : sort(count);
  while (node != LATE && node != NONE && node.when <= limit) {
    const next = node.next;
    release(node);
    node = next;
  }
  empty(LATE);
  while (node != LATE && node != NONE) {
    const next = node.next;
    append(LATE, node);
    node = next;
  }
}
