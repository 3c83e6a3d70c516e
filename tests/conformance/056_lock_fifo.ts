// A lock goes to whoever asked first, and nobody can barge in: a task that releases it and asks
// again at once goes to the back.

import { createTask, gather, getRunningLoop, InvalidStateError, Lock, sleep } from "../../mod.ts";
import { except, type Say, typeName } from "./harness.ts";

export default function* (say: Say) {
  const lock = new Lock();
  const out: string[] = [];
  function* w(name: string) {
    for (let i = 0; i < 2; i++) {
      using _held = yield* lock.acquire();
      out.push(name + i);
      yield* sleep(0);
    }
  }
  yield* gather(w("a"), w("b"), w("c"));
  say(out.join(" "), lock.locked());

  try {
    lock.release();
  } catch (error) {
    say(typeName(except(error, InvalidStateError)));
  }
  {
    using _held = yield* lock.acquire();
    say("held", lock.locked());
  }
  say("free", lock.locked());

  // Taking a free lock does not give up the turn.
  let switched = false;
  const t = createTask(sleep(0));
  getRunningLoop().callSoon(() => void (switched = true));
  yield* lock.acquire();
  lock.release();
  say("switched", switched);
  yield* t;
}
