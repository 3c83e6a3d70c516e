/**
 * `run()` and `Runner`: from the first coroutine to the last clean-up.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  CancelledError,
  ContextVar,
  coroutine,
  createTask,
  currentTask,
  DeadlockError,
  Event,
  type EventLoop,
  type ExceptionContext,
  Future,
  gather,
  getRunningLoop,
  InvalidStateError,
  iterate,
  run,
  Runner,
  type RunOptions,
  sleep,
  type Task,
} from "../../mod.ts";
import { VirtualClock } from "../../testing.ts";
import { failing, failure, later, onBothCores, test, turns } from "./support.ts";

onBothCores("run() takes any awaitable, and a function that returns one", async ({ run }) => {
  const greet = coroutine(function* (name: string) {
    yield* sleep(0);
    return `Hello, ${name}!`;
  });
  assertEquals(await run(later(1, "coroutine")), "coroutine");
  assertEquals(await run(() => later(1, "function*")), "function*");
  assertEquals(await run(sleep(1, "operation")), "operation");
  assertEquals(await run(greet("Ada")), "Hello, Ada!");
  assertEquals(await run(() => greet("Ada")), "Hello, Ada!");
  assertEquals(await run(Promise.resolve("promise")), "promise");
  assertEquals(await run(() => Promise.resolve("async function")), "async function");
  assertEquals(
    await run(createTask(later(1, "task of the default loop"))),
    "task of the default loop",
  );
  const future = new Future<string>();
  future.setResult("future");
  assertEquals(await run(future), "future");
});

onBothCores("run() rejects with what main throws", async ({ run }) => {
  const error = new RangeError("wrong");
  const mains = [
    () => failing(0, error),
    () => Promise.reject(error),
    () => {
      throw error;
    },
  ];
  const reports: string[] = [];
  const exceptionHandler = ({ message }: { message: string }) => void reports.push(message);
  for (const main of mains) {
    const rejected = await run(main, { exceptionHandler }).then(() => null, (reason) => reason);
    assertStrictEquals(rejected, error);
  }
  assertEquals(reports, []);
});

Deno.test("run() refuses what can't be awaited", async () => {
  await assertRejects(
    () => run(5 as never),
    TypeError,
    "main must be a coroutine, future, task, operation or promise, got 5",
  );
  await assertRejects(
    () => run((() => 5) as never),
    TypeError,
    "main must return an awaitable, got 5: write it as function* or async function",
  );
});

Deno.test("run() refuses options that it can't use, and names them", async () => {
  const cases: [unknown, typeof TypeError | typeof RangeError, string][] = [
    [null, TypeError, "options must be an object, got null"],
    ["debug", TypeError, 'options must be an object, got "debug"'],
    [{ core: "rust" }, RangeError, 'core must be "wasm" or "js", got "rust"'],
    [{ timeSlice: 0 }, RangeError, "timeSlice must be positive, got 0"],
    [{ timeSlice: -1 }, RangeError, "timeSlice must be positive, got -1"],
    [{ timeSlice: "soon" }, RangeError, "timeSlice must be a number with a unit"],
    [{ timeSlice: NaN }, RangeError, "timeSlice must be a duration"],
    [{ timeSlice: true }, TypeError, "timeSlice must be a number of milliseconds"],
    [{ signal: 5 }, TypeError, "signal must be an AbortSignal, got 5"],
    [{ signal: null }, TypeError, "signal must be an AbortSignal, got null"],
    [{ exceptionHandler: 5 }, TypeError, "exceptionHandler must be a function, got 5"],
    [{ clock: 5 }, TypeError, "clock must be a Clock, got 5"],
    [{ clock: { now: () => 0 } }, TypeError, "clock must be a Clock, got Object"],
  ];
  for (const [options, kind, message] of cases) {
    await assertRejects(() => run(later(0, 0), options as RunOptions), kind, message);
    assertThrows(() => new Runner(options as RunOptions), kind, message);
  }
});

Deno.test("run() takes every option that means nothing special", async () => {
  const options: RunOptions[] = [
    {},
    { debug: false, eager: false, core: "js" },
    { core: "wasm", timeSlice: "20ms" },
    { timeSlice: null },
    { timeSlice: Infinity },
    { debug: undefined, clock: undefined, core: undefined, signal: undefined, eager: undefined },
    { timeSlice: undefined, exceptionHandler: undefined },
  ];
  for (const each of options) assertEquals(await run(later(1, "result"), each), "result");
});

onBothCores("run() makes a loop of its own, closed at the end", async ({ run }) => {
  const loops: EventLoop[] = [];
  for (let i = 0; i < 2; i++) {
    await run(function* () {
      loops.push(getRunningLoop());
      yield;
    });
  }
  assert(loops[0] !== loops[1]);
  assert(loops.every((loop) => loop.isClosed() && !loop.isRunning()));
});

onBothCores("several loops run at once, and do not mix", async ({ run }) => {
  const log: string[] = [];
  const program = (name: string, delay: number) =>
    run(function* () {
      const loop = getRunningLoop();
      const me = currentTask();
      for (let i = 0; i < 3; i++) {
        yield* sleep(delay);
        assertStrictEquals(getRunningLoop(), loop);
        assertStrictEquals(currentTask(), me);
      }
      log.push(name);
      return loop;
    });
  const loops = await Promise.all([program("a", 1), program("b", 0), program("c", 2)]);
  assertEquals(new Set(loops).size, 3);
  assertEquals(log.sort(), ["a", "b", "c"]);
});

test("run() inside another loop is independent of it", function* ({ run }) {
  const outer = getRunningLoop();
  const variable = new ContextVar<string>("variable", { defaultValue: "default" });
  variable.set("outer");
  const promise = run(function* () {
    assert(getRunningLoop() !== outer);
    assertEquals(variable.get(), "outer");
    variable.set("inner");
    yield* sleep(1);
    return getRunningLoop();
  });
  // It was only begun; this code still runs in the outer loop.
  assertStrictEquals(getRunningLoop(), outer);
  const inner = yield* { [Symbol.iterator]: () => createTask(promise)[Symbol.iterator]() };
  assert(inner !== outer && inner.isClosed());
  assertStrictEquals(getRunningLoop(), outer);
  assertEquals([variable.get(), outer.isRunning()], ["outer", true]);
});

test("a failing run() inside another loop harms nobody but who awaits it", function* ({ run }) {
  const task = createTask(run(() => failing(1, new RangeError("inner"))));
  yield* sleep(1);
  assertEquals((yield* failure(RangeError, task)).message, "inner");
});

Deno.test("thousands of short runs need only a few cores", async () => {
  let instances = 0;
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class extends Instance {
    constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
      super(module, imports);
      instances++;
    }
  };
  try {
    for (let i = 0; i < 2000; i++) assertEquals(await run(later(0, i)), i);
    for (let i = 0; i < 200; i++) {
      await run(function* () {
        getRunningLoop().callLater("1h", () => {});
        createTask(sleep("1h"));
        yield;
        throw new RangeError("ends badly");
      }).catch(() => {});
    }
  } finally {
    WebAssembly.Instance = Instance;
  }
  assert(instances <= 1, `made ${instances} instances`);
});

onBothCores("run() cancels what is left and waits for its cleanup", async ({ run }) => {
  const log: string[] = [];
  const result = await run(function* () {
    for (const name of ["a", "b"]) {
      createTask(function* () {
        try {
          yield* sleep("1h");
        } finally {
          yield* sleep(10);
          log.push(name);
        }
      });
    }
    yield;
    return "result";
  }, { clock: new VirtualClock() });
  assertEquals([result, log], ["result", ["a", "b"]]);
});

onBothCores("run() cleans up after a failure, too", async ({ run }) => {
  const log: string[] = [];
  await assertRejects(() =>
    run(function* () {
      createTask(function* () {
        try {
          yield* sleep("1h");
        } finally {
          log.push("cleaned up");
        }
      });
      yield* sleep(1);
      throw new RangeError("wrong");
    }, { clock: new VirtualClock() }), RangeError);
  assertEquals(log, ["cleaned up"]);
});

onBothCores("run() cancels what is left, awaits it, and reports what failed", async ({ run }) => {
  const log: string[] = [];
  const left: Task<void>[] = [];
  const result = await run(function* () {
    left.push(
      createTask(function* () {
        try {
          yield* sleep("1h");
        } finally {
          yield* sleep(20);
          log.push("cleaned up");
        }
      }),
      createTask(function* () {
        try {
          yield* sleep("1h");
        } catch {
          throw new RangeError("cleanup failed");
        }
      }),
    );
    yield* sleep(1);
    return "result";
  }, {
    clock: new VirtualClock(),
    exceptionHandler: ({ exception }) => log.push((exception as Error).message),
  });

  assertEquals(result, "result");
  assertEquals(log, ["cleaned up", "cleanup failed"]);
  assert(left[0].cancelled() && left[1].exception() instanceof RangeError);
});

onBothCores("what fails while its loop shuts down is reported by name, once", async ({ run }) => {
  const reports: unknown[][] = [];
  const error = new RangeError("cleanup failed");
  await run(function* () {
    createTask(function* () {
      try {
        yield* sleep("1h");
      } catch {
        throw error;
      }
    }, { name: "cleaner" });
    yield;
  }, {
    exceptionHandler: ({ message, exception, task }) =>
      reports.push([message, exception, task?.name]),
  });
  assertEquals(reports, [[
    "Task cleaner failed while its loop was shutting down",
    error,
    "cleaner",
  ]]);
});

onBothCores("a failed task that nobody waited for is reported once", async ({ run }) => {
  const reports: ExceptionContext[] = [];
  let lost!: Task<void>;
  await run(function* () {
    // deno-lint-ignore require-yield -- it fails in its first step
    function* fails(message: string): Generator<unknown, void> {
      throw new RangeError(message);
    }
    lost = createTask(fails("lost"));
    const seen = createTask(fails("seen"));
    yield* gather([seen, fails("gathered")], { returnExceptions: true });
    yield* sleep(10);
  }, { clock: new VirtualClock(), exceptionHandler: (context) => reports.push(context) });

  assertEquals(reports.map(({ exception }) => (exception as Error).message), ["lost"]);
  assert(reports[0].task === lost);
});

onBothCores(
  "run() closes the async iterators that abandoned coroutines were amidst",
  async ({ run }) => {
    const log: string[] = [];
    const reports: string[] = [];
    async function* items(close: () => void) {
      try {
        for (;;) yield await Promise.resolve(1);
      } finally {
        close();
      }
    }
    const endings = [() => void log.push("closed"), () => {
      throw new RangeError("cannot close");
    }];
    await run(function* () {
      for (const close of endings) {
        // deno-lint-ignore require-yield -- this is the mistake: it should wait with yield*
        const task = createTask(function* () {
          iterate(items(close), () => sleep("1h"))[Symbol.iterator]().next();
        });
        yield* failure(InvalidStateError, task);
      }
      assertEquals(log, []);
    }, { exceptionHandler: ({ message, exception }) => reports.push(`${message}: ${exception}`) });
    assertEquals(log, ["closed"]);
    assertEquals(reports, ["An async iterator failed to close: RangeError: cannot close"]);
  },
);

onBothCores("run() closes the async generators that the loop was iterating", async ({ run }) => {
  const log: string[] = [];
  async function* items() {
    try {
      yield "item";
    } finally {
      await sleep(20);
      log.push("closed");
    }
  }
  await run(function* () {
    createTask(iterate(items(), function* (item) {
      log.push(item);
      yield* sleep("1h");
    }));
    yield* sleep(1);
  }, { clock: new VirtualClock() });
  assertEquals(log, ["item", "closed"]);
});

onBothCores("aborting the signal cancels main", async ({ run }) => {
  const controller = new AbortController();
  const log: string[] = [];
  const promise = run(function* () {
    try {
      yield* sleep("1h");
    } finally {
      yield* sleep(1);
      log.push("cleaned up");
    }
  }, { signal: controller.signal });
  setTimeout(() => controller.abort());
  await assertRejects(() => promise, CancelledError);
  assertEquals(log, ["cleaned up"]);
});

onBothCores("main may refuse the signal's cancel", async ({ run }) => {
  const controller = new AbortController();
  const result = await run(function* () {
    getRunningLoop().callSoon(() => controller.abort());
    try {
      yield* sleep("1h");
    } catch { /* it goes on */ }
    return currentTask()!.cancelling();
  }, { signal: controller.signal });
  assertEquals(result, 1);
});

