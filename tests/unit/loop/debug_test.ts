/**
 * Debug mode: which mistakes it finds, and what it says about them.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  abortable,
  Barrier,
  Condition,
  type Coroutine,
  coroutine,
  createTask,
  Event,
  type ExceptionContext,
  Future,
  gather,
  getRunningLoop,
  iterate,
  Lock,
  Queue,
  run,
  Runner,
  Semaphore,
  shield,
  sleep,
  taskGroup,
  timeout,
  timeoutAt,
  until,
  wait,
  waitFor,
} from "../../../mod.ts";
import { VirtualClock } from "../../../testing.ts";
import { HostSeconds } from "../host_seconds.ts";
import { debugReports, later, onBothCores, printed, turns } from "../support.ts";

/** The lines below a title in a report, without their indentation. */
function below(title: string, message: string): string[] {
  const lines = message.split("\n");
  const start = lines.indexOf(`  ${title}`) + 1;
  if (start === 0) return [];
  const rest = lines.slice(start);
  const end = rest.findIndex((line) => !line.startsWith("    "));
  return rest.slice(0, end < 0 ? rest.length : end).map((line) => line.trim());
}

const functionNames = (lines: string[]) => lines.map((line) => line.split(" ")[0]);

onBothCores("debug mode is off unless it is asked for, and can be switched", async ({ run }) => {
  await run(function* () {
    const loop = getRunningLoop();
    assertEquals(loop.debug, false);
    loop.debug = true;
    assertEquals(loop.debug, true);
    loop.debug = true;
    loop.debug = false;
    assertEquals(loop.debug, false);
    yield;
  });
  await run(function* () {
    assertEquals([getRunningLoop().debug, getRunningLoop().slowCallbackDuration], [true, 100]);
    yield;
  }, { debug: true });
});

onBothCores(
  "when debug mode is switched off, it forgets what it saw and looks no further",
  async ({ core }) => {
    const found = await debugReports(core, function* () {
      const loop = getRunningLoop();
      void sleep(5);
      loop.debug = false;
      loop.slowCallbackDuration = 0;
      loop.callSoon(() => {});
      void sleep(5);
      yield* sleep(1);
    });
    assertEquals(found, []);
  },
);

onBothCores("a program without mistakes is not reported", async ({ core }) => {
  const found = await debugReports(core, function* () {
    const task = createTask(later(10, "result"));
    yield* gather(task, sleep(1), waitFor(later(1, 0), 10));
    yield* taskGroup(function* (group) {
      group.createTask(sleep(1));
      yield* timeout(10, () => sleep(1));
    });
    const cancelled = createTask(sleep("1h"));
    yield* turns(1);
    cancelled.cancel();
    yield* wait([cancelled]);
    createTask(sleep("1h"));
    yield* turns(1);
  });
  assertEquals(found, []);
});

onBothCores(
  "a slow step of a task is reported with the task and the stack where it waits",
  async ({ core }) => {
    const found = await debugReports(core, function* () {
      const loop = getRunningLoop();
      function* inner(): Coroutine<void> {
        loop.slowCallbackDuration = 0;
        yield* sleep(1);
      }
      function* slow(): Coroutine<void> {
        yield* inner();
        loop.slowCallbackDuration = Infinity;
      }
      yield* createTask(slow(), { name: "slow task" });
    });
    const [{ message, task }] = found;
    assert(
      /^A step of task slow task took \d+ ms, and all others had to wait\n/.test(message),
      message,
    );
    assertEquals(task!.name, "slow task");
    assertEquals(functionNames(below("it now waits at", message)), ["inner", "slow"]);
    assert(below("it was made at", message)[0].includes("debug_test.ts"), message);
  },
);

onBothCores("a slow callback is reported by its name", async ({ core }) => {
  const found = await debugReports(core, function* () {
    const loop = getRunningLoop();
    loop.callSoon(function slow() {
      loop.slowCallbackDuration = 0;
    });
    loop.callSoon(function quick() {});
    loop.callSoon(() => loop.slowCallbackDuration = Infinity);
    yield* sleep(1);
  });
  assertEquals(found.map(({ message }) => message.replace(/\d+/, "0")), [
    "The callback slow took 0 ms, and all others had to wait",
    "The callback quick took 0 ms, and all others had to wait",
  ]);
});

onBothCores("a step that takes long by the host's clock is slow", async ({ core }) => {
  const found = await debugReports(core, function* () {
    const loop = getRunningLoop();
    loop.callSoon(function busy() {
      loop.slowCallbackDuration = 2;
      const end = performance.now() + 3;
      while (performance.now() < end);
    });
    loop.callSoon(() => loop.slowCallbackDuration = Infinity);
    yield* sleep(1);
  });
  assert(/^The callback busy took \d+ ms/.test(found[0].message));
});

