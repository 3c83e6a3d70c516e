/**
 * `shield()`: what a cancel does not reach.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { CancelledError, createTask, Future, shield, sleep, timeout } from "../../../mod.ts";
import { failing, failure, later, observerCount, onBothCores, test, turns } from "../support.ts";

test("shield() gives the result of what it shields, of any kind", function* () {
  assertEquals(yield* shield(later(1, "coroutine")), "coroutine");
  assertEquals(yield* shield(createTask(later(1, "task"))), "task");
  assertEquals(yield* shield(sleep(1, "operation")), "operation");
  assertEquals(yield* shield(Promise.resolve("promise")), "promise");
  const future = new Future<string>();
  const shielded = shield(future);
  assert(shielded instanceof Future);
  future.setResult("future");
  assertEquals(yield* shielded, "future");
});

test("shield() throws what it shields throws", function* () {
  const error = new RangeError("wrong");
  assertStrictEquals(yield* failure(RangeError, shield(failing(1, error))), error);
});

test("what is done already needs no shield", function* () {
  const future = new Future<number>();
  future.setResult(5);
  assertStrictEquals(shield(future), future);
  yield;
});

test("cancelling the shield leaves what it shields running", function* () {
  const inner = createTask(later(10, "result"));
  const shielded = shield(inner);
  assert(shielded.cancel("enough"));
  assertEquals([shielded.cancelled(), inner.done(), inner.cancelling()], [true, false, 0]);
  assertEquals((yield* failure(CancelledError, shielded)).message, "enough");
  assertEquals(yield* inner, "result");
});

test("cancelling a task that waits for a shield leaves what it shields running", function* () {
  const log: string[] = [];
  const inner = createTask(function* () {
    yield* sleep(10);
    log.push("saved");
  });
  const task = createTask(shield(inner));
  yield* turns(2);
  task.cancel();
  yield* failure(CancelledError, task);
  assertEquals([inner.done(), log], [false, []]);
  yield* inner;
  assertEquals(log, ["saved"]);
});

test("a time limit does not reach through a shield", function* () {
  const inner = createTask(later(20, "result"));
  let expired = false;
  try {
    yield* timeout(10, () => shield(inner));
  } catch {
    expired = true;
  }
  assertEquals([expired, yield* inner], [true, "result"]);
});

test("when what it shields is cancelled, so is the shield", function* () {
  const inner = createTask(sleep("1h"));
  const shielded = shield(inner);
  yield* turns(1);
  inner.cancel("enough");
  assertEquals((yield* failure(CancelledError, shielded)).message, "enough");
  assert(shielded.cancelled());
});

test("a coroutine is shielded in a task of its own, which begins at once", function* () {
  const log: string[] = [];
  const shielded = shield(function* () {
    log.push("begun");
    yield* sleep(10);
    log.push("ended");
  }());
  yield* turns(1);
  shielded.cancel();
  yield* sleep(20);
  assertEquals(log, ["begun", "ended"]);
});

test("of many shields of one future some may go, and the others hear of it in their order", function* () {
  const inner = new Future<string>();
  const log: number[] = [];
  const shields = Array.from({ length: 100 }, () => shield(inner));
  shields.forEach((shielded, i) => shielded.addDoneCallback(() => log.push(i)));
  for (let i = 99; i >= 0; i--) if (i % 3 !== 0) shields[i].cancel();
  yield* turns(2);
  assertEquals(observerCount(inner), 34);
  log.length = 0;
  const late = shield(inner);
  inner.setResult("done");
  assertEquals(yield* late, "done");
  yield* turns(1);
  assertEquals(log, Array.from({ length: 34 }, (_, i) => 3 * i));
});

onBothCores("a failure behind a shield that was cancelled is reported", async ({ run }) => {
  const reports: unknown[] = [];
  const error = new RangeError("nobody is left to hear");
  await run(function* () {
    const shielded = shield(failing(10, error));
    yield* turns(1);
    shielded.cancel();
    yield* sleep(20);
  }, { exceptionHandler: ({ exception }) => reports.push(exception) });
  assertEquals(reports, [error]);
});

onBothCores(
  "a failure is reported once, though both the shield and the task have it",
  async ({ run }) => {
    const reports: unknown[] = [];
    const error = new RangeError("nobody looked");
    await run(function* () {
      shield(failing(1, error));
      yield* sleep(10);
    }, { exceptionHandler: ({ exception }) => reports.push(exception) });
    assertEquals(reports, [error]);
  },
);

test("shield() refuses what can't be awaited", function* () {
  const expected = "aw must be a coroutine, future, task, operation or promise, got";
  assertThrows(() => shield(5 as never), TypeError, `${expected} 5`);
  assertThrows(() => shield(null as never), TypeError, `${expected} null`);
  assertThrows(() => shield(later as never), TypeError, "got function later: call it first");
  assertThrows(() => (shield as () => unknown)(), TypeError, `${expected} undefined`);
  yield;
});
