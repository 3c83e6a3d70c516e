import { assert, assertEquals, assertRejects, assertStrictEquals, assertThrows } from "@std/assert";
import {
  CancelledError,
  ContextVar,
  coroutine,
  createTask,
  currentTask,
  DeadlockError,
  Event,
  type EventLoop,
  Future,
  getRunningLoop,
  InvalidStateError,
  iterate,
  run,
  Runner,
  type RunOptions,
  sleep,
} from "../../mod.ts";
import { VirtualClock } from "../../testing.ts";
import { failing, failure, later, test, turns } from "./support.ts";

Deno.test("run() takes any awaitable, and a function that returns one", async () => {
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

Deno.test("run() rejects with what main throws", async () => {
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

Deno.test("run() makes a loop of its own, closed at the end", async () => {
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

Deno.test("several loops run at once, and do not mix", async () => {
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

test("run() inside another loop is independent of it", function* () {
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

test("a failing run() inside another loop harms nobody but who awaits it", function* () {
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

Deno.test("run() cancels what is left and waits for its cleanup", async () => {
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

Deno.test("run() cleans up after a failure, too", async () => {
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

Deno.test("what fails while its loop shuts down is reported by name, once", async () => {
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

Deno.test("run() closes the async iterators that abandoned coroutines were amidst", async () => {
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
});

Deno.test("aborting the signal cancels main", async () => {
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

Deno.test("main may refuse the signal's cancel", async () => {
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

Deno.test("with a signal that is aborted already main never begins", async () => {
  let begun = false;
  await assertRejects(() =>
    run(function* () {
      begun = true;
      yield;
    }, { signal: AbortSignal.abort() }), CancelledError);
  assert(!begun);
});

Deno.test("run() leaves no listener on the signal", async () => {
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

Deno.test("a deadlock on a virtual clock is an error that says who waits where", async () => {
  const error = await assertRejects(() =>
    run(function* () {
      const event = new Event();
      createTask(function* philosopher() {
        yield* event.wait();
      }, { name: "Plato" });
      yield* event.wait();
    }, { clock: new VirtualClock() }), DeadlockError);
  assert(error.message.includes("Every task waits, and nothing is left to wake one"));
  assert(/Plato waits at philosopher .*run_test\.ts:\d+/.test(error.message), error.message);
});

Deno.test("a deadlock while run() cleans up is an error, too", async () => {
  const error = await assertRejects(() =>
    run(function* () {
      createTask(function* () {
        try {
          yield* sleep("1h");
        } finally {
          yield* new Event().wait();
        }
      }, { name: "stubborn" });
      yield;
    }, { clock: new VirtualClock() }), DeadlockError);
  assert(error.message.includes("stubborn"), error.message);
});

Deno.test("a runner runs several programs on one loop, which rests in between", async () => {
  const runner = new Runner();
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
});

Deno.test("a runner's programs share one context", async () => {
  await using runner = new Runner();
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

Deno.test("tasks that a run leaves behind go on in the next one", async () => {
  const clock = new VirtualClock();
  await using runner = new Runner({ clock });
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

Deno.test("a runner goes on after a run that failed", async () => {
  await using runner = new Runner();
  await assertRejects(() => runner.run(failing(0, new RangeError("wrong"))), RangeError, "wrong");
  assertEquals(await runner.run(later(0, "result")), "result");
});

Deno.test("close() may be called again, and waits for the first one", async () => {
  const runner = new Runner({ clock: new VirtualClock() });
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

Deno.test("run() after close() rejects, and does not start main", async () => {
  const runner = new Runner();
  await runner.close();
  let begun = false;
  const error = await assertRejects(() =>
    runner.run(function* () {
      begun = true;
      yield;
    }), InvalidStateError);
  assertEquals([error.message, begun], ["The runner is closed", false]);
});

Deno.test("a runner runs one program at a time", async () => {
  await using runner = new Runner();
  const first = runner.run(later(5, "first"));
  await assertRejects(() => runner.run(later(0, 0)), InvalidStateError, "is running already");
  assertEquals(await first, "first");
});

Deno.test("a runner cannot be closed while it runs, but afterwards", async () => {
  const runner = new Runner();
  const first = runner.run(later(5, "first"));
  await assertRejects(() => runner.close(), InvalidStateError, "Cannot close a runner that is");
  assertEquals(await first, "first");
  assertEquals(await runner.run(later(0, "second")), "second");
  await runner.close();
  assert(runner.loop.isClosed());
});

Deno.test("await using closes a runner", async () => {
  let loop: EventLoop;
  {
    await using runner = new Runner();
    loop = runner.loop;
    await runner.run(turns(1));
    assert(!loop.isClosed());
  }
  assert(loop.isClosed());
});

Deno.test("a runner's signal cancels each of its programs", async () => {
  const controller = new AbortController();
  await using runner = new Runner({ signal: controller.signal });
  assertEquals(await runner.run(later(0, "undisturbed")), "undisturbed");
  setTimeout(() => controller.abort());
  await assertRejects(() => runner.run(sleep("1h")), CancelledError);
  await assertRejects(() => runner.run(sleep(0)), CancelledError);
});

Deno.test("the loop's time goes on between two runs", async () => {
  await using runner = new Runner();
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
