/**
 * Primitives belong to no loop. A waiter whose loop was closed stands in nobody's way, whether it had
 * been woken or not; and tasks of several loops share a primitive without harm.
 *
 * @module
 */

import { assert, assertEquals, assertFalse } from "@std/assert";
import { WaitQueue } from "../../../lowlevel.ts";
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  type Coroutine,
  createTask,
  Event,
  type EventLoop,
  LifoQueue,
  Lock,
  type Operation,
  PriorityQueue,
  Queue,
  Runner,
  type RunOptions,
  Semaphore,
  sleep,
  until,
  wait,
} from "../../../mod.ts";
import { VirtualClock } from "../../../testing.ts";
import { onBothCores, type OnCore, turns } from "../support.ts";

const onVirtualClock = ({ core }: OnCore): RunOptions => ({ core, clock: new VirtualClock() });

/**
 * A loop of which a program closes the tasks away: a runner would cancel them first.
 *
 * @param waits Gives what tasks of that loop wait for.
 */
async function abandoned(
  on: OnCore,
  waits: Iterable<() => Iterable<unknown, unknown, unknown>>,
): Promise<EventLoop> {
  const runner = new Runner(onVirtualClock(on));
  await runner.run(function* () {
    for (const wait of waits) {
      createTask(function* () {
        yield* wait();
        throw new Error("It went on though its loop is closed");
      });
    }
    yield* turns(4);
  });
  return runner.loop;
}

/** A primitive in a state in which one has to wait for it. */
interface Line {
  wait(): Operation<unknown>;
  wake(): void;
}

const lines: Record<string, () => Coroutine<Line>> = {
  *"a lock"() {
    const lock = new Lock();
    yield* lock.acquire();
    return { wait: () => lock.acquire(), wake: () => lock.release() };
  },
  *"a condition's lock"() {
    const condition = new Condition();
    yield* condition.acquire();
    return { wait: () => condition.acquire(), wake: () => condition.release() };
  },
  *"a semaphore"() {
    yield;
    const semaphore = new Semaphore(0);
    return { wait: () => semaphore.acquire(), wake: () => semaphore.release() };
  },
  *"a bounded semaphore"() {
    const semaphore = new BoundedSemaphore(1);
    yield* semaphore.acquire();
    return { wait: () => semaphore.acquire(), wake: () => semaphore.release() };
  },
  *"an event"() {
    yield;
    const event = new Event();
    return { wait: () => event.wait(), wake: () => event.set() };
  },
};

for (const makeQueue of [Queue, PriorityQueue, LifoQueue]) {
  Object.assign(lines, {
    *[`get() of a ${makeQueue.name}`]() {
      yield;
      const queue = new makeQueue<number>();
      return { wait: () => queue.get(), wake: () => queue.putNowait(5) };
    },
    *[`put() of a ${makeQueue.name}`]() {
      yield;
      const queue = new makeQueue<number>(1);
      queue.putNowait(5);
      return { wait: () => queue.put(6), wake: () => queue.getNowait() };
    },
    *[`join() of a ${makeQueue.name}`]() {
      yield;
      const queue = new makeQueue<number>();
      queue.putNowait(5);
      return { wait: () => queue.join(), wake: () => queue.taskDone() };
    },
  });
}

for (const [name, make] of Object.entries(lines)) {
  for (const woken of [false, true]) {
    const whom = woken ? "who was woken" : "who still waits";
    onBothCores(`${whom} for ${name} on a loop that is closed is passed over`, async (on) => {
      const setUp = new Runner(onVirtualClock(on));
      const line = await setUp.run(make);
      await setUp.close();
      const loop = await abandoned(on, [() => line.wait(), () => line.wait()]);
      await on.run(function* () {
        if (woken) line.wake();
        loop.close();
        const waiter = createTask(line.wait());
        yield* turns(2);
        if (!woken) {
          assertFalse(waiter.done());
          line.wake();
        }
        yield* waiter;
      }, { clock: new VirtualClock() });
    });

    onBothCores(`${whom} for ${name} keeps nobody of another loop when closed`, async (on) => {
      const setUp = new Runner(onVirtualClock(on));
      const line = await setUp.run(make);
      await setUp.close();
      const loop = await abandoned(on, [() => line.wait(), () => line.wait()]);
      await on.run(function* () {
        const waiter = createTask(line.wait());
        yield* turns(2);
        if (woken) line.wake();
        loop.close();
        if (!woken) {
          yield* turns(2);
          assertFalse(waiter.done());
          line.wake();
        }
        yield* waiter;
      }, { clock: new VirtualClock() });
    });
  }
}

