/**
 * `wait()`: several futures, until all, one or the first failure is done.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  CancelledError,
  createTask,
  DeadlockError,
  type Duration,
  Future,
  gather,
  getRunningLoop,
  sleep,
  wait,
} from "../../../mod.ts";
import { VirtualClock } from "../../../testing.ts";
import { failing, failure, later, onBothCores, test, turns } from "../support.ts";

test("wait() waits for all, and gives the very objects that were passed", function* () {
  const loop = getRunningLoop();
  const start = loop.time();
  const tasks = [createTask(later(10, "a")), createTask(later(20, "b"))];
  const future = new Future<string>();
  loop.callLater(30, () => future.setResult("c"));
  const { done, pending } = yield* wait([...tasks, future]);
  assertEquals(loop.time() - start, 30);
  assertEquals(done, new Set([...tasks, future]));
  assertEquals(pending, new Set());
  assert(done.has(tasks[0]) && done.has(future));
});

test("wait() takes any iterable, and counts what is in it twice once", function* () {
  const tasks = [createTask(later(1, 1)), createTask(later(2, 2))];
  function* generated() {
    yield* tasks as Iterable<typeof tasks[0]>;
  }
  const iterables = [
    tasks,
    [...tasks, tasks[0]],
    new Set(tasks),
    new Map([["a", tasks[0]], ["b", tasks[1]]]).values(),
    generated(),
    { [Symbol.iterator]: () => tasks[Symbol.iterator]() },
  ];
  for (const iterable of iterables) {
    const { done, pending } = yield* wait(iterable);
    assertEquals([done.size, pending.size], [2, 0]);
    assert(tasks.every((task) => done.has(task)));
  }
});

test("a generator that makes tasks while it is read gives them its maker's loop", function* () {
  function* make() {
    for (let i = 0; i < 3; i++) yield createTask(later(i, i));
  }
  const { done } = yield* wait(make());
  assertEquals([...done].map((task) => task.result()), [0, 1, 2]);
});

test("an error of the iterable is passed on", function* () {
  function* breaks() {
    yield createTask(sleep(0));
    throw new RangeError("broken");
  }
  assertThrows(() => wait(breaks()), RangeError, "broken");
  yield* sleep(1);
});

test("FIRST_COMPLETED returns when one ends, in whatever way", function* () {
  const endings = [() => later(1, 0), () => failing(1, new RangeError("wrong"))];
  for (const ending of endings) {
    const slow = createTask(sleep("1h"));
    const first = createTask<unknown>(ending());
    const { done, pending } = yield* wait([slow, first], { returnWhen: "FIRST_COMPLETED" });
    assertEquals([done, pending], [new Set([first]), new Set([slow])]);
    if (!first.cancelled()) first.exception();
    slow.cancel();
    const cancelled = yield* wait([slow, createTask(sleep(1))], { returnWhen: "FIRST_COMPLETED" });
    assert(cancelled.done.has(slow));
  }
});

test("FIRST_EXCEPTION returns when one fails, and otherwise waits for all", function* () {
  const loop = getRunningLoop();
  const slow = createTask(sleep("1h"));
  const failed = createTask(failing(10, new RangeError("wrong")));
  const quick = createTask(sleep(5));
  const start = loop.time();
  const result = yield* wait([slow, failed, quick], { returnWhen: "FIRST_EXCEPTION" });
  assertEquals(loop.time() - start, 10);
  assertEquals([result.done, result.pending], [new Set([failed, quick]), new Set([slow])]);
  failed.exception();

  const again = wait([failed, slow], { returnWhen: "FIRST_EXCEPTION" });
  assertEquals((yield* again).done, new Set([failed]));

  const good = [createTask(sleep(5)), createTask(sleep(10))];
  assertEquals((yield* wait(good, { returnWhen: "FIRST_EXCEPTION" })).pending.size, 0);
  // A cancellation is no exception.
  const [cancelled, other] = [createTask(sleep("1h")), createTask(sleep(10))];
  loop.callLater(5, () => cancelled.cancel());
  const waited = yield* wait([cancelled, other], { returnWhen: "FIRST_EXCEPTION" });
  assertEquals(waited.done, new Set([cancelled, other]));
});

test("FIRST_EXCEPTION ignores cancellations", function* () {
  const cancelled = createTask(sleep("1h"));
  const failed = createTask(function* () {
    yield* sleep(30);
    throw new RangeError("failed");
  });
  const slow = createTask(sleep(60));
  getRunningLoop().callLater(10, () => cancelled.cancel());

  const { done, pending } = yield* wait([cancelled, failed, slow], {
    returnWhen: "FIRST_EXCEPTION",
  });
  assertEquals([...done], [cancelled, failed]);
  assertEquals([...pending], [slow]);
  assert(failed.exception() instanceof RangeError);
  yield* slow;
});

test("wait() needs no time when all is decided already", function* () {
  const loop = getRunningLoop();
  const done = createTask(later(0, 1));
  yield* done;
  const pending = createTask(sleep("1h"));
  const start = loop.time();
  assertEquals((yield* wait([done])).done, new Set([done]));
  const first = yield* wait([done, pending], { returnWhen: "FIRST_COMPLETED" });
  assertEquals([first.done, first.pending], [new Set([done]), new Set([pending])]);
  assertEquals(loop.time(), start);
});

test("on timeout wait() throws nothing and cancels nothing", function* () {
  const loop = getRunningLoop();
  const [quick, slow] = [createTask(sleep(5)), createTask(later("1h", "slow"))];
  for (const timeout of [10, "10ms"] as Duration[]) {
    const start = loop.time();
    const { done, pending } = yield* wait([quick, slow], { timeout });
    assertEquals([done, pending], [new Set([quick]), new Set([slow])]);
    assertEquals(loop.time() - start, 10);
  }
  for (const timeout of [0, -1] as Duration[]) {
    const { done, pending } = yield* wait([quick, slow], { timeout });
    assertEquals([done, pending], [new Set([quick]), new Set([slow])]);
  }
  assertEquals([slow.done(), slow.cancelling()], [false, 0]);
  const without = yield* wait([slow], { timeout: null, returnWhen: undefined });
  assertEquals([...without.done].map((task) => task.result()), ["slow"]);
});

onBothCores("a timeout that isn't hit leaves no timer behind", async ({ run }) => {
  const clock = new VirtualClock();
  await assertRejects(() =>
    run(function* () {
      yield* wait([createTask(sleep(1))], { timeout: "1h" });
      yield* new Future<void>();
    }, { clock }), DeadlockError);
  // A timer would have moved the clock before nothing was left to do.
  assertEquals(clock.now(), 1);
});

test("a cancelled wait() cancels nothing", function* () {
  const task = createTask(sleep("1h"));
  const waiter = createTask(wait([task]));
  yield* turns(3);
  waiter.cancel();
  yield* failure(CancelledError, waiter);
  assertEquals([task.done(), task.cancelling()], [false, 0]);
});

test("wait() cancels nothing, neither on timeout nor when it is cancelled", function* () {
  const tasks = [createTask(sleep(50)), createTask(sleep(60))];
  const { done, pending } = yield* wait(tasks, { timeout: 10 });
  assertEquals([done.size, pending.size], [0, 2]);

  const waiter = createTask(wait(tasks));
  yield* sleep(1);
  waiter.cancel();
  yield* failure(CancelledError, waiter);
  assertEquals(tasks.map((task) => task.cancelling()), [0, 0]);
  yield* gather(tasks);
});

test("wait() does not look at the failures that it returns", function* ({ run }) {
  const reports: unknown[] = [];
  yield* createTask(run(function* () {
    yield* wait([createTask(failing(1, new RangeError("not looked at")))]);
  }, { exceptionHandler: ({ exception }) => reports.push((exception as Error).message) }));
  assertEquals(reports, ["not looked at"]);
});

test("wait() refuses what it can't wait for, by its place, and says what to do", function* () {
  const task = createTask(sleep(0));
  const cases: [unknown, string][] = [
    [[task, later(0, 0)], "aws[1] must be a future or task, got Generator: wrap it with create"],
    [[sleep(0)], "aws[0] must be a future or task, got"],
    [[Promise.resolve()], "aws[0] must be a future or task, got Promise"],
    [[task, 5], "aws[1] must be a future or task, got 5"],
    [[null], "aws[0] must be a future or task, got null"],
    ["text", 'aws[0] must be a future or task, got "t"'],
    [task, "aws must be an iterable of futures and tasks, got Task"],
    [new Future(), "aws must be an iterable of futures and tasks, got Future"],
    [later(0, 0), "aws must be an iterable of futures and tasks, got a coroutine"],
    [sleep(0), "aws must be an iterable of futures and tasks, got"],
    [Promise.resolve(), "aws must be an iterable of futures and tasks, got Promise"],
    [5, "aws must be an iterable of futures and tasks, got 5"],
    [null, "aws must be an iterable of futures and tasks, got null"],
    [{}, "aws must be an iterable of futures and tasks, got Object"],
  ];
  for (const [aws, message] of cases) {
    assertThrows(() => wait(aws as never), TypeError, message);
  }
  yield* task; // and none of that has harmed this task
  yield* sleep(1);
});

test("wait() refuses an empty iterable, and options that are none", function* () {
  const future = new Future();
  assertThrows(() => wait([]), RangeError, "aws must not be empty");
  assertThrows(() => wait(new Set<Future<void>>()), RangeError, "aws must not be empty");
  const cases: [unknown, typeof TypeError | typeof RangeError, string][] = [
    [null, TypeError, "options must be an object, got null"],
    [5, TypeError, "options must be an object, got 5"],
    [{ timeout: NaN }, RangeError, "timeout must be a duration"],
    [{ timeout: "soon" }, RangeError, "timeout must be a number with a unit"],
    [{ timeout: {} }, TypeError, "timeout must be a number of milliseconds"],
    [
      { returnWhen: "LAST" },
      RangeError,
      'returnWhen must be one of ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION, got "LAST"',
    ],
    [{ returnWhen: null }, RangeError, "returnWhen must be one of"],
  ];
  for (const [options, kind, message] of cases) {
    assertThrows(() => wait([future], options as never), kind, message);
  }
  yield;
});

Deno.test("wait() can be awaited in an async function", async () => {
  const task = createTask(later(1, "result"));
  const { done } = await wait([task]);
  assertEquals([...done].map((each) => each.result()), ["result"]);
});
