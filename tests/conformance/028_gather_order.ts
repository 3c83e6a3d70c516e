// Results come in argument order, whatever the order of completion; coroutines, tasks and futures
// mix; an empty gather gives [].

import { createTask, gather, getRunningLoop, sleep } from "../../mod.ts";
import type { Say } from "./harness.ts";

export default function* (say: Say) {
  const loop = getRunningLoop();
  const out: unknown[] = [];
  function* job<T>(n: T, delay: number) {
    yield* sleep(delay);
    out.push(n);
    return n;
  }

  const f = loop.createFuture<string>();
  loop.callLater(60, (value: string) => f.setResult(value), "fut");
  const results = yield* gather(job("slow", 90), f, createTask(job("fast", 30)));
  say(results, out);
  say(yield* gather());
  say(yield* gather(gather(job(1, 0), job(2, 0)), gather(job(3, 0))));

  const t = createTask(job("dup", 0));
  out.length = 0;
  say(yield* gather(t, t, job("z", 0)), out);
}
