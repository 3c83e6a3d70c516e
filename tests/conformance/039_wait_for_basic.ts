// waitFor(): a result in time; on timeout it cancels the inner task and waits for its cleanup before
// it throws TimeoutError.

import {
  CancelledError,
  createTask,
  currentTask,
  sleep,
  TimeoutError,
  waitFor,
} from "../../mod.ts";
import { except, type Say, typeName } from "./harness.ts";

export default function* (say: Say) {
  const out: string[] = [];
  function* inner() {
    try {
      yield* sleep(5000);
    } catch (error) {
      except(error, CancelledError);
      out.push("inner cancel");
      yield* sleep(40);
      out.push("inner cleaned");
      throw error;
    }
  }
  function* quick() {
    yield* sleep(20);
    return "quick";
  }

  say(yield* waitFor(quick(), 1000));
  const t = createTask(inner());
  try {
    yield* waitFor(t, 30);
  } catch (error) {
    out.push(typeName(except(error, TimeoutError)));
  }
  say(out, t.cancelled());
  say(yield* waitFor(quick(), null));
  say(currentTask()!.cancelling());
}
