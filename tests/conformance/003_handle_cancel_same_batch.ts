// A handle that an earlier callback of the same turn cancelled must not run; cancelling twice is
// harmless.

import { getRunningLoop, sleep } from "../../mod.ts";
import type { Say } from "./harness.ts";

export default function* (say: Say) {
  const loop = getRunningLoop();
  const out: string[] = [];
  const append = (name: string) => void out.push(name);

  const h1 = loop.callSoon(() => {
    append("first");
    h2.cancel();
    h2.cancel();
  });
  const h2 = loop.callSoon(append, "second");
  const h3 = loop.callSoon(append, "third");
  yield* sleep(0);
  say(out);
  say(h1.cancelled(), h2.cancelled(), h3.cancelled());

  h3.cancel(); // After it ran: this only sets the flag.
  say(h3.cancelled());
}
