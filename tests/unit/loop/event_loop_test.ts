/**
 * The loop as programs see it: callbacks, timers, exceptions, executors and its end.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  CancelledError,
  ContextVar,
  createTask,
  currentTask,
  type EventLoop,
  type ExceptionContext,
  type Executor,
  Future,
  getRunningLoop,
  type Handle,
  InvalidStateError,
  Runner,
  sleep,
  Task,
  until,
} from "../../../mod.ts";
import { VirtualClock } from "../../../testing.ts";
import { failure, later, onBothCores, printed, test, turns, unhandled } from "../support.ts";

test("callbacks run in the next turn, in order, with their arguments, outside any task", function* () {
  const loop = getRunningLoop();
  const calls: unknown[] = [];
  loop.callSoon((...args: unknown[]) => calls.push(args, currentTask()), 1, "two");
  loop.callSoon(() => calls.push(getRunningLoop() === loop));
  assertEquals(calls, []);
  yield;
  assertEquals(calls, [[1, "two"], null, true]);
});

test("what a callback schedules runs in the turn after", function* () {
  const loop = getRunningLoop();
  const calls: string[] = [];
  loop.callSoon(() => {
    calls.push("first");
    loop.callSoon(() => calls.push("second"));
  });
  yield;
  assertEquals(calls, ["first"]);
  yield;
  assertEquals(calls, ["first", "second"]);
});

test("a callback sees a copy of the context in which it was scheduled", function* () {
  const loop = getRunningLoop();
  const variable = new ContextVar<string>("variable");
  const seen: string[] = [];
  const note = () => {
    seen.push(variable.get());
    variable.set("changed by a callback");
  };
  variable.set("soon");
  loop.callSoon(note);
  variable.set("later");
  loop.callLater(1, note);
  variable.set("at");
  loop.callAt(loop.time() + 2, note);
  variable.set("done");
  const future = new Future<void>();
  future.addDoneCallback(note);
  variable.set("mine");
  future.setResult();
  yield* sleep(5);
  assertEquals(seen, ["soon", "done", "later", "at"]);
  assertEquals(variable.get(), "mine");
});

test("timers fire in the order of their deadlines, past ones first, far ones never", function* () {
  const loop = getRunningLoop();
  yield* sleep(1000);
  const now = loop.time();
  const fired: number[] = [];
  const offsets = [5, -5, 0.001, -1e300, 0, -2000, 1e300, -0.001, Infinity, -Infinity, 2, -1001];
  const handles = offsets.map((offset) => {
    const when = Math.abs(offset) > 1e100 ? offset : now + offset;
    return loop.callAt(when, () => fired.push(offset));
  });
  yield* sleep(10);
  // Nothing lies before all time: -1e300 and -Infinity count as one moment, in the order set.
  assertEquals(fired, [-1e300, -Infinity, -2000, -1001, -5, -0.001, 0, 0.001, 2, 5]);
  yield* sleep("87600h");
  assertEquals(fired.length, 10);
  for (const handle of handles) handle.cancel();
});

test("timers of equal deadlines fire in the order in which they were set", function* () {
  const loop = getRunningLoop();
  const fired: number[] = [];
  const when = loop.time() + 10;
  for (let i = 0; i < 100; i++) {
    if (i % 2 === 0) loop.callAt(when, () => fired.push(i));
    else loop.callLater(10, () => fired.push(i));
    loop.callAt(when, () => fired.push(-1)).cancel();
  }
  yield* sleep(20);
  assertEquals(fired, Array.from({ length: 100 }, (_, i) => i));
});

test("equal deadlines fire in the order in which they were set", function* () {
  const loop = getRunningLoop();
  const log: number[] = [];
  const when = loop.time() + 10;
  const order = Array.from({ length: 100 }, (_, i) => i);
  for (const i of order) {
    loop.callAt(when, () => log.push(i));
    // Other deadlines in between move things around in whatever keeps the order.
    loop.callAt(when + (i * 37) % 11, () => {});
  }
  yield* sleep(30);
  assertEquals(log, order);
});

test("sleeps and timers of equal deadlines keep the order in which they were set", function* () {
  const loop = getRunningLoop();
  const woken: number[] = [];
  const when = loop.time() + 10;
  for (let i = 0; i < 30; i++) {
    if (i % 5 === 0) loop.callLater(10, () => woken.push(i));
    else if (i % 2 === 1) loop.callAt(when, () => woken.push(i));
    else {
      createTask(function* () {
        yield* sleep(10);
        woken.push(i);
      }, { eager: true });
    }
  }
  yield* sleep(20);
  assertEquals(woken, Array.from({ length: 30 }, (_, i) => i));
});

test("deadlines a microsecond apart fire in their order, whatever the order set", function* () {
  const loop = getRunningLoop();
  yield* sleep(123.456);
  const fired: number[] = [];
  const start = loop.time() + 1;
  for (const i of [4, 1, 3, 0, 2]) loop.callAt(start + i / 1000, () => fired.push(i));
  yield* sleep(5);
  assertEquals(fired, [0, 1, 2, 3, 4]);
});

test("a timer never fires before its time by the loop's own clock", function* () {
  const loop = getRunningLoop();
  yield* sleep(0.3337);
  const early: number[] = [];
  let fired = 0;
  const handles: Handle[] = [];
  for (const delay of [0, 0.0001, 0.0005, 0.001, 0.0014999, 0.1, 1 / 3, 1, Math.PI, 1000 / 7]) {
    const handle = loop.callLater(delay, () => {
      fired++;
      if (loop.time() < handle.when()) early.push(delay);
    });
    handles.push(handle);
  }
  yield* sleep(1000);
  assertEquals([early, fired], [[], handles.length]);
});

onBothCores("a timer never fires before its time by the host's clock", async ({ run }) => {
  const early = await run(function* () {
    const loop = getRunningLoop();
    const early: number[] = [];
    let fired = 0;
    for (const delay of [0, 0.0005, 0.01, 0.1, 0.7, 1, 1.3, 2.0005]) {
      const handle = loop.callLater(delay, () => {
        fired++;
        if (loop.time() < handle.when()) early.push(delay);
      });
    }
    while (fired < 8) yield* sleep(1);
    return early;
  });
  assertEquals(early, []);
});

onBothCores("time() is read afresh at each call and never goes back", async ({ run }) => {
  await run(function* () {
    const loop = getRunningLoop();
    const start = loop.time();
    let last = start;
    // Inside one step: it would never end if the time stood still.
    while (loop.time() <= start) {
      assert(loop.time() >= last);
      last = loop.time();
    }
    yield;
  });
});

test("createFuture() and createTask() make what belongs to the loop", function* () {
  const loop = getRunningLoop();
  const future = loop.createFuture<number>();
  const task = loop.createTask(later(1, "result"), { name: "named" });
  assert(future instanceof Future && task instanceof Task);
  assertEquals([future.loop === loop, task.loop === loop, task.name], [true, true, "named"]);
  assertEquals(yield* task, "result");
});

test("an exception in a callback is reported with the callback, and stops nothing", function* () {
  const loop = getRunningLoop();
  const reports: ExceptionContext[] = [];
  loop.setExceptionHandler((context) => reports.push(context));
  const error = new RangeError("wrong");
  const calls: string[] = [];
  function fails(): void {
    calls.push("fails");
    throw error;
  }
  const handle = loop.callSoon(fails);
  loop.callSoon(() => calls.push("same turn"));
  const timer = loop.callLater(1, fails);
  yield* sleep(2);
  const future = new Future<void>();
  future.addDoneCallback(() => {
    throw error;
  });
  future.addDoneCallback(() => calls.push("other callback"));
  future.setResult();
  yield* turns(2);
  loop.setExceptionHandler(null);

  assertEquals(calls, ["fails", "same turn", "fails", "other callback"]);
  assertEquals(reports.map((report) => report.message), [
    "Exception in callback fails",
    "Exception in callback fails",
    "Exception in callback (anonymous)",
  ]);
  assertEquals(reports.map((report) => report.handle).slice(0, 2), [handle, timer]);
  assert(reports.every((report) => report.exception === error && report.loop === loop));
});

onBothCores(
  "without a handler exceptions go to console.error, and the loop goes on",
  async ({ run }) => {
    const lines = await printed("error", () =>
      run(function* () {
        getRunningLoop().callSoon(function fails() {
          throw new RangeError("wrong");
        });
        yield* sleep(1);
      }));
    assertEquals(lines.length, 1);
    assert(lines[0].includes("Exception in callback fails"), lines[0]);
    assert(lines[0].includes("RangeError: wrong"), lines[0]);
  },
);

onBothCores(
  "what is printed names the task, once, and shows a value that is no Error",
  async ({ run }) => {
    const lines = await printed("error", () =>
      run(function* () {
        const loop = getRunningLoop();
        const task = currentTask()!;
        task.name = "main";
        loop.callExceptionHandler({ message: "Something happened", task, exception: "no Error" });
        loop.callExceptionHandler({ message: "Task main did something", task });
        yield;
      }));
    assertEquals(lines, [
      "wasyncio: Something happened\n  task: main\n no Error",
      "wasyncio: Task main did something",
    ]);
  },
);

onBothCores(
  "an exception in the exception handler is printed together with the first one",
  async ({ run }) => {
    let result = "";
    const lines = await printed("error", async () => {
      result = await run(function* () {
        getRunningLoop().callSoon(() => {
          throw new RangeError("the first one");
        });
        yield* sleep(1);
        return "went on";
      }, {
        exceptionHandler: () => {
          throw new TypeError("the handler's own");
        },
      });
    });
    assertEquals(result, "went on");
    const text = lines.join("\n");
    assert(text.includes("RangeError: the first one"), text);
    assert(text.includes("Exception in the exception handler"), text);
    assert(text.includes("TypeError: the handler's own"), text);
  },
);

test("callExceptionHandler() passes on what it is given, and the loop", function* () {
  const loop = getRunningLoop();
  const reports: ExceptionContext[] = [];
  const handler = (context: ExceptionContext) => void reports.push(context);
  assert(loop.getExceptionHandler() !== null);
  loop.setExceptionHandler(handler);
  assertStrictEquals(loop.getExceptionHandler(), handler);
  const task = currentTask()!;
  loop.callExceptionHandler({ message: "something", exception: 5, task });
  assertEquals(reports, [{ message: "something", exception: 5, task, loop }]);
  loop.setExceptionHandler(null);
  assertEquals(loop.getExceptionHandler(), null);
  assertThrows(
    () => loop.setExceptionHandler("log" as never),
    TypeError,
    'fn must be a function, got "log"',
  );
  yield;
});

const inline: Executor = { submit: (fn, ...args) => Promise.resolve().then(() => fn(...args)) };

test("runInExecutor() gives a future of what the function results in", function* () {
  const loop = getRunningLoop();
  const future = loop.runInExecutor(inline, (a: number, b: number) => a + b, 40, 2);
  assert(future instanceof Future && future.loop === loop);
  assertEquals(yield* future, 42);
  const error = new RangeError("wrong");
  const fails = () => {
    throw error;
  };
  assertStrictEquals(yield* failure(RangeError, loop.runInExecutor(inline, fails)), error);
});

test("runInExecutor() refuses what can't run anything and what is no function", function* () {
  const loop = getRunningLoop();
  assertThrows(
    () => loop.runInExecutor(null as never, () => {}),
    TypeError,
    "executor must have a submit method, got null",
  );
  assertThrows(() => loop.runInExecutor({} as never, () => {}), TypeError, "executor must have");
  assertThrows(() => loop.runInExecutor(inline, 5 as never), TypeError, "fn must be a function");
  assertThrows(
    () => loop.runInExecutor({ submit: () => 5 as never }, () => {}),
    TypeError,
    "submit() must return a promise, got 5",
  );
  yield;
});

onBothCores("a promise that settles after its loop has closed disturbs nobody", async ({ run }) => {
  const reasons = await unhandled(async () => {
    for (const settle of ["resolve", "reject"] as const) {
      const work = Promise.withResolvers<void>();
      await run(function* () {
        const future = getRunningLoop().runInExecutor(
          { submit: () => work.promise as never },
          () => {},
        );
        future.addDoneCallback(() => {});
        yield;
      });
      work[settle](new Error("too late") as never);
    }
  });
  assertEquals(reasons, []);
});

test("a loop is running in its callbacks and coroutines, and not closed", function* () {
  const loop = getRunningLoop();
  assertEquals([loop.isRunning(), loop.isClosed()], [true, false]);
  assertThrows(() => loop.close(), InvalidStateError, "Cannot close a running event loop");
  yield;
});

onBothCores("a closed loop takes nothing more, and says that it is closed", async ({ run }) => {
  let loop!: EventLoop;
  let leftover!: Future<void>;
  await run(function* () {
    loop = getRunningLoop();
    leftover = new Future<void>();
    yield;
  });
  assertEquals([loop.isRunning(), loop.isClosed()], [false, true]);
  loop.close();
  const attempts: (() => unknown)[] = [
    () => loop.callSoon(() => {}),
    () => loop.callLater(1, () => {}),
    () => loop.callAt(1, () => {}),
    () => loop.createTask(function* () {}),
  ];
  for (const attempt of attempts) {
    assertThrows(attempt, InvalidStateError, "The event loop is closed");
  }
  assertEquals(typeof loop.time(), "number");
  leftover.cancel();
  assert(leftover.cancelled());
});

onBothCores(
  "futures of a closed loop wake nobody in the loop that has its place",
  async ({ run }) => {
    const stale: Future<void>[] = [];
    await run(function* () {
      createTask(function* () {
        try {
          yield* sleep("1h");
        } finally {
          // What cleanup starts is not waited for.
          for (let i = 0; i < 10; i++) {
            const future = new Future<void>();
            stale.push(future);
            createTask(function* () {
              yield* future;
            });
          }
          yield* turns(2);
        }
      });
      yield;
    }, { exceptionHandler: () => {} });
    await run(function* () {
      const start = getRunningLoop().time();
      const sleepers = Array.from({ length: 10 }, () => createTask(sleep(50)));
      yield* sleep(1);
      for (const future of stale) if (!future.done()) future.setResult();
      for (const sleeper of sleepers) yield* sleeper;
      assertEquals(getRunningLoop().time() - start, 50);
    }, { clock: new VirtualClock() });
  },
);

test("getRunningLoop() is the loop in which the code runs, currentTask() its task", function* () {
  const loop = getRunningLoop();
  const task = currentTask()!;
  yield* sleep(1);
  assertStrictEquals(getRunningLoop(), loop);
  assertStrictEquals(currentTask(), task);
  const other = createTask(function* () {
    yield;
    return [getRunningLoop(), currentTask()];
  });
  assertEquals(yield* other, [loop, other]);
  yield* until(
    Promise.resolve().then(() => {
      assertThrows(() => getRunningLoop(), InvalidStateError, "No event loop is running");
      assertEquals(currentTask(), null);
    }),
  );
});

Deno.test("outside a loop getRunningLoop() throws, and says where to call it", () => {
  assertThrows(
    () => getRunningLoop(),
    InvalidStateError,
    "No event loop is running: call this from a coroutine or a loop's callback",
  );
  assertEquals(currentTask(), null);
});

onBothCores(
  "a task that is stopped by nobody can be cancelled from outside its loop",
  async ({ core }) => {
    await using runner = new Runner({ core });
    let task!: Task<void>;
    setTimeout(() => task.cancel("from outside"));
    const error = await runner.run(function* () {
      task = createTask(sleep("1h"));
      return yield* failure(CancelledError, task);
    });
    assertEquals(error.message, "from outside");
  },
);

onBothCores("callSoon() from outside wakes a loop that waits", async ({ run }) => {
  await run(function* () {
    const loop = getRunningLoop();
    const called = new Future<string>();
    setTimeout(() => loop.callSoon(() => called.setResult("called")));
    assertEquals(yield* called, "called");
  });
});
