// How many turns things take: a future wakes its waiter in the next one, a task chain takes two a
// level. gather() and wait() may take fewer turns than CPython's three, but not more.

import { type Coroutine, createTask, gather, getRunningLoop, sleep, wait } from "../../mod.ts";
import type { Say } from "./harness.ts";

export default function* (say: Say) {
  const loop = getRunningLoop();
  let tick = 0;
  let alive = true;
  function* ticker() {
    while (alive) {
      yield* sleep(0);
      tick++;
    }
  }
  const tk = createTask(ticker());
  yield* sleep(0);

  const f = loop.createFuture<void>();
  function* waiter() {
    yield* f;
    return tick;
  }
  function* level(n: number): Coroutine<number> {
    if (n === 0) return 0;
    const t = createTask(level(n - 1));
    return 1 + (yield* t);
  }
  const w = createTask(waiter());
  yield* sleep(0);
  let start = tick;
  f.setResult();
  say("future wake", (yield* w) - start);

  for (const n of [0, 1, 2, 3]) {
    start = tick;
    yield* createTask(level(n));
    say("task chain", n, tick - start);
  }

  const atMost = (limit: number, turns: number) => Math.max(limit, turns);
  start = tick;
  yield* gather(level(0), level(0));
  say("gather", atMost(3, tick - start));
  start = tick;
  yield* wait([createTask(level(0))]);
  say("wait", atMost(3, tick - start));
  alive = false;
  yield* tk;
}
