/**
 * Barriers: who is held back until when, and what breaks one.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  Barrier,
  BrokenBarrierError,
  CancelledError,
  createTask,
  gather,
  sleep,
  timeout,
  TimeoutError,
} from "../../../mod.ts";
import { failure, test, turns } from "../support.ts";

test("a barrier holds tasks back until all have arrived", function* () {
  const barrier = new Barrier(3);
  const log: string[] = [];
  const tasks = ["a", "b", "c"].map((name, i) =>
    createTask(function* () {
      yield* sleep(i * 10);
      log.push(`${name} arrives`);
      yield* barrier.wait();
      log.push(`${name} goes on`);
    })
  );
  yield* gather(tasks);
  assertEquals(log.slice(0, 3), ["a arrives", "b arrives", "c arrives"]);
  assertEquals(log.slice(3).sort(), ["a goes on", "b goes on", "c goes on"]);
});

test("each task gets an index of its own, and the barrier can be used again", function* () {
  const barrier = new Barrier(3);
  for (let round = 0; round < 3; round++) {
    const indices = yield* gather([0, 1, 2].map(() => barrier.wait()));
    assertEquals([...indices].sort(), [0, 1, 2]);
    assertEquals(barrier.nWaiting, 0);
  }
});

test("a barrier for one lets it through at once", function* () {
  const barrier = new Barrier(1);
  let other = false;
  createTask(function* () {
    other = true;
    yield;
  });
  assertEquals([yield* barrier.wait(), yield* barrier.wait(), other], [0, 0, false]);
});

test("parties, nWaiting and broken tell the state", function* () {
  const barrier = new Barrier(3);
  const state = () => [barrier.parties, barrier.nWaiting, barrier.broken];
  assertEquals(state(), [3, 0, false]);
  const first = createTask(barrier.wait());
  yield* turns(2);
  assertEquals(state(), [3, 1, false]);
  const second = createTask(barrier.wait());
  yield* turns(2);
  assertEquals(state(), [3, 2, false]);
  yield* barrier.wait();
  assertEquals(barrier.nWaiting, 0);
  yield* gather(first, second);
  assertEquals(state(), [3, 0, false]);
});

test("a task that comes while a round is leaving waits for the next one", function* () {
  const barrier = new Barrier(2);
  const log: string[] = [];
  yield* gather(["a", "b", "c", "d"].map(function* (name) {
    for (let round = 0; round < 3; round++) {
      yield* barrier.wait();
      log.push(`${round}`);
    }
    return name;
  }));
  assertEquals(log.length, 12);
  assertEquals(barrier.nWaiting, 0);
});

test("abort() breaks the barrier at once, for those who wait and will wait", function* () {
  const barrier = new Barrier(3);
  const tasks = [createTask(barrier.wait()), createTask(barrier.wait())];
  yield* turns(2);
  assertEquals(barrier.abort(), undefined);
  assert(barrier.broken);
  for (const task of tasks) yield* failure(BrokenBarrierError, task);
  const error = yield* failure(BrokenBarrierError, barrier.wait());
  assertEquals(error.message, "The barrier was aborted");
  assertEquals([barrier.nWaiting, barrier.broken], [0, true]);
});

test("reset() turns away who waits, and the barrier is as new", function* () {
  const barrier = new Barrier(2);
  const waiting = createTask(barrier.wait());
  yield* turns(2);
  assertEquals(barrier.reset(), undefined);
  assertEquals(barrier.broken, false);
  const error = yield* failure(BrokenBarrierError, waiting);
  assertEquals(error.message, "The barrier was reset or aborted");
  assertEquals((yield* gather(barrier.wait(), barrier.wait())).sort(), [0, 1]);
});

test("reset() mends a barrier that was aborted", function* () {
  const barrier = new Barrier(2);
  barrier.abort();
  yield* failure(BrokenBarrierError, barrier.wait());
  barrier.reset();
  assertEquals(barrier.broken, false);
  assertEquals((yield* gather(barrier.wait(), barrier.wait())).sort(), [0, 1]);
});

test("a reset of an empty barrier changes nothing", function* () {
  const barrier = new Barrier(2);
  barrier.reset();
  assertEquals((yield* gather(barrier.wait(), barrier.wait())).sort(), [0, 1]);
});

test("a cancelled waiter leaves its place, and the barrier is not broken", function* () {
  const barrier = new Barrier(2);
  const waiting = createTask(barrier.wait());
  yield* turns(2);
  waiting.cancel();
  yield* failure(CancelledError, waiting);
  assertEquals([barrier.nWaiting, barrier.broken], [0, false]);
  yield* failure(TimeoutError, timeout(10, () => barrier.wait()));
  assertEquals((yield* gather(barrier.wait(), barrier.wait())).sort(), [0, 1]);
});

test("a barrier refuses what is no number of tasks", function* () {
  for (const bad of [0, -1, 1.5, NaN, Infinity, "2", null, undefined]) {
    assertThrows(
      () => new Barrier(bad as never),
      RangeError,
      "parties must be a whole number, one or more, got",
    );
  }
  yield;
});

Deno.test("a barrier works in async functions", async () => {
  const barrier = new Barrier(2);
  assertEquals((await Promise.all([barrier.wait(), barrier.wait()])).sort(), [0, 1]);
});
