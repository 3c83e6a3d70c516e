/**
 * Failures that nobody looked at: when they are reported, to whom, in which context, and how often.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  ContextVar,
  copyContext,
  type Coroutine,
  createTask,
  currentTask,
  type EventLoop,
  type ExceptionContext,
  Future,
  gather,
  getRunningLoop,
  Runner,
  type RunOptions,
  shield,
  sleep,
  Task,
  until,
  wait,
} from "../../../mod.ts";
import { VirtualClock } from "../../../testing.ts";
import { failure, onBothCores, printed, program, test, turns } from "../support.ts";

const who = new ContextVar<string>("who", { defaultValue: "nobody" });

interface Heard extends ExceptionContext {
  /** What the handler sees as the variable, and as the task that runs. */
  who: string;
  running: Task<unknown> | null;
  loopRuns: boolean;
}

/** Options with a handler that notes what it hears, and where. */
function hearing(heard: Heard[]): RunOptions {
  return {
    clock: new VirtualClock(),
    exceptionHandler(context) {
      heard.push({
        ...context,
        who: who.get(),
        running: currentTask(),
        loopRuns: getRunningLoop() === context.loop,
      });
      who.set("the handler's");
    },
  };
}

function* throwing(error: unknown): Coroutine<never> {
  who.set("the failed task's");
  yield;
  throw error;
}

const wrong = new RangeError("wrong");

/** What counts as having looked at a failure. */
const looks: Record<
  string,
  (future: Future<unknown>) => Iterable<unknown, unknown, unknown> | void
> = {
  "cancel()": (future) => void future.cancel(),
  "exception()": (future) => void future.exception(),
  "result()": (future) => {
    try {
      future.result();
    } catch { /* That is what it is for. */ }
  },
  "yield*": (future) => failure(RangeError, future),
  "catch()": (future) => void future.catch(() => {}),
  "gather()": (future) => failure(RangeError, gather(future)),
  "gather() of values": (future) => gather([future], { returnExceptions: true }),
  "shield()": (future) => failure(RangeError, shield(future)),
  "until()": (future) => failure(RangeError, until(future)),
};

for (const [name, look] of Object.entries(looks)) {
  onBothCores(`${name} of a failed task or future silences it`, async ({ run }) => {
    const heard: Heard[] = [];
    await run(function* () {
      const task = createTask(throwing(wrong));
      const future = new Future<void>();
      future.setException(wrong);
      yield* turns(4);
      for (const failed of [task, future]) yield* look(failed) ?? [];
      // And as soon as it has failed, within the same turn.
      const fresh = new Future<void>();
      fresh.setException(wrong);
      yield* look(fresh) ?? [];
    }, hearing(heard));
    assertEquals(heard, []);
  });
}

onBothCores(
  "what only asks whether it is done leaves a failure to be reported",
  async ({ run }) => {
    const heard: Heard[] = [];
    await run(function* () {
      const task = createTask(throwing(wrong));
      yield* wait([task]);
      assertEquals([task.done(), task.cancelled(), task.cancelling()], [true, false, 0]);
      assert(String(task).includes("failed"));
      task.getStack();
      task.addDoneCallback(() => {});
      yield* turns(3);
    }, hearing(heard));
    assertEquals(heard.map(({ exception }) => exception), [wrong]);
  },
);

onBothCores("cancel() of a failed task says that it was too late", async ({ run }) => {
  const heard: Heard[] = [];
  await run(function* () {
    const task = createTask(throwing(wrong));
    yield* turns(4);
    assertEquals([task.cancel(), task.cancelled(), task.cancelling()], [false, false, 0]);
    assertStrictEquals(task.exception(), wrong);
  }, hearing(heard));
  assertEquals(heard, []);
});

onBothCores("a failed task is reported in its own context, outside any task", async ({ run }) => {
  const heard: Heard[] = [];
  await run(function* () {
    who.set("main's");
    createTask(throwing(wrong), { name: "broken" });
    yield* turns(4);
    assertEquals(who.get(), "main's");
  }, hearing(heard));
  assertEquals(heard.length, 1);
  const [{ message, exception, task, future, handle, loopRuns }] = heard;
  assert(message.includes("broken"), message);
  assertStrictEquals(exception, wrong);
  assert(task instanceof Task && task.name === "broken");
  assertEquals([future, handle, loopRuns], [undefined, undefined, true]);
  assertEquals([heard[0].who, heard[0].running], ["the failed task's", null]);
});

onBothCores(
  "so is one that was given a context, or has been asked for its own",
  async ({ run }) => {
    const heard: Heard[] = [];
    const context = copyContext();
    context.run(() => who.set("given"));
    await run(function* () {
      createTask(function* () {
        yield;
        throw wrong;
      }, { context });
      const asked = createTask(throwing(wrong));
      void asked.context;
      yield* turns(4);
    }, hearing(heard));
    assertEquals(heard.map((each) => each.who).sort(), ["given", "the failed task's"]);
  },
);

