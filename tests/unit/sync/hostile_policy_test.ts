/**
 * Wait queues and waits whose policies and functions throw: no wake is lost, every task ends, and a
 * loop closes.
 *
 * @module
 */

import { assert, assertEquals, assertFalse, assertThrows } from "@std/assert";
import { suspend, WaitQueue, type WaitQueuePolicy } from "../../../lowlevel.ts";
import {
  createTask,
  type ExceptionContext,
  InvalidStateError,
  Lock,
  type Operation,
  PriorityQueue,
  Runner,
  type RunOptions,
  wait,
} from "../../../mod.ts";
import { VirtualClock } from "../../../testing.ts";
import { onBothCores, test, turns } from "../support.ts";

function broken(what: keyof WaitQueuePolicy<void>): WaitQueue<void> {
  return new WaitQueue<void>({
    tryAcquire: () => false,
    onWoken: () => true,
    onAbandoned() {},
    [what]() {
      throw new RangeError(what);
    },
  });
}

const waits: Record<string, () => Operation<void>> = {
  "a policy's onAbandoned()": () => broken("onAbandoned").wait(),
  "what calls a suspend() off": () =>
    suspend<void>(() => () => {
      throw new RangeError("called off");
    }),
};

for (const [name, make] of Object.entries(waits)) {
  onBothCores(`a task that is cancelled ends although ${name} throws`, async ({ run }) => {
    const reports: ExceptionContext[] = [];
    await run(function* () {
      const tasks = [
        createTask(make()),
        createTask(function* () {
          yield* make();
        }),
      ];
      yield* turns(2);
      for (const task of tasks) task.cancel();
      yield* wait(tasks, { timeout: 5 });
      for (const task of tasks) assert(task.done(), String(task));
    }, { clock: new VirtualClock(), exceptionHandler: (context) => reports.push(context) });
  });

  onBothCores(
    `a loop closes, and frees whom its tasks kept, although ${name} throws`,
    async (on) => {
      const lock = new Lock();
      const reports: unknown[] = [];
      const options: RunOptions = {
        core: on.core,
        clock: new VirtualClock(),
        exceptionHandler: ({ exception }) => reports.push(exception),
      };
      const runner = new Runner(options);
      await runner.run(function* () {
        yield* lock.acquire();
        createTask(make());
        createTask(lock.acquire());
        createTask(make());
        yield* turns(2);
      });
      runner.loop.close();
      assertEquals(reports.map(String).length, 2);
      lock.release();
      await on.run(() => lock.acquire(), { clock: new VirtualClock() });
    },
  );

  onBothCores(
    `a task that has begun a wait by hand ends although ${name} throws`,
    async ({ run }) => {
      await run(function* () {
        const begin = () =>
          (make() as Iterable<unknown, unknown, unknown>)[Symbol.iterator]().next();
        const tasks = [
          createTask(function* () {
            begin();
            yield;
          }),
          createTask(function* () {
            yield;
            begin();
            throw new RangeError("its own");
          }),
        ];
        yield* wait(tasks, { timeout: 5 });
        for (const task of tasks) {
          assert(task.done(), String(task));
          task.exception();
        }
      }, { clock: new VirtualClock(), exceptionHandler() {} });
    },
  );
}

for (const what of ["tryAcquire", "onWoken"] as const) {
  test(`what a policy's ${what}() throws is thrown to who waits, and nobody stays behind`, function* () {
    const queue = broken(what);
    const task = createTask(queue.wait());
    yield* turns(2);
    queue.wakeAll();
    yield* wait([task]);
    assertEquals(String(task.exception()), `RangeError: ${what}`);
    assertEquals(queue.waiting, 0);
  });
}

test("a wake that its policy can't use, because it throws, is passed on", function* () {
  let served = 0;
  const queue: WaitQueue<void> = new WaitQueue({
    tryAcquire: () => false,
    onWoken() {
      if (served++ === 0) throw new RangeError("not this one");
      return true;
    },
    onAbandoned: (woken) => void (woken && queue.wakeNext()),
  });
  const tasks = [createTask(queue.wait()), createTask(queue.wait())];
  yield* turns(2);
  queue.wakeNext();
  yield* wait(tasks, { timeout: 5 });
  assertEquals(tasks.map((task) => task.done()), [true, true]);
  assert(tasks[0].exception() instanceof RangeError);
});

test("an item that can't be compared leaves its place to the next who puts", function* () {
  const queue = new PriorityQueue<unknown>(2);
  for (const item of [1, 2]) queue.putNowait(item);
  const odd = createTask(queue.put("odd"));
  const next = createTask(queue.put(3));
  yield* turns(2);
  queue.getNowait();
  yield* wait([odd, next], { timeout: 5 });
  assert(odd.exception() instanceof TypeError);
  assert(next.done(), String(next));
  assertEquals([queue.getNowait(), queue.getNowait()], [2, 3]);
});

test("a comparison that changes its own queue is refused, and no item is lost or doubled", function* () {
  for (const change of ["put", "get"]) {
    let wanted = false;
    const queue: PriorityQueue<number> = new PriorityQueue(0, (a: number, b: number) => {
      if (wanted) {
        wanted = false;
        if (change === "put") queue.putNowait(100);
        else queue.getNowait();
      }
      return a - b;
    });
    for (const item of [9, 8, 7, 6, 5, 4, 3]) queue.putNowait(item);
    wanted = true;
    assertThrows(() => queue.putNowait(2), InvalidStateError);
    wanted = true;
    assertThrows(() => queue.getNowait(), InvalidStateError);
    const items: number[] = [];
    while (!queue.empty()) items.push(queue.getNowait());
    assertEquals(items, change === "put" ? [3, 4, 5, 6, 7, 8, 9, 100, 100] : [5, 6, 7, 8, 9]);
  }
  yield;
});

test("waking from within start() or from within the calling off counts once", function* () {
  const now = createTask(suspend<string>((wake, fail) => {
    wake("now");
    wake("again");
    fail(new RangeError("too late"));
  }));
  yield* wait([now]);
  assertEquals(now.result(), "now");
  let wakeLate: (value: string) => void;
  const late = createTask(suspend<string>((wake) => {
    wakeLate = wake;
    return () => wake("called off");
  }));
  yield* turns(2);
  late.cancel();
  yield* wait([late]);
  assert(late.cancelled());
  wakeLate!("after the end");
  yield* turns(2);
  assertFalse(late.loop.isClosed());
});
