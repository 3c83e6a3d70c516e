/**
 * `waitFor()`: a time limit for one awaitable, its cleanup included.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import {
  abortable,
  CancelledError,
  createTask,
  currentTask,
  DeadlockError,
  type Duration,
  Future,
  getRunningLoop,
  Lock,
  Queue,
  sleep,
  timeout,
  TimeoutError,
  until,
  wait_for,
  waitFor,
} from "../../../mod.ts";
import { VirtualClock } from "../../../testing.ts";
import {
  cleansUp,
  failing,
  failure,
  later,
  onBothCores,
  test,
  turns,
  unhandled,
} from "../support.ts";

/** Limits that are over before anything begins. */
const noTime: Duration[] = [0, -1, "0s", "-5ms", -Infinity];

test("waitFor() gives the result of what ends in time", function* () {
  const finished = new Future<string>();
  finished.setResult("future");
  assertEquals(yield* waitFor(later(5, "coroutine"), 10), "coroutine");
  assertEquals(yield* waitFor(createTask(later(5, "task")), "10ms"), "task");
  assertEquals(yield* waitFor(sleep(5, "operation"), 10), "operation");
  assertEquals(yield* waitFor(Promise.resolve("promise"), 10), "promise");
  assertEquals(yield* waitFor(finished, 10), "future");
  assertStrictEquals(wait_for, waitFor);
});

test("waitFor() throws what fails in time", function* () {
  const error = new RangeError("wrong");
  assertStrictEquals(yield* failure(RangeError, waitFor(failing(5, error), 10)), error);
  assertStrictEquals(yield* failure(RangeError, waitFor(Promise.reject(error), 10)), error);
});

test("when the time is up, waitFor() cancels and throws a TimeoutError", function* () {
  const loop = getRunningLoop();
  const makes = [() => sleep("1h"), () => createTask(sleep("1h")), () => new Future<void>()];
  for (const make of makes) {
    const start = loop.time();
    const aw = make();
    const error = yield* failure(TimeoutError, waitFor(aw, 10));
    assertEquals(loop.time() - start, 10);
    assertEquals(error.message, "Timed out after 10ms");
    assert(error.cause instanceof CancelledError);
    if (aw instanceof Future) assert(aw.cancelled());
    assertEquals(currentTask()!.cancelling(), 0);
  }
});

test("waitFor() waits for the cleanup of what it cancels", function* () {
  const loop = getRunningLoop();
  const log: string[] = [];
  const makes = [
    () => cleansUp("inner", 100, log),
    () => createTask(cleansUp("inner", 100, log)),
  ];
  for (const make of makes) {
    const start = loop.time();
    yield* failure(TimeoutError, waitFor(make(), 10));
    assertEquals([log.pop(), loop.time() - start], ["inner cleaned up", 110]);
  }
});

test("waitFor() waits for the inner task's cleanup before it throws", function* () {
  const log: string[] = [];
  const inner = createTask(cleansUp("inner", 50, log));
  yield* failure(TimeoutError, waitFor(inner, 10));
  assertEquals(log, ["inner cleaned up"]);
  assert(inner.cancelled());
});

test("waitFor() returns the value of what swallows the cancel", function* () {
  function* stubborn() {
    yield* failure(CancelledError, sleep("1h"));
    return "after all";
  }
  assertEquals(yield* waitFor(stubborn(), 10), "after all");
  assertEquals(yield* waitFor(createTask(stubborn()), 10), "after all");
  assertEquals(currentTask()!.cancelling(), 0);
});

test("waitFor() passes on an error that cleanup throws", function* () {
  const error = new RangeError("cleanup failed");
  function* fails() {
    try {
      yield* sleep("1h");
    } catch {
      throw error;
    }
  }
  assertStrictEquals(yield* failure(RangeError, waitFor(fails(), 10)), error);
  assertStrictEquals(yield* failure(RangeError, waitFor(createTask(fails()), 10)), error);
});

test("without a limit waitFor() waits as long as it takes", function* () {
  for (const limit of [null, Infinity]) {
    assertEquals(yield* waitFor(later("8760h", "result"), limit), "result");
  }
});

for (const eager of [false, true]) {
  const how = eager ? "on an eager loop" : "on a loop";
  test(`with no time waitFor() starts no coroutine, ${how}`, function* () {
    for (const limit of noTime) {
      let begun = false;
      const coro = function* () {
        begun = true;
        yield;
      };
      yield* failure(TimeoutError, waitFor(coro(), limit));
      assert(!begun);
    }
  }, { eager });
}

