// A future has its result, but the task that waits for it has not resumed yet: a cancel still wins
// at the resume. Cancelling the awaited future itself cancels the task with cancelling() at zero.

import {
  CancelledError,
  createTask,
  currentTask,
  type Future,
  getRunningLoop,
  InvalidStateError,
  sleep,
} from "../../mod.ts";
import { except, type Say } from "./harness.ts";

export default function* (say: Say) {
  const loop = getRunningLoop();
  function* body(future: Future<string>) {
    try {
      return "got " + (yield* future);
    } catch (error) {
      except(error, CancelledError);
      say("cancelled", currentTask()!.cancelling(), future.cancelled());
      throw error;
    }
  }

  const f = loop.createFuture<string>();
  const t = createTask(body(f));
  yield* sleep(0);
  f.setResult("value");
  t.cancel();
  say(f.result());
  try {
    say(yield* t);
  } catch (error) {
    except(error, CancelledError);
    say("t cancelled", t.cancelled());
  }

  const g = loop.createFuture<string>();
  const u = createTask(body(g));
  yield* sleep(0);
  g.cancel();
  try {
    yield* u;
  } catch (error) {
    except(error, CancelledError);
    say("u cancelled", u.cancelled(), u.cancelling());
  }

  // The other way round: after the cancel, a result is refused.
  const h = loop.createFuture<string>();
  const v = createTask(body(h));
  yield* sleep(0);
  v.cancel();
  try {
    h.setResult("late");
  } catch (error) {
    except(error, InvalidStateError);
    say("InvalidStateError"); // Python knows this one under the same name, not as RuntimeError.
  }
  try {
    yield* v;
  } catch (error) {
    except(error, CancelledError);
    say("v cancelled");
  }
}
