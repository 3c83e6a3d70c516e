// The producer of a bounded queue waits while it is full; items come out in order.

import { createTask, gather, Queue, sleep } from "../../mod.ts";
import type { Say } from "./harness.ts";

export default function* (say: Say) {
  const q = new Queue<number | null>(2);
  const out: string[] = [];
  function* producer() {
    for (let i = 0; i < 5; i++) {
      yield* q.put(i);
      out.push(`put${i}`);
    }
    yield* q.put(null);
  }
  function* consumer() {
    while (true) {
      yield* sleep(20);
      const x = yield* q.get();
      if (x === null) break;
      out.push(`get${x}`);
    }
  }

  const p = createTask(producer());
  yield* sleep(0);
  say(out, q.full(), q.size, q.maxsize);
  yield* gather(p, consumer());
  say(out.filter((x) => x.startsWith("get")), out.length, q.empty());
}
