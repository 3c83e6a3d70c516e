/**
 * The overdue lane: timers whose deadline had already passed when they were set.
 *
 * A radix heap cannot take a deadline behind its own tick. Such timers are all due at the next
 * occasion and before anything in the heap, so they wait in a list and are sorted when they leave it.
 */

import { append, empty, isEmpty } from "./list";
import { OVERDUE, NONE } from "./memory";
import { release } from "./queue";
import { sort } from "./sort";

/** Makes ready, in order, every overdue timer due by `limit`; the clock may be behind some. */
export function expireOverdue(limit: i64): void {
  if (isEmpty(OVERDUE)) return;
  let count: u32 = 0;
  let sorted = true;
  let latest = i64.MIN_VALUE;
  for (let node = OVERDUE.next; node != OVERDUE; node = node.next) {
    if (node.when < latest) sorted = false;
    latest = node.when;
    count++;
  }
  let node = sorted ? OVERDUE.next : sort(OVERDUE, count);
  while (node != OVERDUE && node != NONE && node.when <= limit) {
    const next = node.next;
    release(node);
    node = next;
  }
  empty(OVERDUE);
  while (node != OVERDUE && node != NONE) {
    const next = node.next;
    append(OVERDUE, node);
    node = next;
  }
}
