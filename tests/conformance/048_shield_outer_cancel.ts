// Cancelling whoever waits for shield() leaves the inner task running.

import { CancelledError, createTask, shield, sleep } from "../../mod.ts";
import { except, type Say } from "./harness.ts";

export default function* (say: Say) {
  const out: string[] = [];
  function* inner() {
    yield* sleep(60);
    out.push("inner done");
    return 42;
  }
  const it = createTask(inner());
  function* outer() {
    try {
      yield* shield(it);
    } catch (error) {
      except(error, CancelledError);
      out.push("outer cancelled");
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
  say(out, it.done(), it.cancelling());
  say(yield* it, out);
}
