/**
 * Cancelling jobs: in the queue, sent, running.
 *
 * @module
 */

import { assertEquals, assertStrictEquals } from "@std/assert";
import { CancelledError, createTask, gather, sleep, TimeoutError, waitFor } from "../../../mod.ts";
import { WorkerPool } from "../../../workers.ts";
import { failure, ioTest, turns } from "../support.ts";
import { JOBS, reaches, sharedFlags } from "./support.ts";

type Module = typeof import("./jobs.ts");

ioTest("a cancelled job that is in the queue never runs", function* () {
  const pool = new WorkerPool<Module>(JOBS, { size: 1 });
  const flags = sharedFlags();
  const hold = pool.submit((flags: Int32Array) => {
    Atomics.wait(flags, 0, 0, 10_000);
  }, flags);
  const mark = (flags: Int32Array) => Atomics.add(flags, 1, 1);
  const queued = createTask(pool.run(mark, flags));
  const submitted = pool.submit(mark, flags);
  yield* turns(3);
  queued.cancel();
  submitted.cancel();
  yield* failure(CancelledError, queued);
  Atomics.store(flags, 0, 1);
  Atomics.notify(flags, 0);
  yield* hold;
  assertEquals(yield* pool.run("count"), 1); // the same thread still, or it would be a new count
  assertEquals(yield* pool.run("count"), 2);
  assertEquals(flags[1], 0);
});

ioTest("a job that is cancelled before it was sent never runs", function* () {
  const pool = new WorkerPool<Module>(JOBS, { size: 1 });
  const future = pool.submit("count");
  future.cancel();
  assertEquals(yield* pool.run("count"), 1);
});

ioTest(
  "who cancels a running job has its error at once, and the next job a new thread",
  function* () {
    const pool = new WorkerPool<Module>(JOBS, { size: 1 });
    assertEquals(yield* pool.run("count"), 1);
    const flags = sharedFlags();
    const task = createTask(pool.run("spin", flags));
    yield* reaches(flags, 0);
    task.cancel();
    yield* failure(CancelledError, task);
    assertEquals(yield* pool.run("count"), 1);
    yield* reaches(flags, 1); // cancelled() has told it
  },
);

ioTest("a time limit ends a job that waits", function* () {
  const pool = new WorkerPool<Module>(JOBS, { size: 1 });
  const forever = () => new Promise<void>(() => {});
  yield* failure(TimeoutError, waitFor(pool.run(forever), "20ms"));
  assertEquals(yield* pool.run("add", 1, 2), 3);
});

ioTest('onCancel: "abandon" lets the thread run on, and uses it again', function* () {
  const pool = new WorkerPool<Module>(JOBS, { size: 1, onCancel: "abandon" });
  assertEquals(yield* pool.run("count"), 1);
  const flags = sharedFlags();
  const task = createTask(pool.run((flags: Int32Array) => {
    Atomics.store(flags, 0, 1);
    Atomics.wait(flags, 1, 0, 10_000);
    return "nobody gets this";
  }, flags));
  yield* reaches(flags, 0);
  task.cancel();
  yield* failure(CancelledError, task);
  const next = pool.submit("count");
  yield* sleep(20);
  assertEquals(next.done(), false);
  Atomics.store(flags, 1, 1);
  Atomics.notify(flags, 1);
  assertEquals(yield* next, 2);
});

/** Has a pool learn that a function is short, so that its calls travel together. */
function* warmUp(pool: WorkerPool<Module>, fn: (...args: never[]) => unknown, ...args: unknown[]) {
  for (let i = 0; i < 50; i++) {
    yield* gather(Array.from({ length: 4 }, () => pool.run(fn, ...args as never[])));
  }
}

const spinIf = (flags: Int32Array, mark: number) => {
  Atomics.add(flags, mark, 1);
  if (mark === 1) { while (Atomics.load(flags, 2) === 0); }
  return mark;
};

ioTest("a short function's long call holds up no others, before it or behind", function* () {
  const pool = new WorkerPool<Module>(JOBS, { size: 2 });
  const flags = sharedFlags();
  yield* warmUp(pool, spinIf, flags, 0);
  const before = Array.from({ length: 10 }, () => pool.submit(spinIf, flags, 3));
  const long = pool.submit(spinIf, flags, 1);
  const behind = Array.from({ length: 30 }, () => pool.submit(spinIf, flags, 4));
  assertEquals(yield* gather(before), before.map(() => 3));
  assertEquals(yield* gather(behind), behind.map(() => 4));
  assertEquals([long.done(), flags[1], flags[3], flags[4]], [false, 1, 10, 30]);
  Atomics.store(flags, 2, 1);
  assertEquals(yield* long, 1);
});

ioTest("cancelling a sent job that has not begun leaves its thread alone", function* () {
  const pool = new WorkerPool<Module>(JOBS, { size: 1 });
  const flags = sharedFlags();
  yield* warmUp(pool, spinIf, flags, 0);
  const threadNumber = yield* pool.run("count");
  const long = pool.submit(spinIf, flags, 1);
  const behind = Array.from({ length: 5 }, () => pool.submit(spinIf, flags, 3));
  yield* reaches(flags, 1);
  for (const future of behind) future.cancel();
  Atomics.store(flags, 2, 1);
  assertEquals(yield* long, 1);
  assertEquals(yield* pool.run("count"), threadNumber + 1);
  assertEquals(flags[3], 0);
});

ioTest("cancelling a long call loses no results and runs nothing twice", function* () {
  const pool = new WorkerPool<Module>(JOBS, { size: 1 });
  const flags = sharedFlags();
  yield* warmUp(pool, spinIf, flags, 0);
  const before = Array.from({ length: 10 }, () => pool.submit(spinIf, flags, 3));
  const long = pool.submit(spinIf, flags, 1);
  const behind = Array.from({ length: 10 }, () => pool.submit(spinIf, flags, 4));
  yield* reaches(flags, 1);
  long.cancel();
  assertEquals(yield* gather(before), before.map(() => 3));
  assertEquals(yield* gather(behind), behind.map(() => 4));
  assertEquals([flags[1], flags[3], flags[4]], [1, 10, 10]);
  Atomics.store(flags, 2, 1); // In Deno, a thread that computes can't be ended.
});

ioTest("results of all kinds arrive before a long call of their function ends", function* () {
  const pool = new WorkerPool<Module>(JOBS, { size: 1 });
  const flags = sharedFlags();
  const echo = (flags: Int32Array, value: unknown) => {
    if (value === "long") { while (Atomics.load(flags, 2) === 0); }
    return value;
  };
  yield* warmUp(pool, echo, flags, 0);
  const twice = { twice: true };
  const values: unknown[] = [
    ...[undefined, null, true, false, 0, -0, NaN, 1e300, "", "ü\ud800", "x".repeat(128)],
    ...["x".repeat(129), { a: [1, "2", { b: null }] }, [], {}, [[]], { ["__proto__"]: 5 }],
    ...[[-0], [NaN], [undefined], new Array(3), Object.assign([1], { extra: 2 }), new Date(5)],
    ...[[twice, twice], { text: "x".repeat(200) }, new Map([[1, 2]]), 10n],
  ];
  const before = values.map((value) => pool.submit(echo, flags, value));
  const long = pool.submit(echo, flags, "long");
  const results = yield* gather(before);
  assertEquals(long.done(), false);
  for (const [i, result] of results.entries()) assertEquals(result, structuredClone(values[i]));
  const [one, two] = results.at(-4) as unknown[];
  assertStrictEquals(one, two);
  Atomics.store(flags, 2, 1);
  yield* long;
});
