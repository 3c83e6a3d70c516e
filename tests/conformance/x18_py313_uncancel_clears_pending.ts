// uncancel() down to zero, before the CancelledError was delivered, withdraws it.

import { createTask, currentTask, getRunningLoop, sleep } from "../../mod.ts";
import type { Say } from "./harness.ts";

export default function* (say: Say) {
  const f = getRunningLoop().createFuture<string>();
  function* body() {
    return yield* f;
  }
  const t = createTask(body());
  yield* sleep(0);
  f.setResult("kept");
  say(t.cancel(), t.cancelling());
  say(t.uncancel(), t.cancelling());
  say(yield* t, t.cancelled());

  function* me() {
    const task = currentTask()!;
    task.cancel();
    task.uncancel();
    yield* sleep(0);
    return "went on";
  }
  say(yield* createTask(me()));
}
