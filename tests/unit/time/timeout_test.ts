/**
 * `timeout()` and `timeoutAt()`: scopes that cancel their own task, and what they leave to others.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import {
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  DeadlockError,
  type Duration,
  Future,
  getRunningLoop,
  InvalidStateError,
  sleep,
  timeout,
  timeoutAt,
  TimeoutError,
  type TimeoutScope,
  waitFor,
} from "../../../mod.ts";
import { VirtualClock } from "../../../testing.ts";
import { failing, failure, later, onBothCores, test, turns } from "../support.ts";

/** Limits that are over before anything begins. */
const noTime: Duration[] = [0, -1, "0s", "-5ms", -Infinity];

test("timeout() gives the body's result when it ends in time", function* () {
  assertEquals(yield* timeout(10, () => later(5, "coroutine")), "coroutine");
  assertEquals(yield* timeout(10, () => sleep(5, "operation")), "operation");
  assertEquals(yield* timeout(10, () => createTask(later(5, "task"))), "task");
  assertEquals(yield* timeout(10, () => Promise.resolve("promise")), "promise");
  assertEquals(yield* timeoutAt(getRunningLoop().time() + 10, () => later(5, "at")), "at");
  for (const none of [null, Infinity]) {
    assertEquals(yield* timeout(none, () => later("1h", "no limit")), "no limit");
    assertEquals(yield* timeoutAt(none, () => later("1h", "no limit")), "no limit");
  }
});

test("when the time is up, timeout() cancels what is inside and throws just outside", function* () {
  const loop = getRunningLoop();
  const start = loop.time();
  let inside: unknown;
  let scope!: TimeoutScope;
  const error = yield* failure(
    TimeoutError,
    timeout(10, function* (given) {
      scope = given;
      try {
        yield* sleep("1h");
      } catch (caught) {
        inside = caught;
        assert(scope.expired());
        throw caught;
      }
    }),
  );
  assert(inside instanceof CancelledError);
  assertStrictEquals(error.cause, inside);
  assertEquals([loop.time() - start, scope.expired()], [10, true]);
  assertEquals(currentTask()!.cancelling(), 0);
});

test("timeout() with no time lets the body run up to its first wait", function* () {
  for (const limit of noTime) {
    const log: string[] = [];
    yield* failure(
      TimeoutError,
      timeout(limit, function* () {
        log.push("begun");
        yield* sleep("1h");
        log.push("never");
      }),
    );
    assertEquals(log, ["begun"]);
  }
  for (const when of [-1e300, -1, 0]) {
    yield* failure(TimeoutError, timeoutAt(when, () => sleep("1h")));
  }
});

test("a body that need not wait ends normally, however late", function* () {
  const finished = new Future<string>();
  finished.setResult("result");
  let scope!: TimeoutScope;
  const result = yield* timeout(-5, (given) => {
    scope = given;
    return finished;
  });
  assertEquals([result, scope.expired()], ["result", false]);
  yield* turns(3); // and no cancel comes later
});

test("a body may look at its deadline and move it, either way", function* () {
  const loop = getRunningLoop();
  const start = loop.time();
  yield* timeout(10, function* (scope) {
    assertEquals([scope.when(), scope.expired()], [start + 10, false]);
    scope.reschedule(start + 100);
    assertEquals(scope.when(), start + 100);
    yield* sleep(50);
    scope.reschedule(null);
    assertEquals(scope.when(), null);
    yield* sleep("1h");
    scope.reschedule(loop.time() + 5);
    yield* failure(CancelledError, sleep(10));
    assertEquals(scope.expired(), true);
  });
});

test("a deadline counts from the start of its scope, whenever the body asks for it", function* () {
  const start = getRunningLoop().time();
  const during = yield* timeout(50, function* (scope) {
    yield* sleep(20);
    return scope.when();
  });
  const scopes: TimeoutScope[] = [];
  yield* timeout(50, function* (scope) {
    scopes.push(scope);
    yield* sleep(20);
  });
  const expired = yield* failure(
    TimeoutError,
    timeout(50, function* (scope) {
      scopes.push(scope);
      yield* sleep("1h");
    }),
  );
  assertEquals([during, expired.message], [start + 50, "Timed out after 50ms"]);
  assertEquals(scopes.map((scope) => scope.when()), [start + 70, start + 90]);
});

test("a deadline that is moved into the past strikes at the next wait", function* () {
  const loop = getRunningLoop();
  const start = loop.time();
  yield* failure(
    TimeoutError,
    timeout(null, function* (scope) {
      scope.reschedule(start - 5);
      assertEquals(scope.when(), start - 5);
      yield* sleep("1h");
    }),
  );
  assertEquals(loop.time(), start);
});