onBothCores("with a signal that is aborted already main never begins", async ({ run }) => {
  let begun = false;
  await assertRejects(() =>
    run(function* () {
      begun = true;
      yield;
    }, { signal: AbortSignal.abort() }), CancelledError);
  assert(!begun);
});

onBothCores("run() leaves no listener on the signal", async ({ run }) => {
  const { signal } = new AbortController();
  let listeners = 0;
  const spied = new Proxy(signal, {
    get(target, key) {
      if (key === "addEventListener") {
        return (...args: Parameters<AbortSignal["addEventListener"]>) => {
          listeners++;
          target.addEventListener(...args);
        };
      }
      if (key === "removeEventListener") {
        return (...args: Parameters<AbortSignal["removeEventListener"]>) => {
          listeners--;
          target.removeEventListener(...args);
        };
      }
      return Reflect.get(target, key, target);
    },
  });
  await run(later(1, 0), { signal: spied });
  await run(() => failing(1, new RangeError()), { signal: spied }).catch(() => {});
  assertEquals(listeners, 0);
});

onBothCores(
  "a deadlock on a virtual clock is an error that says who waits where",
  async ({ run }) => {
    const error = await assertRejects(() =>
      run(function* () {
        const event = new Event();
        createTask(function* philosopher() {
          yield* event.wait();
        }, { name: "Plato" });
        yield* event.wait();
      }, { clock: new VirtualClock() }), DeadlockError);
    assert(error.message.includes("Every task waits, and nothing is left to wake one"));
    assert(
      /Task "Plato" waiting for event at philosopher .*run_test\.ts:\d+/.test(error.message),
      error.message,
    );
  },
);