onBothCores(
  "exceptions in callbacks, and in clean-up, are reported in their contexts",
  async ({ run }) => {
    const heard: Heard[] = [];
    await run(function* () {
      copyContext().run(() => {
        who.set("the callback's");
        getRunningLoop().callSoon(() => {
          throw wrong;
        });
      });
      createTask(function* () {
        who.set("the leftover's");
        try {
          yield* sleep("1h");
        } catch {
          throw wrong;
        }
      });
      yield* turns(3);
    }, hearing(heard));
    assertEquals(heard.map(({ who, running }) => [who, running]), [
      ["the callback's", null],
      ["the leftover's", null],
    ]);
  },
);

onBothCores(
  "failures are reported when the loop closes, each once, in their order",
  async ({ core }) => {
    const heard: Heard[] = [];
    const runner = new Runner({ core, ...hearing(heard) });
    await runner.run(function* () {
      for (let i = 0; i < 5; i++) createTask(throwing(i), { name: `failed ${i}` });
      const future = new Future<void>();
      future.setException(5);
      yield* turns(4);
    });
    await runner.run(sleep(10));
    assertEquals(heard, []);
    await runner.close();
    await runner.close();
    assertEquals(heard.map(({ exception }) => exception).sort(), [0, 1, 2, 3, 4, 5]);
    assert(heard.every((each) => !each.loop.isRunning()));
  },
);

onBothCores(
  "who comes after the report still gets the error, and it isn't repeated",
  async ({ core }) => {
    const heard: Heard[] = [];
    const runner = new Runner({ core, ...hearing(heard) });
    const [task] = await runner.run(function* () {
      const task = createTask(throwing(wrong));
      yield* turns(4);
      return [task];
    });
    await runner.close();
    assertEquals(heard.length, 1);
    assertStrictEquals(task.exception(), wrong);
    assertEquals(task.cancel(), false);
    assertStrictEquals(await task.catch((error) => error), wrong);
    assertEquals(heard.length, 1);
  },
);

onBothCores(
  "a handler that fails, looks, or makes failures of its own ends the closing",
  async ({ run }) => {
    const exceptions: unknown[] = [];
    await printed("error", () =>
      run(function* () {
        for (let i = 0; i < 3; i++) createTask(throwing(i));
        yield* turns(4);
      }, {
        clock: new VirtualClock(),
        exceptionHandler({ exception, task, loop }) {
          exceptions.push(exception);
          task?.exception();
          if (exceptions.length < 100) new Future({ loop }).setException("made by the handler");
          throw new TypeError("the handler's");
        },
      }));
    assert(exceptions.length >= 3 && exceptions.length <= 100, `${exceptions.length}`);
    assertEquals(exceptions.slice(0, 3), [0, 1, 2]);
  },
);

onBothCores(
  "a million failures that are looked at at once leave nothing behind",
  async ({ run }) => {
    const heard: Heard[] = [];
    await run(function* () {
      for (let i = 0; i < 1e5; i++) {
        const future = new Future<void>();
        future.setException(wrong);
        future.exception();
      }
      yield* turns(2);
    }, hearing(heard));
    assertEquals(heard, []);
  },
);

test("a task that fails with its own cancellation is not reported", function* () {
  const task = createTask(sleep("1h"));
  yield* turns(2);
  task.cancel();
  yield* wait([task]);
  assert(task.cancelled());
});

/** Runs a program in a process of its own that can collect its garbage, with the host's clock. */
async function collecting(source: string): Promise<string[]> {
  const { code, out, err } = await program(
    `
    const { run, createTask, sleep, until, Future, ContextVar, getRunningLoop, Runner } = asyncio;
    const who = new ContextVar("who");
    const started = performance.now();
    const heard = (context) => console.log(JSON.stringify({
      message: context.message,
      exception: String(context.exception),
      task: context.task?.name ?? null,
      who: who.get("nobody"),
      after: performance.now() - started,
    }));
    function* throwing(error) { who.set("the failed task's"); yield; throw error; }
    const pause = (ms) => until(new Promise((resolve) => setTimeout(resolve, ms)));
    ${source}
  `,
    ["--v8-flags=--expose-gc"],
  );
  assertEquals(code, 0, err);
  assertEquals(err, "");
  return out.trim().split("\n").filter((line) => line !== "");
}

interface Line {
  message: string;
  exception: string;
  task: string | null;
  who: string;
  after: number;
}

