import { assert, assertEquals } from "@std/assert";
import { createTask, Future, gather, getRunningLoop, run, sleep, type Task } from "../../mod.ts";

interface NativeTimer {
  callback: () => void;
  delay: number;
  cleared: boolean;
}

/** Has native timers noted instead of set while `body` runs; those do not fire by themselves. */
async function withoutTimers(body: (timers: NativeTimer[]) => Promise<unknown>): Promise<void> {
  const { setTimeout, clearTimeout } = globalThis;
  const timers: NativeTimer[] = [];
  Object.assign(globalThis, {
    setTimeout: (callback: () => void, delay = 0) =>
      timers.push({ callback, delay, cleared: false }),
    clearTimeout: (id: number) => {
      if (timers[id - 1] !== undefined) timers[id - 1].cleared = true;
    },
  });
  try {
    await body(timers);
  } finally {
    Object.assign(globalThis, { setTimeout, clearTimeout });
  }
}

/** A future that is done after some turns of the host. */
function hostTurns(count: number): Future<void> {
  const future = new Future<void>();
  const turn = () => void (count-- > 0 ? setImmediate(turn) : future.setResult());
  turn();
  return future;
}

Deno.test("all timers of a loop share one native timer", async () => {
  await withoutTimers((timers) =>
    run(function* () {
      const tasks: Task<void>[] = [];
      for (let i = 0; i < 1000; i++) tasks.push(createTask(sleep(5000 + i)));
      for (let i = 0; i < 1000; i++) getRunningLoop().callLater(10_000 + i, () => {});
      // The loop has much to do at first, and then nothing.
      for (let i = 0; i < 1000 && timers.length === 0; i++) yield* hostTurns(1);
      assertEquals(timers.length, 1);
      assert(timers[0].delay > 0 && timers[0].delay <= 5000);
      // Cancelled timers don't cost a native one each, either.
      for (const task of tasks.reverse()) task.cancel();
      yield* gather(tasks, { returnExceptions: true });
      yield* hostTurns(200);
      assert(timers.length <= 2, `${timers.length} native timers`);
    })
  );
});

Deno.test("a wait that is longer than the host's longest one is made of several", async () => {
  const longest = 2 ** 31 - 1;
  await withoutTimers((timers) =>
    run(function* () {
      let fired = false;
      getRunningLoop().callLater(1e10, () => fired = true);
      for (let i = 1; i <= 3; i++) {
        yield* hostTurns(3);
        assertEquals(timers.map(({ delay }) => delay), Array(i).fill(longest));
        timers[i - 1].callback();
      }
      yield* hostTurns(3);
      assertEquals(fired, false);
    })
  );
});

Deno.test("a native timer that rings too soon makes nothing fire early", async () => {
  await withoutTimers((timers) =>
    run(function* () {
      let fired = false;
      getRunningLoop().callLater("1h", () => fired = true);
      yield* hostTurns(3);
      timers[0].callback();
      yield* hostTurns(3);
      assertEquals([fired, timers.length], [false, 2]);
    })
  );
});

Deno.test("a loop that has ended leaves no native timer", async () => {
  await withoutTimers(async (timers) => {
    await run(function* () {
      getRunningLoop().callLater("1h", () => {});
      yield* hostTurns(3);
    });
    assertEquals(timers.map(({ cleared }) => cleared), [true]);
  });
});

Deno.test("the host's turns that a short sleep takes are not native timers", async () => {
  await withoutTimers((timers) =>
    run(function* () {
      for (const delay of [0, 0.001, 0.1, 0.5]) yield* sleep(delay);
      assertEquals(timers, []);
    })
  );
});
