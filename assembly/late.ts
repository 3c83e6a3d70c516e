/**
 * The late lane: timers whose deadline had already passed when they were set.
 *
 * A radix heap cannot take a deadline behind its own tick. Such timers are all due at the next
 * occasion and before anything in the heap, so they wait in a list and are sorted when they leave it.
 */

import { append, empty, isEmpty } from "./list";
import { LATE, NONE } from "./memory";
import { release } from "./queue";
import { sort } from "./sort";

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
  let node = sorted ? LATE.next : sort(LATE, count);
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
