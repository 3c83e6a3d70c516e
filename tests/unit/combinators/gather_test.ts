/**
 * `gather()`: several at a time, who is cancelled with whom, and who gets which error.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  CancelledError,
  createTask,
  Future,
  gather,
  getRunningLoop,
  InvalidStateError,
  Runner,
  sleep,
  type Task,
  TimeoutError,
  wait,
  waitFor,
} from "../../../mod.ts";
import {
  cleansUp,
  failing,
  failure,
  later,
  onBothCores,
  test,
  TurnCounter,
  turns,
} from "../support.ts";

test("gather() results in the results in the order of its arguments", function* () {
  const results = yield* gather(later(30, "slow"), later(10, 5), sleep(20, true));
  assertEquals(results, ["slow", 5, true]);
});

test("gather() takes awaitables one by one or in an array, of any kind", function* () {
  const make = () => {
    const future = new Future<string>();
    future.setResult("future");
    return [
      later(1, "coroutine"),
      future,
      createTask(later(1, "task")),
      sleep(1, "operation"),
      Promise.resolve("promise"),
    ];
  };
  const expected = ["coroutine", "future", "task", "operation", "promise"];
  assertEquals(yield* gather(...make()), expected);
  assertEquals(yield* gather(make()), expected);
  assertEquals(yield* gather(make(), { returnExceptions: true }), expected);
  assertEquals(yield* gather(make(), {}), expected);
  assertEquals(yield* gather(make(), undefined), expected);
});

test("gather() of nothing has an empty result at once", function* () {
  for (const gathered of [gather(), gather([]), gather([], { returnExceptions: true })]) {
    assert(gathered instanceof Future);
    assertEquals(yield* gathered, []);
  }
});

test("gather() runs all at the same time, each in a task of its own", function* () {
  const loop = getRunningLoop();
  const start = loop.time();
  yield* gather(sleep(10), sleep(20), sleep(30));
  assertEquals(loop.time() - start, 30);
});

test("gather() begins at once, awaited or not", function* () {
  const log: string[] = [];
  function* begins() {
    log.push("begun");
    yield;
  }
  gather(begins());
  yield* turns(2);
  assertEquals(log, ["begun"]);
});

test("the same awaitable given twice runs once", function* () {
  let runs = 0;
  function* counted() {
    runs++;
    yield* sleep(1);
    return {};
  }
  const makers = [
    counted,
    () => Promise.resolve({}),
    () => sleep(1, {}),
    () => createTask(sleep(1, {})),
  ];
  for (const make of makers) {
    const twice = make();
    const [a, b, c] = yield* gather(twice, later(1, 5), twice);
    assertStrictEquals(a, c as typeof a);
    assertEquals(b, 5);
  }
  assertEquals(runs, 1);
});

test("operations that are given twice run once, the failed ones included", function* () {
  const twice = waitFor(sleep("1h"), 1);
  const [a, b, c] = yield* gather([twice, sleep(1, "other"), twice], { returnExceptions: true });
  assert(a instanceof TimeoutError);
  assertStrictEquals(a, c);
  assertEquals(b, "other");
  const pending = new Future<number>();
  getRunningLoop().callLater(1, () => pending.setResult(1));
  assertEquals(yield* gather([pending, pending, pending]), [1, 1, 1]);
});

test("gather() runs an awaitable once that it is given twice", function* () {
  let runs = 0;
  function* counted() {
    yield* sleep(1);
    return ++runs;
  }
  const coroutine = counted();
  const operation = sleep(1, "slept");
  assertEquals(yield* gather(coroutine, operation, coroutine, operation), [1, "slept", 1, "slept"]);
});

test("the first failure is thrown at once, and the others go on", function* () {
  const loop = getRunningLoop();
  const other = createTask(later(30, "other"));
  const error = new RangeError("first");
  const gathered = gather(other, failing(10, error), failing(20, new TypeError("second")));
  const start = loop.time();
  assertStrictEquals(yield* failure(RangeError, gathered), error);
  assertEquals(loop.time() - start, 10);
  assertStrictEquals(gathered.exception(), error);
  assert(!other.done());
  assertEquals(yield* other, "other");
});

test("with returnExceptions failures and cancellations are results", function* () {
  const error = new RangeError("wrong");
  const cancelled = createTask(sleep("1h"));
  getRunningLoop().callLater(5, () => cancelled.cancel("enough"));
  const results = yield* gather([later(10, 1), failing(1, error), cancelled], {
    returnExceptions: true,
  });
  assertEquals(results.slice(0, 2), [1, error]);
  assert(results[2] instanceof CancelledError && results[2].message === "enough");
});

test("a child's cancel is thrown as an error, and gather() itself is not cancelled", function* () {
  const [child, sibling] = [createTask(sleep("1h")), createTask(later(10, "sibling"))];
  const gathered = gather(child, sibling);
  yield* turns(1);
  child.cancel("enough");
  const error = yield* failure(CancelledError, gathered);
  assertEquals(error.message, "enough");
  assertEquals([gathered.done(), gathered.cancelled()], [true, false]);
  assertEquals(yield* sibling, "sibling");
});

test("a child's cancel is not gather's cancel, and its siblings live on", function* () {
  const victim = createTask(sleep("1h"));
  const sibling = createTask(sleep(10, "sibling"));
  const gathered = gather(victim, sibling);
  yield* sleep(1);
  victim.cancel();
  yield* failure(CancelledError, gathered);
  assert(!gathered.cancelled());
  assertEquals(sibling.cancelling(), 0);
  assertEquals(yield* sibling, "sibling");
});

test("cancelling gather() cancels every child", function* () {
  const children = [createTask(sleep("1h")), createTask(sleep("2h")), createTask(sleep(0))];
  const gathered = gather(children);
  yield* turns(3);
  assert(gathered.cancel("enough"));
  assert(!gathered.done());
  assertEquals((yield* failure(CancelledError, gathered)).message, "enough");
  assertEquals(children.map((child) => child.cancelled()), [true, true, false]);
  assertEquals(gathered.cancel(), false);
});

test("cancelling gather() when every child is done does nothing", function* () {
  const task = createTask(later(0, "result"));
  yield* task;
  const gathered = gather(task);
  gathered.cancel();
  assertEquals(yield* gathered, ["result"]);
});

test("a cancel of the task that waits with returnExceptions waits for all, and is thrown", function* () {
  const log: string[] = [];
  const task = createTask(function* () {
    return yield* gather([cleansUp("a", 10, log), cleansUp("b", 20, log)], {
      returnExceptions: true,
    });
  });
  yield* turns(3);
  task.cancel();
  yield* failure(CancelledError, task);
  assertEquals(log, ["a cleaned up", "b cleaned up"]);
});

test("a cancelled gather() cancels all and resumes after the first child's end", function* () {
  const log: string[] = [];
  const task = createTask(function* () {
    try {
      yield* gather(cleansUp("quick", 10, log), cleansUp("slow", 30, log));
    } finally {
      log.push("resumed");
    }
  });
  yield* sleep(1);
  task.cancel();
  yield* failure(CancelledError, task);
  assertEquals(log, ["quick cleaned up", "resumed"]);
  yield* sleep(100);
  assertEquals(log, ["quick cleaned up", "resumed", "slow cleaned up"]);
});

test(
  "with returnExceptions it resumes after all, and still with CancelledError",
  function* () {
    const log: string[] = [];
    const task = createTask(function* () {
      try {
        yield* gather([cleansUp("quick", 10, log), cleansUp("slow", 30, log)], {
          returnExceptions: true,
        });
      } finally {
        log.push("resumed");
      }
    });
    yield* sleep(1);
    task.cancel();
    yield* failure(CancelledError, task);
    assertEquals(log, ["quick cleaned up", "slow cleaned up", "resumed"]);
  },
);

test("gather() of finished futures has their results", function* () {
  const futures = [1, 2, 3].map((value) => {
    const future = new Future<number>();
    future.setResult(value);
    return future;
  });
  assertEquals(yield* gather(futures), [1, 2, 3]);
  const failed = new Future<number>();
  failed.setException(new RangeError("wrong"));
  assertEquals((yield* failure(RangeError, gather(...futures, failed))).message, "wrong");
});

test("gather() refuses what can't be awaited by its place, and starts nothing", function* () {
  let begun = false;
  const coro = function* () {
    begun = true;
    yield;
  };
  const expected = "must be a coroutine, future, task, operation or promise, got";
  assertThrows(() => gather(coro(), 5 as never), TypeError, `aws[1] ${expected} 5`);
  assertThrows(() => gather([coro(), null as never]), TypeError, `aws[1] ${expected} null`);
  assertThrows(
    () => gather(coro as never),
    TypeError,
    `aws[0] ${expected} function coro: call it first`,
  );
  assertThrows(() => gather(coro(), [coro()] as never), TypeError, `aws[1] ${expected} Array`);
  assertThrows(() => gather(new Set([coro()]) as never), TypeError, `aws[0] ${expected} Set`);
  yield* turns(2);
  assert(!begun);
});

test("gather() refuses options that are none", function* () {
  const refused = gather as (...args: unknown[]) => unknown;
  assertThrows(() => refused([], null), TypeError, "options must be an object, got null");
  assertThrows(() => refused([], true), TypeError, "options must be an object, got true");
  assertThrows(() => refused([], []), TypeError, "options must be an object, got Array");
  assertThrows(() => refused([], later(0, 0)), TypeError, "options must be an object, got");
  assertThrows(() => refused([], {}, {}), TypeError, "gather() takes one array and options");
  const likePython = () => refused(new Future(), { returnExceptions: true });
  assertThrows(likePython, TypeError, "options come behind a list, as in gather([...], options)");
  yield;
});

test("gather()'s future takes no result from outside", function* () {
  const gathered = gather(later(1, 5));
  assertThrows(() => gathered.setResult([1]), InvalidStateError);
  assertThrows(() => gathered.setException(new Error()), InvalidStateError);
  assertEquals(yield* gathered, [5]);
});

onBothCores("gather() refuses futures of different loops", async ({ core, run }) => {
  await using runner = new Runner({ core });
  const foreign = runner.loop.createFuture<void>();
  await run(function* () {
    const task = createTask(sleep(0));
    assertThrows(
      () => gather(task, foreign),
      RangeError,
      "aws[1] belongs to another event loop than those before it",
    );
    yield* task;
  });
});

Deno.test("gather() can be awaited in an async function", async () => {
  assertEquals(await gather(later(1, "a"), Promise.resolve("b")), ["a", "b"]);
});

onBothCores("a failure that came after the first one is reported by nobody", async ({ run }) => {
  const reports: string[] = [];
  await run(function* () {
    yield* failure(
      RangeError,
      gather(failing(1, new RangeError("first")), failing(2, new TypeError("second"))),
    );
    yield* sleep(10);
  }, { exceptionHandler: ({ message }) => reports.push(message) });
  assertEquals(reports, []);
});

onBothCores("a gather() that failed and that nobody waited for is reported", async ({ run }) => {
  const reports: unknown[] = [];
  const error = new RangeError("lost");
  await run(function* () {
    gather(failing(1, error));
    yield* sleep(10);
  }, { exceptionHandler: ({ exception }) => reports.push(exception) });
  assertEquals(reports, [error]);
});

test("gather() of thousands keeps every place", function* () {
  const tasks: Task<number>[] = Array.from(
    { length: 3000 },
    (_, i) => createTask(later(i * 7919 % 100, i)),
  );
  assertEquals(yield* gather(tasks), tasks.map((_, i) => i));
});

test("gather() and wait() take three turns at most", function* () {
  using counter = new TurnCounter();
  // deno-lint-ignore require-yield -- it ends in its first step
  function* quick() {
    return 1;
  }
  yield* sleep(0);
  assert((yield* counter.during(() => gather(quick(), quick()))) <= 3);
  assert((yield* counter.during(() => wait([createTask(quick())]))) <= 3);
});
