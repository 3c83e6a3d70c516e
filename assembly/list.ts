/**
 * Circular doubly linked lists through the slots' own nodes: to append and to remove are a few
 * stores without a branch, and nothing is ever allocated.
 */

import { Node, NONE } from "./memory";

@inline
export function isEmpty(head: Node): bool {
  return head.next == head;
}

@inline
export function append(head: Node, node: Node): void {
  const last = head.prev;
  node.next = head;
  node.prev = last;
  last.next = node;
  head.prev = node;
}

/** Takes the node out of its list, whichever that is. Returns the head if that leaves it empty. */
@inline
export function remove(node: Node): Node {
  const next = node.next;
  const prev = node.prev;
  next.prev = prev;
  prev.next = next;
  node.next = NONE;
  return next == prev ? next : NONE;
}

@inline
export function empty(head: Node): void {
  head.next = head;
  head.prev = head;
}
