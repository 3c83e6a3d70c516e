// set() wakes every waiter in order, even if clear() follows at once; wait() on a set event returns
// without giving up the turn.

import { createTask, Event, gather, sleep } from "../../mod.ts";
import type { Say } from "./harness.ts";

export default function* (say: Say) {
  const ev = new Event();
  const out: unknown[] = [];
  function* w(name: unknown) {
    out.push([name, yield* ev.wait()]);
  }

  const ts = [0, 1, 2].map((i) => createTask(w(i)));
  yield* sleep(0);
  ev.set();
  ev.clear();
  say(ev.isSet(), out);
  yield* gather(ts);
  say(out);

  out.length = 0;
  const t1 = createTask(w("early"));
  yield* sleep(0);
  const t2 = createTask(w("late"));
  ev.set();
  yield* gather(t1, t2);
  say(out); // The late one never had to wait.

  ev.clear();
  const t = createTask(w("x"));
  yield* sleep(0);
  t.cancel();
  yield* sleep(0);
  ev.set();
  say(t.cancelled(), ev.isSet(), yield* ev.wait());
}
