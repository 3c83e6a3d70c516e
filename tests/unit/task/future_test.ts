/**
 * Futures: their results, their callbacks, and the tasks that wait for them.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  CancelledError,
  createTask,
  currentTask,
  Event,
  Future,
  gather,
  getRunningLoop,
  InvalidStateError,
  Runner,
  sleep,
} from "../../../mod.ts";
import { failure, onBothCores, test, TurnCounter, turns } from "../support.ts";

test("a new future has no result, no exception and belongs to the running loop", function* () {
  const future = new Future<number>();
  assertStrictEquals(future.loop, getRunningLoop());
  assertEquals([future.done(), future.cancelled()], [false, false]);
  assertThrows(
    () => future.result(),
    InvalidStateError,
    "Cannot get the result: the future is not",
  );
  assertThrows(() => future.exception(), InvalidStateError, "Cannot get the exception: the future");
  yield;
});

test("a future with a result gives it to whoever asks", function* () {
  const future = getRunningLoop().createFuture<number>();
  future.setResult(5);
  assertEquals([future.done(), future.cancelled()], [true, false]);
  assertEquals([future.result(), future.result()], [5, 5]);
  assertEquals(future.exception(), null);
  assertEquals([yield* future, yield* future], [5, 5]);
});

test("a future with an exception throws it, the same object each time", function* () {
  const future = new Future<number>();
  const error = new RangeError("wrong");
  future.setException(error);
  assertEquals([future.done(), future.cancelled()], [true, false]);
  assertStrictEquals(future.exception(), error);
  assertStrictEquals(assertThrows(() => future.result()), error);
  assertStrictEquals(yield* failure(RangeError, future), error);
});

test("an exception may be any value", function* () {
  for (const value of ["text", 0, null, undefined]) {
    const future = new Future<void>();
    future.setException(value);
    let caught: unknown = "nothing";
    try {
      yield* future;
    } catch (error) {
      caught = error;
    }
    assertStrictEquals(caught, value);
    assertStrictEquals(future.exception(), value);
    assert(!future.cancelled());
  }
});

test("a cancelled future throws a CancelledError with the message", function* () {
  for (const message of [undefined, "", "no longer needed"]) {
    const future = new Future<number>();
    assert(future.cancel(message));
    assertEquals([future.done(), future.cancelled()], [true, true]);
    for (const ask of [() => future.result(), () => future.exception()]) {
      assertEquals(assertThrows(ask, CancelledError).message, message ?? "");
    }
    assertEquals((yield* failure(CancelledError, future)).message, message ?? "");
  }
});

test("a future is settled once", function* () {
  const settle: ((future: Future<number>) => void)[] = [
    (future) => future.setResult(1),
    (future) => future.setException(new RangeError("wrong")),
    (future) => future.cancel(),
  ];
  for (const first of settle) {
    const future = new Future<number>();
    first(future);
    assertThrows(
      () => future.setResult(2),
      InvalidStateError,
      "Cannot set a result: the future is already done",
    );
    assertThrows(
      () => future.setException(new Error("second")),
      InvalidStateError,
      "Cannot set an exception: the future is already done",
    );
    assertEquals(future.cancel(), false);
    if (!future.cancelled()) future.exception();
  }
  yield;
});

test("done callbacks run in a later turn, in the order added, with the future", function* () {
  const future = new Future<string>();
  const calls: unknown[] = [];
  for (const name of ["first", "second"]) {
    future.addDoneCallback((done) => calls.push(name, done === future, currentTask()));
  }
  future.setResult("result");
  future.addDoneCallback(() => calls.push("third"));
  assertEquals(calls, []);
  yield* turns(2);
  assertEquals(calls, ["first", true, null, "second", true, null, "third"]);
});

test("done callbacks run for an exception and for a cancellation, too", function* () {
  const failed = new Future<void>();
  const cancelled = new Future<void>();
  const calls: string[] = [];
  failed.addDoneCallback((future) => calls.push(`${future.exception()}`));
  cancelled.addDoneCallback((future) => calls.push(`cancelled: ${future.cancelled()}`));
  failed.setException(new RangeError("wrong"));
  cancelled.cancel();
  yield* turns(2);
  assertEquals(calls, ["RangeError: wrong", "cancelled: true"]);
});

test("removeDoneCallback() removes a callback as often as it was added and says how often", function* () {
  const future = new Future<void>();
  const calls: string[] = [];
  const twice = () => void calls.push("twice");
  const once = () => void calls.push("once");
  future.addDoneCallback(twice);
  future.addDoneCallback(once);
  future.addDoneCallback(twice);
  assertEquals(future.removeDoneCallback(() => {}), 0);
  assertEquals(future.removeDoneCallback(twice), 2);
  assertEquals(future.removeDoneCallback(twice), 0);
  future.setResult();
  yield* turns(2);
  assertEquals(calls, ["once"]);
  assertEquals(future.removeDoneCallback(once), 0);
});

test(
  "done callbacks never run synchronously, removing a late one changes nothing",
  function* () {
    const future = getRunningLoop().createFuture<number>();
    const log: string[] = [];
    const kept = () => void log.push("kept");
    const removed = () => void log.push("removed");
    future.addDoneCallback(kept);
    future.addDoneCallback(removed);
    future.addDoneCallback(removed);
    assertEquals(future.removeDoneCallback(removed), 2);

    future.setResult(1);
    assertEquals(log, []);
    assertEquals(future.removeDoneCallback(kept), 0);
    future.addDoneCallback(() => log.push("added late"));
    assertEquals(log, []);
    yield* sleep(0);
    assertEquals(log, ["kept", "added late"]);
  },
);

test("removing a callback leaves the tasks that wait alone", function* () {
  const future = new Future<number>();
  const callback = () => {};
  future.addDoneCallback(callback);
  const waiters = [createTask(future), createTask(future)];
  yield* turns(2);
  assertEquals(future.removeDoneCallback(callback), 1);
  future.setResult(5);
  assertEquals(yield* gather(waiters), [5, 5]);
});

test("addDoneCallback() refuses what is no function", function* () {
  const future = new Future<void>();
  assertThrows(
    () => future.addDoneCallback("print" as never),
    TypeError,
    'fn must be a function, got "print"',
  );
  yield;
});

test("any number of tasks may wait for one future, and wake in the order they came", function* () {
  const future = new Future<string>();
  const order: number[] = [];
  const tasks = [0, 1, 2, 3].map((i) =>
    createTask(function* () {
      const result = yield* future;
      order.push(i);
      return result;
    })
  );
  yield* turns(2);
  future.setResult("result");
  assertEquals(yield* gather(tasks), ["result", "result", "result", "result"]);
  assertEquals(order, [0, 1, 2, 3]);
});

test("many tasks that wait for one future wake in the order they came", function* () {
  const future: Future<void> = getRunningLoop().createFuture();
  const event = new Event();
  const log: string[] = [];
  function* waiter(name: string, wait: Future<void> | Event) {
    if (wait instanceof Event) yield* wait.wait();
    else yield* wait;
    log.push(name);
  }
  const tasks = ["a", "b", "c"].flatMap((name) => [
    createTask(waiter(name, future)),
    createTask(waiter(name.toUpperCase(), event)),
  ]);
  yield* sleep(0);
  event.set();
  future.setResult();
  yield* gather(tasks);
  assertEquals(log, ["A", "B", "C", "a", "b", "c"]);
});

test("waiting for a finished future does not give up the turn", function* () {
  using counter = new TurnCounter();
  const future = getRunningLoop().createFuture<string>();
  future.setResult("value");
  assertEquals(yield* counter.during(() => future), 0);
});

test("a future wakes its waiter in the next turn", function* () {
  using counter = new TurnCounter();
  const future = getRunningLoop().createFuture<void>();
  const waiter = createTask(function* () {
    yield* future;
    return counter.count;
  });
  yield* sleep(0);
  const set = counter.count;
  future.setResult();
  assertEquals((yield* waiter) - set, 1);
});

test("cancelling a task that waits for a future cancels the future", function* () {
  const future = new Future<void>();
  const task = createTask(future);
  yield* turns(2);
  task.cancel("enough");
  yield* failure(CancelledError, task);
  assert(future.cancelled());
  assertEquals(assertThrows(() => future.result(), CancelledError).message, "enough");
});

test("a future that fails while a task waits throws into it", function* () {
  const future = new Future<void>();
  const task = createTask(function* () {
    try {
      yield* future;
    } catch (error) {
      return (error as Error).message;
    }
  });
  yield* turns(2);
  future.setException(new RangeError("wrong"));
  assertEquals(yield* task, "wrong");
});

onBothCores("a future can be awaited in an async function", async ({ run }) => {
  await run(async function () {
    const future = new Future<string>();
    future.loop.callLater(1, () => future.setResult("result"));
    assertEquals(await future, "result");
    const failed = new Future<string>();
    failed.setException(new RangeError("wrong"));
    assertEquals(await failed.then(null, (error) => `${error}`), "RangeError: wrong");
    const cancelled = new Future<string>();
    cancelled.cancel("enough");
    const caught = await cancelled.then(() => null, (error) => error);
    assert(caught instanceof CancelledError && caught.message === "enough");
  });
});

onBothCores(
  "awaiting a future in an async function counts as looking at its failure",
  async ({ run }) => {
    const reports: string[] = [];
    await run(async () => {
      const future = new Future<void>();
      future.setException(new RangeError("wrong"));
      await future.then(null, () => {});
    }, { exceptionHandler: ({ message }) => reports.push(message) });
    assertEquals(reports, []);
  },
);

Deno.test("a future outside any loop belongs to the host's default loop", async () => {
  const future = new Future<number>();
  assertStrictEquals(future.loop, new Future<number>().loop);
  assert(future.loop.isRunning());
  setTimeout(() => future.setResult(5));
  assertEquals(await future, 5);
});

onBothCores("a future of a loop that was named belongs to it", async ({ core }) => {
  await using runner = new Runner({ core });
  const future = new Future<number>({ loop: runner.loop });
  assertStrictEquals(future.loop, runner.loop);
  future.setResult(5);
  assertEquals(await runner.run(future), 5);
});

onBothCores("a task refuses to wait for a future of another loop", async ({ core, run }) => {
  await using runner = new Runner({ core });
  const future = runner.loop.createFuture<void>();
  await run(function* () {
    const error = yield* failure(InvalidStateError, future);
    assertEquals(
      error.message,
      "Cannot wait for what belongs to another event loop: make it inside this run()",
    );
    yield* sleep(0); // and the task is none the worse for it
  });
});

test("an exception that nobody looked at is reported, with the future", function* ({ core }) {
  const loop = getRunningLoop();
  const reports: unknown[] = [];
  const inner = new Runner({ core, exceptionHandler: (context) => reports.push(context) });
  const future = inner.loop.createFuture<void>();
  const error = new RangeError("wrong");
  future.setException(error);
  const close = loop.createTask(inner.close());
  yield* close;
  assertEquals(reports, [{
    message: "A future failed and nobody waited for it",
    exception: error,
    future,
    loop: inner.loop,
  }]);
});

test("waiting for a future outside any task is an InvalidStateError that says what to do", function* () {
  const future = new Future<void>();
  const loop = getRunningLoop();
  const thrown = new Future<unknown>();
  loop.callSoon(() => {
    try {
      (function* () {
        yield* future;
      })().next();
    } catch (error) {
      thrown.setResult(error);
    }
  });
  const error = yield* thrown;
  assert(error instanceof InvalidStateError);
  assertEquals(
    (error as Error).message,
    "Cannot wait here: no task is running. Use yield* in a coroutine that run() or createTask() " +
      "runs, or await in an async function",
  );
});

test("a finished future gives its result even where no task runs", function* () {
  const future = new Future<number>();
  future.setResult(5);
  const seen = new Future<unknown>();
  getRunningLoop().callSoon(() => {
    const step = (function* () {
      return yield* future;
    })().next();
    seen.setResult(step);
  });
  assertEquals(yield* seen, { value: 5, done: true });
});