const waits: [string, () => Iterable<unknown, unknown, unknown>][] = [
  ["a sleep", () => sleep("1h")],
  ["a future", () => new Future<void>()],
  ["a promise", () => until(new Promise(() => {}))],
  ["an event", () => new Event().wait()],
  ["another task", () => createTask(sleep("1h"))],
  ["a gather", () => gather(sleep("1h"), sleep("2h"))],
  ["a shield", () => shield(new Future<void>())],
  ["waitFor()", () => waitFor(createTask(sleep("1h")), "2h")],
];
for (const [name, wait] of waits) {
  onBothCores(
    `a CancelledError swallowed at ${name} is reported with the stack where`,
    async ({ core }) => {
      const found = await debugReports(core, function* () {
        function* inner(): Coroutine<void> {
          yield* wait();
        }
        function* swallower(): Coroutine<string> {
          try {
            yield* inner();
          } catch { /* the mistake */ }
          return "went on";
        }
        const task = createTask(swallower(), { name: "swallower" });
        yield* turns(3);
        task.cancel();
        assertEquals(yield* task, "went on");
      });
      assertEquals(found.length, 1);
      const [{ message, task }] = found;
      assertEquals(
        message.split("\n")[0],
        "Task swallower swallowed a CancelledError and went on: throw it again, or call uncancel()",
      );
      assertEquals(task!.name, "swallower");
      assertEquals(functionNames(below("it was thrown at", message)), ["inner", "swallower"]);
    },
  );
}

onBothCores(
  "a cancel that was swallowed and withdrawn by uncancel() is not reported",
  async ({ core }) => {
    const found = await debugReports(core, function* () {
      const task = createTask(function* () {
        try {
          yield* sleep("1h");
        } catch {
          task.uncancel();
        }
      });
      yield* turns(1);
      task.cancel();
      yield* task;
    });
    assertEquals(found, []);
  },
);

onBothCores(
  "tasks that are pending when their loop closes are reported with their stacks",
  async ({ core }) => {
    const contexts: ExceptionContext[] = [];
    const runner = new Runner({
      core,
      debug: true,
      exceptionHandler: (context) => contexts.push(context),
    });
    runner.loop.slowCallbackDuration = Infinity;
    await runner.run(function* () {
      function* inner(): Coroutine<void> {
        yield* sleep("1h");
      }
      function* outer(): Coroutine<void> {
        yield* inner();
      }
      createTask(outer(), { name: "left behind" });
      yield* turns(2);
    });
    runner.loop.close();
    assertEquals(contexts.length, 1);
    const [{ message, task, loop }] = contexts;
    assertEquals(message.split("\n")[0], "Task left behind was pending when its loop closed");
    assertEquals([task!.name, loop], ["left behind", runner.loop]);
    assertEquals(functionNames(below("it waits at", message)), ["inner", "outer"]);
    assert(below("it was made at", message)[0].includes("debug_test.ts"), message);
  },
);

const greet = coroutine(function* greet(name: string): Coroutine<string> {
  yield* sleep(1);
  return name;
});

const operations: [string, () => unknown][] = [
  ["sleep()", () => sleep(5)],
  ["greet()", () => greet("Ada")],
  ["A coroutine", () => coroutine(function* () {})()],
  ["wait()", () => wait([new Future()])],
  ["waitFor()", () => waitFor(later(0, 0), 5)],
  ["timeout()", () => timeout(5, () => later(0, 0))],
  ["timeoutAt()", () => timeoutAt(5, () => later(0, 0))],
  ["taskGroup()", () => taskGroup(() => later(0, 0))],
  ["until()", () => until(Promise.resolve())],
  ["iterate()", () => iterate(new Queue<number>(), () => later(0, 0))],
  ["abortable()", () => abortable(() => Promise.resolve())],
  ["wait()", () => new Barrier(2).wait()],
  ["wait()", () => new Condition().wait()],
  ["waitFor()", () => new Condition().waitFor(() => true)],
  ["The wait for lock", () => new Lock().acquire()],
  ["The wait for semaphore", () => new Semaphore().acquire()],
  ["The wait for event", () => new Event().wait()],
  ["The wait for queue to have room", () => new Queue<number>().put(5)],
];

