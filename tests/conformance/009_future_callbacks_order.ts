// Done callbacks run through the loop, in the order they were added, never synchronously; so does
// one that is added to a finished future.

import { getRunningLoop, sleep } from "../../mod.ts";
import type { Say } from "./harness.ts";

export default function* (say: Say) {
  const loop = getRunningLoop();
  const f = loop.createFuture<number>();
  const out: unknown[] = [];
  const append = (x: unknown) => void out.push(x);

  f.addDoneCallback((future) => append(["cb1", future === f, future.result()]));
  f.addDoneCallback(() => append("cb2"));
  loop.callSoon(append, "soon-before");
  f.setResult(5);
  loop.callSoon(append, "soon-after");
  say("sync", out);
  yield* sleep(0);
  say(out);

  out.length = 0;
  f.addDoneCallback(() => append("late"));
  say("sync", out);
  yield* sleep(0);
  say(out);
}