onBothCores("a wait queue's policy hears whom a closed loop takes away", async (on) => {
  const log: string[] = [];
  const queue: WaitQueue<void> = new WaitQueue({
    tryAcquire: () => false,
    onWoken: () => true,
    onAbandoned: (woken) => {
      log.push(woken ? "woken" : "not woken");
      if (woken) queue.wakeNext();
    },
  });
  const loop = await abandoned(on, [() => queue.wait(), () => queue.wait()]);
  await on.run(function* () {
    const waiter = createTask(queue.wait());
    yield* turns(2);
    assertEquals(queue.waiting, 3);
    queue.wakeNext();
    loop.close();
    assertEquals(queue.waiting, 1);
    yield* waiter;
    // The wake may have gone through the hands of both.
    assertEquals([log.length, log.at(-1)], [2, "woken"]);
  }, { clock: new VirtualClock() });
});

onBothCores("a cancelled waiter whose loop is closed before it runs is passed over", async (on) => {
  for (const make of Object.values(lines)) {
    const runner = new Runner(onVirtualClock(on));
    const line = await runner.run(make);
    await runner.run(function* () {
      const task = createTask(line.wait());
      yield* turns(2);
      runner.loop.callSoon(() => task.cancel());
    });
    runner.loop.close();
    await on.run(function* () {
      const waiter = createTask(line.wait());
      yield* turns(2);
      line.wake();
      yield* waiter;
    }, { clock: new VirtualClock() });
  }
});

for (const woken of [false, true]) {
  const whom = woken ? "who was notified" : "who still waits";
  onBothCores(`${whom} by a condition on a loop that is closed is passed over`, async (on) => {
    const condition = new Condition();
    const waiting = function* () {
      using _held = yield* condition.acquire();
      yield* condition.wait();
    };
    const loop = await abandoned(on, [waiting]);
    await on.run(function* () {
      const waiter = createTask(waiting());
      yield* turns(3);
      yield* condition.acquire();
      if (woken) condition.notify();
      loop.close();
      if (!woken) condition.notify();
      condition.release();
      yield* waiter;
      assertFalse(condition.locked());
    }, { clock: new VirtualClock() });
  });
}

onBothCores("who waits at a barrier on a loop that is closed is no party any more", async (on) => {
  const barrier = new Barrier(2);
  const loop = await abandoned(on, [() => barrier.wait()]);
  assertEquals(barrier.nWaiting, 1);
  loop.close();
  await on.run(function* () {
    for (let round = 0; round < 3; round++) {
      const first = createTask(barrier.wait());
      yield* turns(2);
      assertFalse(first.done(), "the closed loop's task counts as a party");
      const second = createTask(barrier.wait());
      assertEquals(new Set([yield* first, yield* second]), new Set([0, 1]));
    }
  }, { clock: new VirtualClock() });
});

onBothCores("who has not left a barrier when its loop is closed blocks nobody", async (on) => {
  const barrier = new Barrier(2);
  const loop = await abandoned(on, [() => barrier.wait()]);
  await on.run(function* () {
    const last = createTask(barrier.wait());
    yield* last;
    loop.close();
    const round = [createTask(barrier.wait()), createTask(barrier.wait())];
    yield* wait(round, { timeout: 100 });
    assert(round.every((task) => task.done()), String(barrier));
  }, { clock: new VirtualClock() });
});

