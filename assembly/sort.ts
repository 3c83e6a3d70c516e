/**
 * Sorting a list of timers by deadline. Equal deadlines keep their order.
 */

import { Node } from "./memory";

/** Where the sort has got to in the list. */
let rest: Node = changetype<Node>(0);

/** Joins two sorted chains that end in the list's head; of equal deadlines, `a`'s come first. */
function merge(head: Node, a: Node, b: Node): Node {
  let last = head;
  while (true) {
    if (b.when < a.when) {
      last.next = b;
      last = b;
      b = b.next;
      if (b == head) {
        last.next = a;
        return head.next;
      }
    } else {
      last.next = a;
      last = a;
      a = a.next;
      if (a == head) {
        last.next = b;
        return head.next;
      }
    }
  }
}

/** Takes the next `count` timers off `rest` and returns them sorted. */
function sortNext(head: Node, count: u32): Node {
  if (count == 1) {
    const node = rest;
    rest = node.next;
    node.next = head;
    return node;
  }
  const half = count >> 1;
  const front = sortNext(head, half);
  return merge(head, front, sortNext(head, count - half));
}

/** Sorts a list of so many; returns a chain that ends in the head, which is in disorder then. */
export function sort(head: Node, count: u32): Node {
  rest = head.next;
  return sortNext(head, count);
}
