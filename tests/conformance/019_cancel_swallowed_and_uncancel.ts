// A swallowed cancellation leaves cancelling() above zero until uncancel(); the task goes on and
// ends normally.

import { CancelledError, createTask, currentTask, sleep } from "../../mod.ts";
import { except, type Say } from "./harness.ts";

export default function* (say: Say) {
  function* stubborn() {
    const me = currentTask()!;
    try {
      yield* sleep(5000);
    } catch (error) {
      except(error, CancelledError);
      say("swallow", me.cancelling());
    }
    yield* sleep(20);
    say("still running", me.cancelling());
    say("uncancel", me.uncancel(), me.cancelling(), me.uncancel());
    return "value";
  }

  const t = createTask(stubborn());
  yield* sleep(20);
  say(t.cancel(), t.cancelling());
  say(yield* t, t.cancelled(), t.done());
}
