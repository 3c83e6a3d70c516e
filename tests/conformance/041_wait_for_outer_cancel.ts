// Cancelling a task that waits in waitFor() cancels the inner task and waits for it.

import { CancelledError, createTask, sleep, waitFor } from "../../mod.ts";
import { except, type Say } from "./harness.ts";

export default function* (say: Say) {
  const out: string[] = [];
  function* inner() {
    try {
      yield* sleep(5000);
    } catch (error) {
      except(error, CancelledError);
      yield* sleep(30);
      out.push("inner cleaned");
      throw error;
    }
  }
  const it = createTask(inner());
  function* outer() {
    try {
      yield* waitFor(it, 1000);
    } catch (error) {
      except(error, CancelledError);
      out.push("outer cancelled, inner " + (it.done() ? "done" : "running"));
      throw error;
    }
  }

  const t = createTask(outer());
  yield* sleep(20);
  t.cancel();
  try {
    yield* t;
  } catch (error) {
    except(error, CancelledError);
    out.push("main");
  }
  say(out, it.cancelled(), t.cancelled());
}