test("a deadline cannot be moved any more when it has passed or the scope has ended", function* () {
  const message = "Cannot reschedule: the timeout has expired or ended";
  let scope!: TimeoutScope;
  yield* timeout(10, function* (given) {
    scope = given;
    yield* sleep(1);
  });
  assertEquals([scope.expired(), typeof scope.when()], [false, "number"]);
  assertThrows(() => scope.reschedule(null), InvalidStateError, message);
  yield* failure(
    TimeoutError,
    timeout(10, function* (given) {
      try {
        yield* sleep("1h");
      } finally {
        assertThrows(() => given.reschedule(1e6), InvalidStateError, message);
      }
    }),
  );
});

test("reschedule() refuses what is no moment, and changes nothing", function* () {
  yield* timeout(10, function* (scope) {
    const before = scope.when();
    assertThrows(() => scope.reschedule(NaN), RangeError, "when must be a moment");
    assertThrows(() => scope.reschedule("2s" as never), TypeError, "when must be a number of");
    assertThrows(() => scope.reschedule(undefined as never), TypeError, "got undefined");
    assertEquals(scope.when(), before);
    yield* sleep(1);
  });
});

test("a timeout that is swallowed inside lets the scope end normally", function* () {
  let scope!: TimeoutScope;
  const result = yield* timeout(10, function* (given) {
    scope = given;
    yield* failure(CancelledError, sleep("1h"));
    return "swallowed";
  });
  assertEquals([result, scope.expired(), currentTask()!.cancelling()], ["swallowed", true, 0]);
});

test(
  "a scope whose timeout was swallowed ends normally, expired, count restored",
  function* () {
    let scope!: TimeoutScope;
    const result = yield* timeout(10, function* (it) {
      scope = it;
      yield* failure(CancelledError, sleep("1h"));
      assertEquals(currentTask()!.cancelling(), 1);
      return "swallowed";
    });
    assertEquals(result, "swallowed");
    assert(scope.expired());
    assertEquals(currentTask()!.cancelling(), 0);
    yield* sleep(1);
  },
);

test("an error of the body stays what it is, even after the deadline", function* () {
  const error = new RangeError("wrong");
  yield* failure(RangeError, timeout(10, () => failing(1, error)));
  yield* failure(
    RangeError,
    timeout(10, function* () {
      try {
        yield* sleep("1h");
      } catch {
        throw error;
      }
    }),
  );
  assertEquals(currentTask()!.cancelling(), 0);
});

test("timeout() turns only a cancel into TimeoutError, no other error", function* () {
  let scope!: TimeoutScope;
  const error = yield* failure(
    RangeError,
    timeout(10, function* (it) {
      scope = it;
      yield* failure(CancelledError, sleep("1h"));
      throw new RangeError("cleanup failed");
    }),
  );
  assertEquals(error.message, "cleanup failed");
  assert(scope.expired());
  assertEquals(currentTask()!.cancelling(), 0);
});

test("of nested scopes only the one whose time is up throws", function* () {
  const loop = getRunningLoop();
  const start = loop.time();
  const result = yield* timeout(100, function* (outer) {
    yield* failure(TimeoutError, timeout(10, () => sleep("1h")));
    assertEquals([loop.time() - start, outer.expired()], [10, false]);
    yield* sleep(20);
    return "outer goes on";
  });
  assertEquals(result, "outer goes on");
  let inner!: TimeoutScope;
  yield* failure(
    TimeoutError,
    timeout(10, function* () {
      yield* failure(
        CancelledError,
        timeout(100, function* (given) {
          inner = given;
          yield* sleep("1h");
        }),
      );
      throw new CancelledError();
    }),
  );
  assertEquals(inner.expired(), false);
});

test("of two nested scopes with one deadline, only the outermost converts", function* () {
  const when = getRunningLoop().time() + 10;
  const log: string[] = [];
  yield* failure(
    TimeoutError,
    timeoutAt(when, function* () {
      try {
        yield* timeoutAt(when, () => sleep("1h"));
      } catch (error) {
        log.push((error as Error).name);
        throw error;
      }
    }),
  );
  assertEquals(log, ["CancelledError"]);
  assertEquals(currentTask()!.cancelling(), 0);
});

test("a timeout in one task leaves other tasks alone", function* () {
  const other = createTask(later(20, "other"));
  yield* failure(TimeoutError, timeout(10, () => sleep("1h")));
  assertEquals(yield* other, "other");
});

test("a cancel from outside stays a cancel", function* () {
  const task = createTask(timeout("1h", () => sleep("2h")));
  yield* turns(2);
  task.cancel("enough");
  assertEquals((yield* failure(CancelledError, task)).message, "enough");
});

test("a cancel from outside stays one, though the deadline passes as well", function* () {
  const loop = getRunningLoop();
  let scope!: TimeoutScope;
  const task = createTask(() => {
    const when = loop.time() + 10;
    return timeoutAt(when, function* (it) {
      scope = it;
      loop.callAt(when, () => task.cancel());
      yield* sleep("1h");
    });
  });
  yield* failure(CancelledError, task);
  assert(scope.expired());
  assertEquals(task.cancelling(), 1);
});

