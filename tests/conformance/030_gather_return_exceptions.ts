// With returnExceptions, gather() waits for everything; a cancelled child is a CancelledError among
// the results and does not disturb the others.

import { createTask, gather, getRunningLoop, sleep } from "../../mod.ts";
import { type Say, typeName } from "./harness.ts";

export default function* (say: Say) {
  function* val<T>(v: T, delay: number) {
    yield* sleep(delay);
    return v;
  }
  function* bad(message: string) {
    yield* sleep(20);
    throw new RangeError(message);
  }

  const victim = createTask(val("x", 5000));
  getRunningLoop().callLater(30, () => victim.cancel());
  const results = yield* gather([val(1, 60), bad("b"), victim], { returnExceptions: true });
  for (const x of results) {
    say(typeName(x), x instanceof RangeError || typeof x === "number" ? x : "");
  }
  say(victim.cancelled());
}
