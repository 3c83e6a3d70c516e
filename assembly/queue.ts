/** The run queue's producing end. The consuming end is the kernel's, through a view of the ring. */

import { append, empty } from "./list";
import { Node, NONE, slotOf, state } from "./memory";
import { sort } from "./sort";

/** Makes the node's slot ready. The node is out of its list already, or its list is to be emptied. */
@inline
export function release(node: Node): void {
  node.next = NONE;
  const tail = state.tail;
  store<u32>(((<usize> state.ring) << 2) + ((<usize> (tail & state.mask)) << 2), slotOf(node));
  state.tail = tail + 1;
}

/**
 * Makes ready, in order, what is due by `limit` of a list that isn't empty, and leaves the rest sorted.
 * Does nothing and returns false if the list would have to be sorted and is longer than `sortUpTo`;
 * timers that wait equally long are in order as they come.
 */
export function releaseDue(head: Node, limit: i64, sortUpTo: u32): bool {
  let count: u32 = 0;
  let sorted = true;
  let latest = i64.MIN_VALUE;
  for (let node = head.next; node != head; node = node.next) {
    if (node.when < latest) sorted = false;
    latest = node.when;
    if (++count > sortUpTo && !sorted) return false;
  }
  let node = sorted ? head.next : sort(head, count);
  while (node != head && node.when <= limit) {
    const next = node.next;
    release(node);
    node = next;
  }
  empty(head);
  while (node != head) {
    const next = node.next;
    append(head, node);
    node = next;
  }
  return true;
}