test(
  "a cancel that was there before the scope does not keep it from converting",
  function* () {
    const task = createTask(function* () {
      yield* failure(CancelledError, sleep("1h"));
      yield* failure(TimeoutError, timeout(10, () => sleep("1h")));
      return currentTask()!.cancelling();
    });
    yield* sleep(1);
    task.cancel();
    assertEquals(yield* task, 1);
  },
);

test("a cancel that comes between a result and the resume goes through the scope", function* () {
  const scopes = [
    (future: Future<string>) => timeout("1h", () => future),
    (future: Future<string>) => waitFor(future, "1h"),
    (future: Future<string>) => timeout("1h", () => timeout(null, () => future)),
  ];
  for (const scope of scopes) {
    const future = new Future<string>();
    const task = createTask(scope(future));
    yield* turns(2);
    future.setResult("too late");
    task.cancel("enough");
    assertEquals((yield* failure(CancelledError, task)).message, "enough");
  }
  // The body may catch it and go on. But a scope that was cancelled from outside throws no TimeoutError.
  const future = new Future<string>();
  let scope!: TimeoutScope;
  const task = createTask(timeout(10, function* (given) {
    scope = given;
    yield* failure(CancelledError, future);
    yield* sleep("1h");
  }));
  yield* turns(2);
  future.setResult("too late");
  task.cancel();
  yield* failure(CancelledError, task);
  assertEquals([scope.expired(), task.cancelling()], [true, 1]);
});

onBothCores("scopes that end in time leave nothing behind", async ({ run }) => {
  const clock = new VirtualClock();
  await assertRejects(() =>
    run(function* () {
      for (let i = 0; i < 10; i++) {
        yield* timeout("1h", () => sleep(0));
        yield* timeoutAt(1e6, () => sleep(0));
        yield* waitFor(sleep(0), "1h");
        yield* timeout("1h", function* (scope) {
          scope.reschedule(2e6);
          yield* sleep(0);
          scope.reschedule(3e6);
        });
        yield* failure(RangeError, timeout("1h", () => failing(0, new RangeError())));
        yield* failure(RangeError, waitFor(failing(0, new RangeError()), "1h"));
      }
      assertEquals(currentTask()!.cancelling(), 0);
      yield* new Future<void>();
    }, { clock }), DeadlockError);
  // A timer would have moved the clock before nothing was left to do.
  assertEquals(clock.now(), 0);
});

test("a scope begins when it is awaited", function* () {
  const loop = getRunningLoop();
  const operation = timeout(10, () => later(5, "result"));
  yield* sleep(100);
  assertEquals(yield* operation, "result");
  const start = loop.time();
  const late = timeout(10, function* (scope) {
    assertEquals(scope.when(), start + 110);
    yield;
  });
  yield* sleep(100);
  yield* late;
});

test("timeout() and timeoutAt() refuse what they can't use, at once", function* () {
  const body = (): Coroutine<void> => turns(0);
  assertThrows(() => timeout(NaN, body), RangeError, "delay must be a duration, got NaN");
  assertThrows(() => timeout("x" as Duration, body), RangeError, "delay must be a number with");
  assertThrows(() => timeout(false as never, body), TypeError, "delay must be a number of");
  assertThrows(() => timeout(undefined as never, body), TypeError, "got undefined");
  assertThrows(() => timeout(5, 5 as never), TypeError, "body must be a function, got 5");
  assertThrows(
    () => timeout(5, body() as never),
    TypeError,
    "body must be a function, got Generator: don't call it here",
  );
  assertThrows(() => timeoutAt(NaN, body), RangeError, "when must be a moment");
  assertThrows(() => timeoutAt("2s" as never, body), TypeError, "when must be a number of");
  assertThrows(() => timeoutAt(5, null as never), TypeError, "body must be a function, got null");
  const error = yield* failure(TypeError, timeout(5, (() => 5) as never));
  assertEquals(
    error.message,
    "body must return an awaitable, got 5: write it as function* or async function",
  );
});

test("the body of a time limit may return nothing", function* () {
  let ran = 0;
  assertEquals(yield* timeout(5, () => void ran++), undefined);
  assertEquals(yield* timeoutAt(null, () => void ran++), undefined);
  assertEquals(yield* timeout(0, () => void ran++), undefined);
  assertEquals(ran, 3);
});

Deno.test("time limits can be awaited in an async function", async () => {
  assertEquals(await waitFor(later(1, "result"), "1m"), "result");
  assertEquals(await timeout("1m", () => later(1, "result")), "result");
  const error = await Promise.resolve(waitFor(sleep("1h"), 1)).catch((reason) => reason);
  assert(error instanceof TimeoutError);
});
