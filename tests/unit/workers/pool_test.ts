/**
 * `WorkerPool`: modules, names, sizes, and its end.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import {
  CancelledError,
  createTask,
  type Executor,
  Future,
  gather,
  getRunningLoop,
  InvalidStateError,
  run,
  sleep,
} from "../../../mod.ts";
import { toThread, WorkerError, WorkerPool } from "../../../workers.ts";
import { failure, ioTest, program, turns } from "../support.ts";
import { JOBS, reaches, sharedFlags } from "./support.ts";

type Module = typeof import("./jobs.ts");

ioTest("a pool calls what its module exports, by name", function* () {
  const pool = new WorkerPool<Module>(JOBS, { size: 1 });
  assertEquals(yield* pool.run("add", 1, 2), 3);
  assertEquals(yield* pool.run("doubled", 4), 8);
  assertEquals(yield* pool.run("later", "text"), "text");
  const error = yield* failure(RangeError, pool.run("fail", "out of range"));
  assertEquals(error.message, "out of range");
});

ioTest("a pool of a module takes functions, too", function* () {
  const pool = new WorkerPool<Module>(JOBS.href, { size: 1 });
  assertEquals(yield* pool.run((a: string) => a.length, "four"), 4);
});

ioTest("submit() gives a future that is under way", function* () {
  const pool = new WorkerPool<Module>(JOBS, { size: 1 });
  const flags = sharedFlags();
  const future = pool.submit((flags: Int32Array) => Atomics.add(flags, 0, 1), flags);
  assert(future instanceof Future);
  yield* reaches(flags, 0);
  assertEquals(yield* future, 0);
});

ioTest("an operation that nobody awaits runs nothing", function* () {
  const pool = new WorkerPool<Module>(JOBS, { size: 1 });
  void pool.run("count");
  yield* turns(3);
  assertEquals(yield* pool.run("count"), 1);
});

ioTest("a pool keeps its threads, and has no more than its size", function* () {
  const pool = new WorkerPool<Module>(JOBS, { size: 2 });
  assertEquals(yield* pool.run("count"), 1);
  assertEquals(yield* pool.run("count"), 2); // The same thread: one that has nothing to do comes first.
  const nap = () => new Promise<void>((resolve) => setTimeout(resolve, 5));
  yield* gather(Array.from({ length: 6 }, () => pool.run(nap)));
  assertStringIncludes(String(pool), 'WorkerPool "pool" 0 of 2 threads busy, 0 waiting');
});

ioTest("jobs of one pool run at the same time", function* () {
  const pool = new WorkerPool(null, { size: 2 });
  const meet = (flags: Int32Array) => {
    Atomics.add(flags, 0, 1);
    Atomics.notify(flags, 0);
    while (Atomics.load(flags, 0) < 2) Atomics.wait(flags, 0, 1, 10_000);
  };
  const flags = sharedFlags();
  yield* gather(pool.run(meet, flags), pool.run(meet, flags));
});

ioTest("what the module doesn't export, or is no function, can't be called", function* () {
  const pool = new WorkerPool(JOBS, { size: 1 });
  for (const name of ["subtract", "version", "toString", "constructor", "__proto__"]) {
    const error = yield* failure(TypeError, pool.run(name));
    assertEquals(error.message, `The module exports no function ${JSON.stringify(name)}`);
  }
  assertEquals(yield* pool.run("add", 1, 2), 3);
});

ioTest("a module that can't be loaded fails each job, and the pool isn't stuck", function* () {
  const folder = Deno.makeTempDirSync();
  try {
    const url = new URL(`file://${folder}/late.ts`);
    const pool = new WorkerPool(url, { size: 1 });
    for (let round = 0; round < 2; round++) {
      const results = yield* gather([1, 2, 3].map((n) => pool.run("id", n)), {
        returnExceptions: true,
      });
      for (const error of results) {
        assert(error instanceof TypeError, String(error));
        assertStringIncludes(String(error), "late.ts");
      }
    }
    Deno.writeTextFileSync(url, "export const id = (n) => n;");
    assertEquals(yield* pool.run("id", 7), 7);
    yield* pool.shutdown();
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

ioTest("what a module throws while it is loaded is its jobs' error", function* () {
  const source = `throw new RangeError("not today");`;
  const pool = new WorkerPool(`data:text/javascript,${encodeURIComponent(source)}`);
  assertEquals((yield* failure(RangeError, pool.run("f"))).message, "not today");
});

Deno.test("a pool refuses wrong options and modules at the call", () => {
  const wrong: [unknown, unknown, typeof Error, string][] = [
    ["./jobs.ts", {}, RangeError, 'write new URL("./jobs.ts", import.meta.url)'],
    ["jobs.ts", {}, RangeError, "module must be an absolute URL"],
    [5, {}, TypeError, "module must be the URL of a module, got 5"],
    [null, { size: 0 }, RangeError, "size must be a whole number from 1 on, got 0"],
    [null, { size: 1.5 }, RangeError, "size"],
    [null, { size: "2" }, TypeError, "size must be a number"],
    [null, { onCancel: "kill" }, RangeError, 'onCancel must be "terminate" or "abandon"'],
    [null, { name: 5 }, TypeError, "name must be a string"],
    [null, 5, TypeError, "options must be an object"],
  ];
  for (const [module, options, kind, message] of wrong) {
    assertThrows(() => new WorkerPool(module as string, options as object), kind, message);
  }
  const pool = new WorkerPool();
  assertThrows(() => pool.shutdown({ cancel: "no" as never }), TypeError, "cancel must be");
});

ioTest("shutdown() waits for running and queued jobs, and then takes no more", function* () {
  const pool = new WorkerPool<Module>(JOBS, { size: 1 });
  const futures = Array.from({ length: 20 }, () => pool.submit("count"));
  const end = createTask(pool.shutdown());
  yield* turns(1);
  assertThrows(() => pool.submit("count"), InvalidStateError, "The pool was shut down");
  assertThrows(() => pool.run("count"), InvalidStateError, "The pool was shut down");
  yield* end;
  assertEquals(futures.map((future) => future.result()), futures.map((_, i) => i + 1));
  assertEquals(String(pool), 'WorkerPool "pool" ended');
  yield* pool.shutdown();
});

ioTest("shutdown() may be left, and ends the pool all the same", function* () {
  const pool = new WorkerPool<Module>(JOBS, { size: 1 });
  const future = pool.submit("add", 1, 2);
  const end = createTask(pool.shutdown());
  yield* turns(1);
  end.cancel();
  assertEquals(yield* future, 3);
  yield* turns(2);
  assertEquals(String(pool), 'WorkerPool "pool" ended');
});

ioTest("shutdown({ cancel: true }) cancels running and queued jobs", function* () {
  const pool = new WorkerPool<Module>(JOBS, { size: 1 });
  const flags = sharedFlags();
  const running = pool.submit("spin", flags);
  const queued = pool.submit("add", 1, 2);
  const waiting = createTask(pool.run("add", 1, 2));
  yield* reaches(flags, 0);
  yield* pool.shutdown({ cancel: true });
  assertEquals([running.cancelled(), queued.cancelled()], [true, true]);
  yield* failure(CancelledError, waiting);
  yield* reaches(flags, 1); // It was told to stop, and had the time to.
});

ioTest("a pool that was never used can be shut down", function* () {
  const pool = new WorkerPool();
  yield* pool.shutdown();
  assertThrows(() => pool.submit(() => 1), InvalidStateError, "The pool was shut down");
});

ioTest("shutdown() doesn't wait for a module when no jobs are left", function* () {
  for (const cancel of [false, true]) {
    const pool = new WorkerPool("data:text/javascript,await new Promise(() => {})", { size: 1 });
    const job = pool.submit("never");
    yield* sleep(20);
    job.cancel();
    yield* pool.shutdown({ cancel });
  }
});

Deno.test("await using waits for the jobs of a pool", async () => {
  let future;
  {
    await using pool = new WorkerPool<Module>(JOBS, { size: 1 });
    future = pool.submit("add", 1, 2);
  }
  assertEquals(future.result(), 3);
});

Deno.test("a pool ends with its loop, and belongs to no other", async () => {
  const pool = new WorkerPool<Module>(JOBS, { size: 1 });
  await run(function* () {
    assertEquals(yield* pool.run("add", 1, 2), 3);
    const elsewhere = run(function* () {
      yield;
      pool.submit("add", 1, 2);
    });
    const error = yield* failure(InvalidStateError, createTask(elsewhere));
    assertStringIncludes(error.message, "belongs to another event loop");
  });
  assertThrows(() => pool.submit("add", 1, 2), InvalidStateError, "ended, together with its");
});

Deno.test("pools that a program leaves open don't keep its process from ending", async () => {
  const { code, out, err } = await program(`
    import { WorkerPool, toThread } from ${
    JSON.stringify(import.meta.resolve("../../../workers.ts"))
  };
    await asyncio.run(function* () {
      const pool = new WorkerPool();
      console.log(yield* pool.run(() => 1));
      pool.submit(() => new Promise(() => {})); // a job that waits for ever
      pool.submit(() => { while (!cancelled()); }); // one that computes, and heeds the end
      yield* asyncio.sleep(50);
      console.log(yield* toThread(() => 2));
    });
    console.log("over");
  `);
  assertEquals({ code, out, err }, { code: 0, out: "1\n2\nover\n", err: "" });
});

ioTest("runInExecutor() takes a pool, a function or a name", function* () {
  const loop = getRunningLoop();
  const pool = new WorkerPool<Module>(JOBS, { size: 1 });
  assertEquals(yield* loop.runInExecutor(pool, (a: number) => a + 1, 1), 2);
  assertEquals(yield* loop.runInExecutor<number>(pool, "add", 1, 2), 3);
});

ioTest("cancelling what runInExecutor() has returned reaches the pool", function* () {
  const pool = new WorkerPool<Module>(JOBS, { size: 1 });
  const flags = sharedFlags();
  const future = getRunningLoop().runInExecutor(pool, "spin", flags);
  yield* reaches(flags, 0);
  assert(future.cancel());
  yield* reaches(flags, 1);
});

ioTest("runInExecutor() gives the executor's own future, if it is of this loop", function* () {
  const loop = getRunningLoop();
  const own = loop.createFuture<never>();
  const executor: Executor = { submit: () => own };
  assert(loop.runInExecutor(executor, () => {}) === own as unknown);
  own.cancel();
  const other = new Future<string>({ loop: yield* otherLoop() });
  const future = loop.runInExecutor({ submit: () => other as never }, () => {});
  assert(future !== other as unknown && future.loop === loop);
  future.cancel();
  assertThrows(
    () => loop.runInExecutor(null as never, () => {}),
    TypeError,
    "executor must have a submit method, got null: toThread()",
  );
});

function* otherLoop() {
  return yield* createTask(run(function* () {
    yield* sleep(0);
    return getRunningLoop();
  }));
}

ioTest("a thread that dies fails its own job only, and is replaced", function* () {
  const pool = new WorkerPool<Module>(JOBS, { size: 1 });
  const dies = () => {
    setTimeout(() => {
      throw new RangeError("nobody catches this");
    });
    return new Promise<void>(() => {});
  };
  const rejects = () => {
    Promise.reject(new TypeError("nor this"));
    return new Promise<void>(() => {});
  };
  for (const [fn, message] of [[dies, "nobody catches this"], [rejects, "nor this"]] as const) {
    const victim = pool.submit(fn);
    const others = [pool.submit("add", 1, 2), pool.submit("count")];
    const error = yield* failure(WorkerError, victim);
    assertEquals(error.message, `The thread has died: ${message}`);
    assert(error.cause instanceof Error && error.cause.message === message);
    assertEquals(yield* gather(others), [3, 1]); // the count of a new thread
  }
});

Deno.test("a thread that dies without a job is reported, and replaced", async () => {
  const reports: unknown[] = [];
  await run(function* () {
    const pool = new WorkerPool(null, { size: 1, name: "test" });
    yield* pool.run(() => {
      setTimeout(() => {
        throw new RangeError("late");
      }, 20);
    });
    while (reports.length === 0) yield* sleep(5);
    assertEquals(yield* pool.run(() => 5), 5);
  }, {
    exceptionHandler: ({ message, exception }) => void reports.push(`${message}: ${exception}`),
  });
  assertEquals(reports, ['A thread of the pool "test" has died: RangeError: late']);
});

ioTest("two pools and toThread() don't mind one another", function* () {
  const [one, two] = [new WorkerPool<Module>(JOBS), new WorkerPool<Module>(JOBS)];
  const results = yield* gather(
    one.run("add", 1, 2),
    two.run("add", 3, 4),
    toThread((a: number, b: number) => a + b, 5, 6),
  );
  assertEquals(results, [3, 7, 11]);
});
