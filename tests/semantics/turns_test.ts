// Turns of the loop: what runs when, and after what.

import { assert, assertEquals } from "@std/assert";
import {
  type Coroutine,
  createTask,
  Event,
  type Future,
  gather,
  getRunningLoop,
  sleep,
  wait,
} from "../../mod.ts";
import { behaviour, Turns } from "./both_cores.ts";

behaviour("a turn runs only the handles that were ready when it began", function* () {
  const loop = getRunningLoop();
  const log: string[] = [];
  loop.callSoon(() => {
    log.push("first");
    loop.callSoon(() => log.push("made by first"));
  });
  loop.callSoon(() => log.push("second"));
  // Due when the turn begins, so it goes before what the turn itself makes ready.
  loop.callAt(loop.time() - 1, () => log.push("timer"));
  yield* sleep(10);
  assertEquals(log, ["first", "second", "timer", "made by first"]);
});

behaviour("the host's I/O gets in while tasks keep the loop busy", function* () {
  let answered = false;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => answered = true;
  port2.postMessage("ping");
  try {
    let turns = 0;
    while (!answered && turns < 10_000_000) {
      yield* sleep(0);
      turns++;
    }
    assert(answered, "a busy loop starved the host");
  } finally {
    port1.close();
    port2.close();
  }
});

behaviour("timers that come due queue behind what is ready, by deadline", function* () {
  const loop = getRunningLoop();
  const log: string[] = [];
  const now = loop.time();
  for (const late of [2, 50, 1, 7]) loop.callAt(now - late, () => log.push(`due ${late}`));
  loop.callSoon(() => log.push("ready"));
  yield* sleep(10);
  assertEquals(log, ["ready", "due 50", "due 7", "due 2", "due 1"]);
});

behaviour("equal deadlines fire in the order in which they were set", function* () {
  const loop = getRunningLoop();
  const log: number[] = [];
  const when = loop.time() + 10;
  const order = Array.from({ length: 100 }, (_, i) => i);
  for (const i of order) {
    loop.callAt(when, () => log.push(i));
    // Other deadlines in between move things around in whatever keeps the order.
    loop.callAt(when + (i * 37) % 11, () => {});
  }
  yield* sleep(30);
  assertEquals(log, order);
});

behaviour("a handle that an earlier callback of its turn cancelled is skipped", function* () {
  const loop = getRunningLoop();
  const log: string[] = [];
  loop.callSoon(() => {
    soon.cancel();
    timer.cancel();
  });
  const soon = loop.callSoon(() => log.push("soon"));
  const timer = loop.callAt(loop.time() - 1, () => log.push("timer"));
  loop.callSoon(() => log.push("last"));
  yield* sleep(10);
  assertEquals(log, ["last"]);
  assert(soon.cancelled() && timer.cancelled());
});

behaviour(
  "done callbacks never run synchronously, removing a late one changes nothing",
  function* () {
    const future = getRunningLoop().createFuture<number>();
    const log: string[] = [];
    const kept = () => void log.push("kept");
    const removed = () => void log.push("removed");
    future.addDoneCallback(kept);
    future.addDoneCallback(removed);
    future.addDoneCallback(removed);
    assertEquals(future.removeDoneCallback(removed), 2);

    future.setResult(1);
    assertEquals(log, []);
    assertEquals(future.removeDoneCallback(kept), 0);
    future.addDoneCallback(() => log.push("added late"));
    assertEquals(log, []);
    yield* sleep(0);
    assertEquals(log, ["kept", "added late"]);
  },
);

behaviour("waiting for a finished future does not give up the turn", function* () {
  using turns = new Turns();
  const future = getRunningLoop().createFuture<string>();
  future.setResult("value");
  assertEquals(yield* turns.of(() => future), 0);
});

behaviour("sleep(0) and a bare yield take exactly one turn", function* () {
  using turns = new Turns();
  yield* sleep(0); // Let the counter begin.
  assertEquals(yield* turns.of(() => sleep(0)), 1);
  assertEquals(yield* turns.of(() => sleep(-1)), 1);
  assertEquals(
    yield* turns.of(function* () {
      yield;
    }),
    1,
  );
});

behaviour("a future wakes its waiter in the next turn", function* () {
  using turns = new Turns();
  const future = getRunningLoop().createFuture<void>();
  const waiter = createTask(function* () {
    yield* future;
    return turns.count;
  });
  yield* sleep(0);
  const set = turns.count;
  future.setResult();
  assertEquals((yield* waiter) - set, 1);
});

behaviour("waiting for a new task takes two turns, and two more a level of nesting", function* () {
  using turns = new Turns();
  function* level(n: number): Coroutine<void> {
    if (n > 0) yield* createTask(level(n - 1));
  }
  yield* sleep(0);
  for (const depth of [0, 1, 2, 5]) {
    assertEquals(yield* turns.of(() => createTask(level(depth))), 2 * (depth + 1));
  }
});

behaviour("gather() and wait() take three turns at most", function* () {
  using turns = new Turns();
  // deno-lint-ignore require-yield -- it ends in its first step
  function* quick() {
    return 1;
  }
  yield* sleep(0);
  assert((yield* turns.of(() => gather(quick(), quick()))) <= 3);
  assert((yield* turns.of(() => wait([createTask(quick())]))) <= 3);
});

behaviour("many tasks that wait for one future wake in the order they came", function* () {
  const future: Future<void> = getRunningLoop().createFuture();
  const event = new Event();
  const log: string[] = [];
  function* waiter(name: string, wait: Future<void> | Event) {
    if (wait instanceof Event) yield* wait.wait();
    else yield* wait;
    log.push(name);
  }
  const tasks = ["a", "b", "c"].flatMap((name) => [
    createTask(waiter(name, future)),
    createTask(waiter(name.toUpperCase(), event)),
  ]);
  yield* sleep(0);
  event.set();
  future.setResult();
  yield* gather(tasks);
  assertEquals(log, ["A", "B", "C", "a", "b", "c"]);
});
