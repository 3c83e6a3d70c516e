/**
 * The virtual clock: when time jumps, when it stands still, and how it is advanced by hand.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type Awaitable,
  createTask,
  DeadlockError,
  type Duration,
  Event,
  Future,
  gather,
  getRunningLoop,
  Runner,
  sleep,
  until,
} from "../../../mod.ts";
import { VirtualClock } from "../../../testing.ts";
import { later, onBothCores } from "../support.ts";

Deno.test("a new clock shows zero", () => {
  assertEquals(new VirtualClock().now(), 0);
});

onBothCores("time jumps to the next deadline when all tasks wait", async ({ run }) => {
  const clock = new VirtualClock();
  const times = await run(function* () {
    const loop = getRunningLoop();
    const times: number[] = [];
    for (const delay of ["24h", "0.001ms", 0, "1.5m"] as Duration[]) {
      yield* sleep(delay);
      times.push(loop.time());
    }
    return times;
  }, { clock });
  assertEquals(times, [86_400_000, 86_400_000.001, 86_400_000.001, 86_490_000.001]);
  assertEquals(clock.now(), times.at(-1));
});

onBothCores("time stands still while anything is ready", async ({ run }) => {
  await run(function* () {
    const loop = getRunningLoop();
    const sleeper = createTask(sleep(1));
    for (let i = 0; i < 1000; i++) {
      yield;
      assertEquals(loop.time(), 0);
    }
    assert(!sleeper.done());
    yield* sleeper;
    assertEquals(loop.time(), 1);
  }, { clock: new VirtualClock() });
});

onBothCores("no sum of sleeps is off by a rounding error", async ({ run }) => {
  const clock = new VirtualClock();
  await run(function* () {
    for (let i = 0; i < 1000; i++) yield* sleep(0.1);
  }, { clock });
  assertEquals(clock.now(), 100);
});

onBothCores("a clock serves several loops, one after another and at once", async ({ run }) => {
  const clock = new VirtualClock();
  const log: [string, number][] = [];
  const program = (name: string, delay: number) =>
    run(function* () {
      for (let i = 0; i < 3; i++) {
        yield* sleep(delay);
        log.push([name, clock.now()]);
      }
    }, { clock });
  await Promise.all([program("a", 10), program("b", 15)]);
  assertEquals(log.filter(([name]) => name === "a"), [["a", 10], ["a", 20], ["a", 30]]);
  assertEquals(log.filter(([name]) => name === "b"), [["b", 15], ["b", 30], ["b", 45]]);
  assertEquals(log.map(([, time]) => time), [10, 15, 20, 30, 30, 45]);
  await program("c", 5);
  assertEquals(clock.now(), 60);
});

onBothCores("without autojump time stands still until it is advanced", async ({ run }) => {
  const clock = new VirtualClock({ autojump: false });
  const log: string[] = [];
  const done = run(function* () {
    yield* sleep("1h");
    log.push("an hour");
    yield* sleep("1h");
    log.push("two hours");
  }, { clock });
  await clock.advance("59m");
  assertEquals([log, clock.now()], [[], 3_540_000]);
  await clock.advance("1m");
  assertEquals([log, clock.now()], [["an hour"], 3_600_000]);
  await clock.advance("2h");
  assertEquals([log, clock.now()], [["an hour", "two hours"], 10_800_000]);
  await done;
});

onBothCores(
  "advance() goes from deadline to deadline, and does at each what is due",
  async ({ run }) => {
    const clock = new VirtualClock({ autojump: false });
    const times: number[] = [];
    const done = run(function* () {
      for (let i = 0; i < 4; i++) {
        yield* sleep(10);
        times.push(getRunningLoop().time());
      }
    }, { clock });
    await clock.advance(1000);
    assertEquals([times, clock.now()], [[10, 20, 30, 40], 1000]);
    await done;
  },
);

onBothCores("advance() by zero does what is ready", async ({ run }) => {
  const clock = new VirtualClock({ autojump: false });
  let steps = 0;
  const done = run(function* () {
    for (; steps < 5; steps++) yield;
    yield* sleep(1);
  }, { clock });
  await clock.advance(0);
  assertEquals([steps, clock.now()], [5, 0]);
  await clock.advance(1);
  await done;
});

onBothCores("calls of advance() that overlap follow one another", async ({ run }) => {
  const clock = new VirtualClock({ autojump: false });
  const times: number[] = [];
  const done = run(function* () {
    for (let i = 0; i < 5; i++) {
      yield* sleep(10);
      times.push(clock.now());
    }
  }, { clock });
  const ends = [30, 5, 0, 20].map((duration) => clock.advance(duration).then(() => clock.now()));
  assertEquals(await Promise.all(ends), [30, 35, 35, 55]);
  assertEquals(times, [10, 20, 30, 40, 50]);
  await done;
});

onBothCores(
  "time never goes back, not even where it both jumps and is advanced",
  async ({ run }) => {
    const clock = new VirtualClock();
    const done = run(sleep("1h"), { clock });
    await clock.advance(20);
    await done;
    assert(clock.now() >= 3_600_000);
  },
);

onBothCores(
  "a loop that has not begun to run, or rests, keeps no other one waiting",
  async ({ core, run }) => {
    const clock = new VirtualClock();
    const resting = new Runner({ core, clock });
    const unused = new Runner({ core, clock });
    await resting.run(function* () {
      createTask(sleep("1h"));
      yield* sleep(1);
    });
    await run(sleep(10), { clock });
    assertEquals(clock.now(), 11);
    await resting.close();
    await unused.close();
  },
);

onBothCores(
  "advance() waits for the promises that tasks wait for, as far as they are settled",
  async ({ run }) => {
    const clock = new VirtualClock({ autojump: false });
    const log: string[] = [];
    const done = run(function* () {
      yield* sleep(10);
      yield* until(Promise.resolve().then(() => log.push("promise")));
      yield* sleep(10);
      log.push("slept");
    }, { clock });
    await clock.advance(20);
    assertEquals(log, ["promise", "slept"]);
    await done;
  },
);

Deno.test("advance() refuses what is no positive, finite duration", async () => {
  const clock = new VirtualClock({ autojump: false });
  for (const bad of [-1, "-1s", Infinity, NaN] as Duration[]) {
    await assertRejects(() => clock.advance(bad), RangeError, "duration must be");
  }
  await assertRejects(() => clock.advance(null as never), TypeError, "duration must be a number");
  assertEquals(clock.now(), 0);
});

onBothCores("the host gets a turn before time jumps past a promise", async ({ run }) => {
  await run(function* () {
    const loop = getRunningLoop();
    const winner = new Future<string>();
    createTask(later(10, "sleep")).addDoneCallback((task) => {
      if (!winner.done()) winner.setResult(task.result());
    });
    createTask(until(new Promise<string>((resolve) => setImmediate(() => resolve("host")))))
      .addDoneCallback((task) => {
        if (!winner.done()) winner.setResult(task.result());
      });
    assertEquals(yield* winner, "host");
    assertEquals(loop.time(), 0);
  }, { clock: new VirtualClock() });
});

onBothCores("who waits for a promise only is not stuck", async ({ run }) => {
  const result = await run(
    () => until(new Promise<string>((resolve) => setTimeout(() => resolve("host"), 5))),
    { clock: new VirtualClock() },
  );
  assertEquals(result, "host");
});

onBothCores("when nothing can ever happen, there is a DeadlockError", async ({ run }) => {
  const stuck: (() => Awaitable<unknown>)[] = [
    () => new Event().wait(),
    () => new Future<void>(),
    () => sleep(Infinity),
    () => gather(new Event().wait(), new Future<void>()),
  ];
  for (const main of stuck) {
    await assertRejects(() => run(main, { clock: new VirtualClock() }), DeadlockError);
  }
});

onBothCores("a deadlock is found after the last timer, too", async ({ run }) => {
  const clock = new VirtualClock();
  await assertRejects(() =>
    run(function* () {
      yield* sleep("1h");
      yield* new Event().wait();
    }, { clock }), DeadlockError);
  assertEquals(clock.now(), 3_600_000);
});

onBothCores("without autojump a loop that waits is not stuck", async ({ run }) => {
  const clock = new VirtualClock({ autojump: false });
  const event = new Event();
  const done = run(() => event.wait(), { clock });
  await clock.advance("1h");
  event.set();
  assertEquals(await done, true);
});

onBothCores("one loop that is stuck does not end another that is not", async ({ run }) => {
  const clock = new VirtualClock();
  const log: string[] = [];
  const stuck = run(() => new Event().wait(), { clock }).catch((error) => log.push(error.name));
  const alive = run(function* () {
    yield* sleep("1h");
    log.push("alive");
  }, { clock });
  await Promise.all([stuck, alive]);
  assertEquals(log, ["alive", "DeadlockError"]);
});
