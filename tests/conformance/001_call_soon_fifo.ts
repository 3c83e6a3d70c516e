// callSoon() is strictly first in, first out; what a callback schedules runs one turn later.
// A loop lives inside run() here, so run() stands for run_forever(), stop() and close().

import { type EventLoop, getRunningLoop, sleep } from "../../mod.ts";
import type { Run, Say } from "./harness.ts";

export default async function (say: Say, run: Run) {
  let loop!: EventLoop;

  await run(function* () {
    loop = getRunningLoop();
    function callback(name: string) {
      say("cb", name);
      if (name === "a") loop.callSoon(callback, "a-child");
      if (name === "a-child") loop.callSoon(callback, "a-grandchild");
    }
    for (const name of ["a", "b", "c"]) loop.callSoon(callback, name);
    yield* sleep(30);
  });

  say("closed", loop.isClosed());
}
