// Jobs of an executor: results, errors, and a cancel that reaches a job in the queue only.

import { gather, getRunningLoop, sleep } from "../../mod.ts";
import { toThread, WorkerPool } from "../../workers.ts";
import { except, type Say, typeName } from "./harness.ts";

const double = (n: number) => n * 2;

const fail = (text: string) => {
  throw new RangeError(text);
};

const work = (ms: number) => {
  const end = performance.now() + ms;
  while (performance.now() < end);
  return ms;
};

export default function* (say: Say) {
  const loop = getRunningLoop();
  const pool = new WorkerPool(undefined, { size: 1 });
  say(yield* loop.runInExecutor(pool, double, 21));
  try {
    yield* loop.runInExecutor(pool, fail, "from a thread");
  } catch (error) {
    say(typeName(error), except(error, RangeError));
  }
  const busy = loop.runInExecutor(pool, work, 150);
  const queued = loop.runInExecutor(pool, double, 1);
  const behind = loop.runInExecutor(pool, double, 2);
  yield* sleep(50);
  say(busy.done(), queued.cancel());
  say(yield* behind, queued.cancelled(), busy.done(), yield* busy);
  say(yield* gather([0, 1, 2, 3, 4].map((n) => loop.runInExecutor(pool, double, n))));
  yield* pool.shutdown();
  say(yield* toThread(double, 4));
  try {
    yield* toThread(fail, "again");
  } catch (error) {
    say(except(error, RangeError));
  }
}
