/** The run queue's producing end. The consuming end is the kernel's, through a view of the ring. */

import { Node, NONE, slotOf, state } from "./memory";

/** Makes the node's slot ready. The node is out of its list already, or its list is to be emptied. */
@inline
export function release(node: Node): void {
  node.next = NONE;
  const tail = state.tail;
  store<u32>(((<usize> state.ring) << 2) + ((<usize> (tail & state.mask)) << 2), slotOf(node));
  state.tail = tail + 1;
}