onBothCores("tasks that all wait for each other are told so, by name", async ({ run }) => {
  const error = await assertRejects(() =>
    run(function* () {
      const event = new Event();
      createTask(event.wait(), { name: "philosopher" });
      yield* event.wait();
    }, { clock: new VirtualClock() }), DeadlockError);
  assertStringIncludes(error.message, "philosopher");
});

onBothCores(
  "a deadlock while run() cleans up is reported, and main's outcome stands",
  async ({ run }) => {
    const reports: ExceptionContext[] = [];
    const result = await run(function* () {
      createTask(function* () {
        try {
          yield* sleep("1h");
        } finally {
          yield* new Event().wait();
        }
      }, { name: "stubborn" });
      yield;
      return "result";
    }, { clock: new VirtualClock(), exceptionHandler: (context) => reports.push(context) });
    assertEquals(result, "result");
    assertEquals(reports.map(({ message }) => message), ["The loop's clean-up failed"]);
    const { exception } = reports[0];
    assert(exception instanceof DeadlockError && exception.message.includes("stubborn"));
  },
);

onBothCores(
  "a runner runs several programs on one loop, which rests in between",
  async ({ core }) => {
    const runner = new Runner({ core });
    const loops: EventLoop[] = [];
    for (const result of ["first", "second"]) {
      assertEquals([runner.loop.isRunning(), runner.loop.isClosed()], [false, false]);
      const promise = runner.run(function* () {
        loops.push(getRunningLoop());
        yield* sleep(1);
        return result;
      });
      assert(runner.loop.isRunning());
      assertEquals(await promise, result);
    }
    assertEquals(loops, [runner.loop, runner.loop]);
    await runner.close();
    assertEquals([runner.loop.isRunning(), runner.loop.isClosed()], [false, true]);
  },
);

