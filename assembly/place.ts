/** Where a timer goes that has a deadline: to the heap, or to the late lane. */

import { lowerBound } from "./bound";
import { insert } from "./heap";
import { append } from "./list";
import { LATE, state } from "./memory";
import { deadlineAt } from "./ticks";

export function place(slot: u32, tick: f64): void {
  lowerBound(tick);
  const deadline = deadlineAt(tick);
  if (deadline > state.current) insert(slot, deadline);
  else append(LATE, slot, deadline);
}
