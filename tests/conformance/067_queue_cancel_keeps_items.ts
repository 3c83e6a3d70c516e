// Cancelling a getter that was already woken must not lose the item: the next getter gets it. The
// same holds for putters and free places.

import { createTask, gather, Queue, sleep } from "../../mod.ts";
import { type Say, typeName } from "./harness.ts";

export default function* (say: Say) {
  const q = new Queue<string>();
  const a = createTask(q.get());
  const b = createTask(q.get());
  yield* sleep(0);
  q.putNowait("item");
  a.cancel();
  const [result] = yield* gather([a], { returnExceptions: true });
  say(typeName(result), yield* b, q.size);

  const c = createTask(q.get());
  yield* sleep(0);
  q.putNowait("kept");
  c.cancel();
  yield* gather([c], { returnExceptions: true });
  say(q.size, q.getNowait());

  const full = new Queue<number>(1);
  full.putNowait(0);
  const p1 = createTask(full.put(1));
  const p2 = createTask(full.put(2));
  yield* sleep(0);
  say(full.getNowait());
  p1.cancel(); // Woken for the free place, but cancelled.
  yield* gather([p1], { returnExceptions: true });
  yield* p2;
  say(full.getNowait(), full.size);
}