test("with no time waitFor() gives what is done, and cancels what isn't", function* () {
  const done = createTask(later(0, "done"));
  yield* done;
  const failed = new Future<string>();
  failed.setException(new RangeError("wrong"));
  for (const limit of noTime) {
    assertEquals(yield* waitFor(done, limit), "done");
    yield* failure(RangeError, waitFor(failed, limit));
    const pending = createTask(sleep("1h"));
    yield* turns(1);
    yield* failure(TimeoutError, waitFor(pending, limit));
    assert(pending.cancelled());
  }
});

test("waitFor() with no time left never starts a coroutine", function* () {
  let started = false;
  // deno-lint-ignore require-yield -- it must not even begin
  function* body() {
    started = true;
  }
  for (const none of [0, -1] as const) yield* failure(TimeoutError, waitFor(body(), none));
  assert(!started);

  const done = createTask(sleep(0, "value"));
  yield* done;
  assertEquals(yield* waitFor(done, 0), "value");
});

test("waitFor() runs a coroutine in the task that awaits", function* () {
  const me = currentTask();
  yield* waitFor(
    function* () {
      yield* sleep(1);
      assertStrictEquals(currentTask(), me);
    }(),
    10,
  );
});

test("waitFor() runs a coroutine in the caller's task", function* () {
  // deno-lint-ignore require-yield -- it only looks around
  function* body() {
    return currentTask();
  }
  assertStrictEquals(yield* waitFor(body(), 10), currentTask());
});

test("a cancel from outside goes through waitFor() to what it waits for", function* () {
  const inner = createTask(sleep("1h"));
  const outer = createTask(waitFor(inner, "2h"));
  yield* turns(3);
  outer.cancel("enough");
  assertEquals((yield* failure(CancelledError, outer)).message, "enough");
  assert(inner.cancelled());
});

test("waitFor() that times out loses no item and no lock", function* () {
  const queue = new Queue<number>();
  yield* failure(TimeoutError, waitFor(queue.get(), 10));
  queue.putNowait(5);
  assertEquals(yield* queue.get(), 5);
  const lock = new Lock();
  yield* lock.acquire();
  yield* failure(TimeoutError, waitFor(lock.acquire(), 10));
  lock.release();
  assert(!lock.locked());
  yield* lock.acquire();
});

onBothCores("a promise that comes too late disturbs nobody", async ({ run }) => {
  const reports: string[] = [];
  const late = Promise.withResolvers<string>();
  const reasons = await unhandled(async () => {
    await run(function* () {
      yield* failure(TimeoutError, waitFor(late.promise, 1));
      late.reject(new RangeError("too late"));
      yield* sleep(1);
    }, { exceptionHandler: ({ message }) => reports.push(message) });
  });
  assertEquals([reasons, reports], [[], []]);
});

onBothCores("a promise that was given up is not waited for any more", async ({ run }) => {
  // On a virtual clock a loop that waits for a promise is not stuck; one that gave it up is.
  await assertRejects(() =>
    run(function* () {
      yield* failure(TimeoutError, waitFor(new Promise(() => {}), 10));
      yield* failure(TimeoutError, timeout(10, () => until(new Promise(() => {}))));
      yield* failure(TimeoutError, waitFor(abortable(() => new Promise(() => {})), 10));
      yield* new Future<void>();
    }, { clock: new VirtualClock() }), DeadlockError);
});

test("waitFor() refuses what can't be awaited and what is no duration, at once", function* () {
  assertThrows(() => waitFor(later(0, 0), NaN), RangeError, "timeout must be a duration, got NaN");
  assertThrows(() => waitFor(later(0, 0), undefined as never), TypeError, "got undefined");
  assertThrows(
    () => waitFor(later(0, 0), "soon" as Duration),
    RangeError,
    "timeout must be a number with a unit",
  );
  assertThrows(
    () => waitFor(later(0, 0), true as never),
    TypeError,
    "timeout must be a number of milliseconds",
  );
  assertThrows(
    () => waitFor(5 as never, 10),
    TypeError,
    "aw must be a coroutine, future, task, operation or promise, got 5",
  );
  assertThrows(() => waitFor(later as never, 10), TypeError, "got function later: call it first");
  yield;
});
