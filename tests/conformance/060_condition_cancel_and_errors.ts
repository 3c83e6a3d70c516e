// wait() and notify() need the lock; a cancelled wait() takes its lock again before it throws, so
// that the block around it can still release it.

import {
  CancelledError,
  Condition,
  createTask,
  InvalidStateError,
  sleep,
  TimeoutError,
  waitFor,
} from "../../mod.ts";
import { except, type Say, typeName } from "./harness.ts";

export default function* (say: Say) {
  const cond = new Condition();
  for (const notify of [() => cond.notify(), () => cond.notifyAll()]) {
    try {
      notify();
    } catch (error) {
      say(typeName(except(error, InvalidStateError)));
    }
  }
  try {
    yield* cond.wait();
  } catch (error) {
    say(typeName(except(error, InvalidStateError)));
  }

  const out: string[] = [];
  function* w() {
    using _held = yield* cond.acquire();
    try {
      yield* cond.wait();
    } catch (error) {
      except(error, CancelledError);
      out.push("cancelled, " + (cond.locked() ? "locked" : "unlocked"));
      throw error;
    }
  }
  const t = createTask(w());
  yield* sleep(0);
  {
    using _held = yield* cond.acquire();
    t.cancel();
    yield* sleep(30);
    out.push(t.done() ? "t done" : "t pending");
  }
  try {
    yield* t;
  } catch (error) {
    except(error, CancelledError);
    out.push("main");
  }
  say(out, cond.locked());

  using _held = yield* cond.acquire();
  try {
    yield* waitFor(cond.wait(), 30);
  } catch (error) {
    say(`${typeName(except(error, TimeoutError))}, locked`, cond.locked());
  }
}
