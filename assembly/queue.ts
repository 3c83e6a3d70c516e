/** The run queue's producing end. The consuming end is the facade's, through a view of the ring. */

import { NONE } from "./chunk";
import { setCell, state } from "./memory";

/** Makes a slot ready whose timer is being taken out of its list. */
@inline
export function release(slot: u32): void {
  setCell(slot, NONE);
  const tail = state.tail;
  store<u32>(<usize> (state.ring + (tail & state.mask)) << 2, slot);
  state.tail = tail + 1;
}
