// Timers that are already due queue behind the callbacks that are already ready, by deadline.

import { getRunningLoop, sleep } from "../../mod.ts";
import type { Say } from "./harness.ts";

export default function* (say: Say) {
  const loop = getRunningLoop();
  const now = loop.time();
  const out: string[] = [];
  const append = (name: string) => void out.push(name);

  loop.callAt(now - 1000, append, "t-1");
  loop.callAt(now - 3000, append, "t-3");
  loop.callLater(-2000, append, "t-2");
  loop.callSoon(append, "soon1");
  loop.callSoon(append, "soon2");
  yield* sleep(0);
  say(out);
  yield* sleep(0);
  say(out);
}