onBothCores(
  "operations that are never awaited are reported, with the place that made them",
  async ({ core }) => {
    const found = await debugReports(core, function* forgetful() {
      for (const [, make] of operations) make();
      yield;
    });
    assertEquals(
      found.map(({ message }) => message.split("\n")[0]),
      operations.map(([name]) => `${name} was made and never awaited: write yield* before it`),
    );
    for (const { message } of found) {
      const [place, ...others] = below("it was made at", message);
      assert(/debug_test\.ts:\d+:\d+/.test(place), message);
      assertEquals(others, []);
    }
  },
);

onBothCores("operations that were awaited in any way are not reported", async ({ core }) => {
  const found = await debugReports(core, function* () {
    yield* sleep(1);
    yield* createTask(sleep(1));
    yield* gather(sleep(1), sleep(1));
    yield* waitFor(sleep(1), 5);
    const failed = waitFor(sleep(1), 0).then(null, () => {});
    yield* until(failed);
    yield* until(greet("Ada").then());
    for (let i = 0; i < 3000; i++) yield* sleep(0);
  });
  assertEquals(found, []);
});

onBothCores(
  "without a handler debug mode warns by console.warn, in one format",
  async ({ run }) => {
    let errors: string[] = [];
    const lines = await printed("warn", async () => {
      errors = await printed("error", () =>
        run(function* main() {
          void sleep(5);
          const loop = getRunningLoop();
          loop.slowCallbackDuration = Infinity;
          const task = createTask(function* swallower() {
            try {
              yield* sleep("1h");
            } catch { /* the mistake */ }
          }, { name: "swallower" });
          yield* turns(1);
          task.cancel();
          yield* task;
        }, { debug: true, clock: new VirtualClock() }));
    });
    assertEquals(errors, []);
    assertEquals(lines.length, 2);
    const place = String.raw`[\w.]+ \(file:\S+debug_test\.ts:\d+:\d+\)`;
    for (const line of lines) {
      assert(new RegExp(`^wasyncio: .+\n  it was \\w+ at\n    ${place}$`).test(line), line);
    }
  },
);

onBothCores(
  "without debug mode nothing is looked for but forgotten operations",
  async ({ run }) => {
    const warnings = await printed("warn", async () => {
      const errors = await printed("error", () =>
        run(function* () {
          getRunningLoop().slowCallbackDuration = 0;
          void sleep(5);
          void new Lock().acquire();
          const task = createTask(function* () {
            try {
              yield* sleep("1h");
            } catch { /* the mistake */ }
          });
          yield* turns(1);
          task.cancel();
          yield* task;
        }));
      assertEquals(errors, []);
    });
    assertEquals(warnings, [
      "wasyncio: sleep() was made and never awaited: write yield* before it; debug mode says where",
    ]);
  },
);

onBothCores("debug mode changes no result", async ({ run }) => {
  function* main(): Coroutine<unknown[]> {
    const lock = new Lock();
    const log: unknown[] = [];
    yield* gather([3, 1, 2].map(function* (i) {
      yield* sleep(i);
      using _held = yield* lock.acquire();
      yield* sleep(5);
      log.push(i, getRunningLoop().time());
    }));
    return log;
  }
  const options = () => ({ clock: new VirtualClock() });
  const found = await run(main, { debug: true, exceptionHandler: () => {}, ...options() });
  assertEquals(found, await run(main, options()));
});

const STUCK = "Nothing has run for a second, and no time and no promise is awaited; ";

/** What debug mode says of a program on the host's clock that waits, and is then released. */
async function stuckReports(
  core: "wasm" | "js",
  wait: (lock: Lock, over: Promise<void>) => Iterable<unknown, unknown, unknown>,
): Promise<string[]> {
  using host = new HostSeconds();
  const messages: string[] = [];
  const lock = new Lock({ name: "ledger" });
  const over = Promise.withResolvers<void>();
  const running = run(function* main() {
    yield* lock.acquire();
    yield* wait(lock, over.promise);
  }, { core, debug: true, exceptionHandler: ({ message }) => messages.push(message) });
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    host.pass(1100);
  }
  lock.release();
  over.resolve();
  await running;
  return messages.filter((message) => message.startsWith(STUCK));
}

onBothCores("tasks that nothing known will wake are reported after a second, once", async (on) => {
  const [message, ...more] = await stuckReports(on.core, (lock) => lock.acquire());
  assertEquals(more, []);
  assert(/\n {4}Task "Task-\d+" waiting for lock "ledger"\n {6}at main /.test(message), message);
});

onBothCores("those that wait for a promise, or for a time, are not", async ({ core }) => {
  assertEquals(await stuckReports(core, (lock) => waitFor(lock.acquire(), "1h")), []);
  assertEquals(await stuckReports(core, (lock, over) => gather(lock.acquire(), over)), []);
});