onBothCores("a runner's programs share one context", async ({ core }) => {
  await using runner = new Runner({ core });
  const variable = new ContextVar<number>("variable", { defaultValue: 0 });
  for (let i = 0; i < 3; i++) {
    assertEquals(
      await runner.run(function* () {
        yield;
        const before = variable.get();
        variable.set(before + 1);
        return before;
      }),
      i,
    );
  }
  assertEquals(variable.get(), 0);
});

onBothCores("tasks that a run leaves behind go on in the next one", async ({ core }) => {
  const clock = new VirtualClock();
  await using runner = new Runner({ core, clock });
  const log: string[] = [];
  await runner.run(function* () {
    createTask(function* () {
      for (const step of ["one", "two", "three"]) {
        log.push(step);
        yield* sleep(10);
      }
    });
    yield* sleep(5);
  });
  assertEquals(log, ["one"]);
  await runner.run(sleep(10));
  assertEquals(log, ["one", "two"]);
});

onBothCores("a runner goes on after a run that failed", async ({ core }) => {
  await using runner = new Runner({ core });
  await assertRejects(() => runner.run(failing(0, new RangeError("wrong"))), RangeError, "wrong");
  assertEquals(await runner.run(later(0, "result")), "result");
});

onBothCores("close() may be called again, and waits for the first one", async ({ core }) => {
  const runner = new Runner({ core, clock: new VirtualClock() });
  const log: string[] = [];
  await runner.run(function* () {
    createTask(function* () {
      try {
        yield* sleep("1h");
      } finally {
        yield* sleep(10);
        log.push("cleaned up");
      }
    });
    yield;
  });
  await Promise.all([runner.close(), runner.close().then(() => log.push("second close"))]);
  assertEquals(log, ["cleaned up", "second close"]);
  await runner.close();
  assert(runner.loop.isClosed());
});