for (const core of ["wasm", "js"]) {
  Deno.test(`a failed task is not kept alive, and reported when it is garbage (${core})`, async () => {
    const lines = await collecting(`
      await run(function* () {
        createTask(throwing(new RangeError("wrong")), { name: "broken" });
        new Future().setException(new RangeError("a future's"));
        yield* pause(5);
        for (let i = 0; i < 50 ; i++) {
          gc();
          yield* pause(2);
        }
        console.log("closing");
      }, { core: "${core}", exceptionHandler: heard });
    `);
    assertEquals(lines.length, 3, lines.join("\n"));
    assertEquals(lines[2], "closing");
    const [broken, future] = lines.slice(0, 2).map((line) => JSON.parse(line) as Line)
      .toSorted((a, b) => a.message < b.message ? 1 : -1);
    assertEquals([broken.exception, broken.task, broken.who], [
      "RangeError: wrong",
      null,
      "the failed task's",
    ]);
    assert(broken.message.includes("broken"), broken.message);
    assertEquals(future.exception, "RangeError: a future's");
    assert(broken.after < 900, "a second has passed");
  });
}

Deno.test("a failed task that is kept is reported after a second, once, while the loop runs", async () => {
  const lines = await collecting(`
    const kept = [];
    await run(function* () {
      const silent = createTask(throwing(new RangeError("looked at")));
      kept.push(createTask(throwing(new RangeError("wrong")), { name: "broken" }));
      yield* pause(5);
      silent.exception();
      yield* pause(1100);
      console.log("closing");
      // Who comes later still gets it.
      try { yield* kept[0]; } catch (error) { console.log(String(error)); }
    }, { exceptionHandler: heard });
  `);
  assertEquals(lines.length, 3, lines.join("\n"));
  const broken = JSON.parse(lines[0]) as Line;
  assertEquals([broken.exception, broken.task, broken.who], [
    "RangeError: wrong",
    "broken",
    "the failed task's",
  ]);
  assert(broken.after >= 950, `${broken.after}`);
  assertEquals(lines.slice(1), ["closing", "RangeError: wrong"]);
});

Deno.test("a loop that waits for the report of a failure keeps no process alive", async () => {
  const lines = await collecting(`
    const runner = new Runner({ exceptionHandler: heard });
    globalThis.kept = await runner.run(function* () {
      const task = createTask(throwing(new RangeError("wrong")));
      yield* sleep(1);
      return [task];
    });
    addEventListener("unload", () => console.log(performance.now() - started < 900));
  `);
  assertEquals(lines, ["true"]);
});

Deno.test("on the default loop a failure is reported in the host's next turn", async () => {
  const lines = await collecting(`
    const loop = createTask(sleep(0)).loop;
    loop.setExceptionHandler(heard);
    globalThis.kept = createTask(throwing(new RangeError("wrong")), { name: "broken" });
    const looked = createTask(throwing(new RangeError("looked at")));
    looked.catch(() => {});
    while (!kept.done()) await sleep(0);
    await new Promise((resolve) => setTimeout(resolve, 20));
    console.log("later");
  `);
  assertEquals(lines.length, 2, lines.join("\n"));
  const broken = JSON.parse(lines[0]) as Line;
  assertEquals([broken.exception, broken.task, broken.who, lines[1]], [
    "RangeError: wrong",
    "broken",
    "the failed task's",
    "later",
  ]);
});

Deno.test("a failure on the default loop is reported before the process ends by itself", async () => {
  const lines = await collecting(`
    const task = createTask(throwing(new RangeError("wrong")));
    task.loop.setExceptionHandler(heard);
  `);
  assertEquals(lines.length, 1, lines.join("\n"));
});

Deno.test("failures by the ten thousand are heard while a server goes on, and kept by nobody", async () => {
  const lines = await collecting(`
    let count = 0;
    const used = () => { gc(); return Deno.memoryUsage().heapUsed; };
    await run(function* () {
      yield* pause(1);
      const before = used();
      for (let wave = 0; wave < 10; wave++) {
        for (let i = 0; i < 1000; i++) createTask(throwing(i));
        yield* pause(1);
        gc();
        yield* pause(1);
      }
      for (let i = 0; i < 20 && count < 10_000; i++) { gc(); yield* pause(5); }
      console.log(count > 9000, (used() - before) / 10_000 < 60);
    }, { exceptionHandler: () => count++ });
    console.log(count);
  `);
  assertEquals(lines, ["true true", "10000"]);
});

onBothCores("each loop reports its own failures", async ({ run }) => {
  const heard: [string, EventLoop][] = [];
  await Promise.all(["a", "b", "c"].map((name) =>
    run(function* () {
      createTask(throwing(name));
      yield* turns(4);
    }, {
      exceptionHandler: ({ exception, loop }) => heard.push([exception as string, loop]),
    })
  ));
  assertEquals(heard.map(([name]) => name).sort(), ["a", "b", "c"]);
  assertEquals(new Set(heard.map(([, loop]) => loop)).size, 3);
});
