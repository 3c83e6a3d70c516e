// Waiting for a finished future, or for a coroutine that never suspends, does not give up the turn;
// waiting for a pending one or sleep(0) does.

import { createTask, getRunningLoop, sleep } from "../../mod.ts";
import type { Say } from "./harness.ts";

export default function* (say: Say) {
  const loop = getRunningLoop();
  const out: string[] = [];

  // deno-lint-ignore require-yield -- it ends in its first step
  function* other() {
    out.push("other");
  }
  const t = createTask(other());
  const f = loop.createFuture<string>();
  f.setResult("v");
  out.push(yield* f);

  // deno-lint-ignore require-yield -- it must not suspend
  function* direct() {
    out.push("direct");
    return "d";
  }
  out.push(yield* direct());
  say(out);

  yield* sleep(0);
  say(out);
  yield* t;
  out.push("t done");
  say(out);
}