onBothCores("run() after close() rejects, and does not start main", async ({ core }) => {
  const runner = new Runner({ core });
  await runner.close();
  let begun = false;
  const error = await assertRejects(() =>
    runner.run(function* () {
      begun = true;
      yield;
    }), InvalidStateError);
  assertEquals([error.message, begun], ["The runner is closed", false]);
});

onBothCores("a runner runs one program at a time", async ({ core }) => {
  await using runner = new Runner({ core });
  const first = runner.run(later(5, "first"));
  await assertRejects(() => runner.run(later(0, 0)), InvalidStateError, "is running already");
  assertEquals(await first, "first");
});

onBothCores("a runner cannot be closed while it runs, but afterwards", async ({ core }) => {
  const runner = new Runner({ core });
  const first = runner.run(later(5, "first"));
  await assertRejects(() => runner.close(), InvalidStateError, "Cannot close a runner that is");
  assertEquals(await first, "first");
  assertEquals(await runner.run(later(0, "second")), "second");
  await runner.close();
  assert(runner.loop.isClosed());
});

onBothCores("await using closes a runner", async ({ core }) => {
  let loop: EventLoop;
  {
    await using runner = new Runner({ core });
    loop = runner.loop;
    await runner.run(turns(1));
    assert(!loop.isClosed());
  }
  assert(loop.isClosed());
});

onBothCores("a runner's signal cancels each of its programs", async ({ core }) => {
  const controller = new AbortController();
  await using runner = new Runner({ core, signal: controller.signal });
  assertEquals(await runner.run(later(0, "undisturbed")), "undisturbed");
  setTimeout(() => controller.abort());
  await assertRejects(() => runner.run(sleep("1h")), CancelledError);
  await assertRejects(() => runner.run(sleep(0)), CancelledError);
});

onBothCores("the loop's time goes on between two runs", async ({ core }) => {
  await using runner = new Runner({ core });
  const first = await runner.run(function* () {
    yield;
    return getRunningLoop().time();
  });
  await new Promise((resolve) => setTimeout(resolve, 2));
  const second = await runner.run(function* () {
    yield;
    return getRunningLoop().time();
  });
  assert(second > first);
});
