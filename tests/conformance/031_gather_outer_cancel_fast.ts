// Cancelling a task that waits in gather() cancels every child. Without returnExceptions, the task
// resumes when the first child has ended, not when all have cleaned up.

import { CancelledError, createTask, gather, sleep } from "../../mod.ts";
import { except, type Say } from "./harness.ts";

export default function* (say: Say) {
  const out: string[] = [];
  function* child(name: string, cleanup: number) {
    try {
      yield* sleep(5000);
    } catch (error) {
      except(error, CancelledError);
      out.push(`cancel ${name}`);
      yield* sleep(cleanup);
      out.push(`cleaned ${name}`);
      throw error;
    }
  }
  function* outer() {
    try {
      yield* gather(child("quick", 20), child("slow", 80));
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
  say(out);
  yield* sleep(100);
  say(out);
}