onBothCores(
  "one lock serves three runs at a time, one task after the other",
  async ({ core, run }) => {
    const lock = new Lock();
    let inside = 0;
    let most = 0;
    let entries = 0;
    await Promise.all([1, 2, 3].map(() =>
      run(function* () {
        const tasks = Array.from({ length: 5 }, () =>
          createTask(function* () {
            for (let i = 0; i < 10; i++) {
              using _held = yield* lock.acquire();
              most = Math.max(most, ++inside);
              entries++;
              yield* i % 3 === 0 ? sleep(0.01) : sleep(0);
              inside--;
            }
          }));
        for (const task of tasks) yield* task;
      }, { core })
    ));
    assertEquals([most, entries, lock.locked()], [1, 150, false]);
  },
);

onBothCores(
  "runs that are cancelled among others leave a shared lock in order",
  async ({ run }) => {
    const lock = new Lock();
    let entries = 0;
    function* worker(rounds: number): Coroutine<void> {
      for (let i = 0; i < rounds; i++) {
        using _held = yield* lock.acquire();
        entries++;
        yield* sleep(0.01);
      }
    }
    const controller = new AbortController();
    const doomed = [1, 2].map(() => run(worker(Infinity), { signal: controller.signal }));
    const lasting = run(function* () {
      yield* worker(20);
      controller.abort();
      yield* worker(20);
    });
    const outcomes = await Promise.allSettled([...doomed, lasting]);
    assertEquals(outcomes.map(({ status }) => status), ["rejected", "rejected", "fulfilled"]);
    assert(entries >= 40);
    assertFalse(lock.locked());
  },
);

onBothCores("semaphores and queues serve several runs at a time", async ({ run }) => {
  const semaphore = new Semaphore(2);
  const queue = new Queue<number>(2);
  let inside = 0;
  let most = 0;
  const sums = await Promise.all([
    ...[1, 2, 3].map(() =>
      run(function* () {
        for (let i = 1; i <= 10; i++) {
          using _permit = yield* semaphore.acquire();
          most = Math.max(most, ++inside);
          yield* queue.put(i);
          inside--;
        }
        return 0;
      })
    ),
    ...[1, 2].map(() =>
      run(function* () {
        let sum = 0;
        for (let i = 0; i < 15; i++) {
          sum += yield* queue.get();
          queue.taskDone();
        }
        yield* queue.join();
        return sum;
      })
    ),
  ]);
  assertEquals(sums.reduce((a, b) => a + b), 165);
  assert(most <= 2);
  assert(queue.empty());
});

onBothCores("a wake from outside any loop reaches the waiter's loop", async ({ run }) => {
  const event = new Event();
  const waiting = run(function* () {
    yield* event.wait();
    return "woken";
  });
  await new Promise((resolve) => setTimeout(resolve, 1));
  event.set();
  assertEquals(await waiting, "woken");
});

onBothCores(
  "a lock whose first waiters were all on closed loops goes to the first live one",
  async (on) => {
    const lock = new Lock();
    const holder = new Runner(onVirtualClock(on));
    await holder.run(() => lock.acquire());
    const loops: EventLoop[] = [];
    for (let i = 0; i < 5; i++) {
      loops.push(await abandoned(on, [() => lock.acquire(), () => lock.acquire()]));
    }
    const log: string[] = [];
    await on.run(function* () {
      const waiters = ["a", "b"].map((name) =>
        createTask(function* () {
          using _held = yield* lock.acquire();
          log.push(name);
          yield* sleep(1);
        })
      );
      yield* turns(2);
      lock.release();
      for (const loop of loops) {
        loop.close();
        yield* until(Promise.resolve());
      }
      for (const waiter of waiters) yield* waiter;
    }, { clock: new VirtualClock() });
    assertEquals([log, lock.locked()], [["a", "b"], false]);
    await holder.close();
  },
);
