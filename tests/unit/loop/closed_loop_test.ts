/**
 * A closed loop takes nothing more: what would never happen is refused, or says that it didn't.
 *
 * @module
 */

import { assert, assertEquals, assertFalse, assertRejects, assertThrows } from "@std/assert";
import {
  asCompleted,
  CancelledError,
  type Coroutine,
  createTask,
  type EventLoop,
  type Executor,
  Future,
  gather,
  getRunningLoop,
  InvalidStateError,
  type Operation,
  run,
  Runner,
  shield,
  sleep,
  type Task,
  taskGroup,
  timeout,
  until,
  wait,
  waitFor,
} from "../../../mod.ts";
import { VirtualClock } from "../../../testing.ts";
import { failure, onBothCores, type OnCore, test, turns } from "../support.ts";

/** What is left of a loop that a program has closed under its tasks. */
interface Left {
  loop: EventLoop;
  /** Futures that are pending, and one of each end. */
  pending: Future<string>;
  fulfilled: Future<string>;
  failed: Future<string>;
  /** A task that waits, and one that was made and never began. */
  waiting: Task<void>;
  unstarted: Task<void>;
  /** What was made on the loop and never awaited. */
  operation: Operation<void>;
  log: string[];
}

async function leftOf({ core }: OnCore): Promise<Left> {
  const runner = new Runner({ core, clock: new VirtualClock() });
  const { loop } = runner;
  const log: string[] = [];
  const left = await runner.run(function* () {
    const [pending, fulfilled, failed] = [1, 2, 3].map(() => new Future<string>());
    fulfilled.setResult("there");
    failed.setException(new RangeError("wrong"));
    failed.exception();
    const waiting = createTask(function* () {
      try {
        yield* sleep("1h");
      } finally {
        log.push("unwound");
      }
    });
    yield* turns(2);
    return { pending, fulfilled, failed, waiting, operation: sleep(5) };
  });
  const unstarted = loop.createTask(function* () {
    log.push("started");
    yield* sleep(0);
  });
  loop.close();
  return { ...left, loop, unstarted, log };
}

const clocked = (): { clock: VirtualClock } => ({ clock: new VirtualClock() });

onBothCores("runInExecutor() on a closed loop starts no work", async (on) => {
  const { loop } = await leftOf(on);
  let started = 0;
  const executor: Executor = {
    submit: () => {
      started++;
      return new Promise(() => {});
    },
  };
  assertThrows(() => loop.runInExecutor(executor, () => {}), InvalidStateError, "closed");
  assertEquals(started, 0);
});

onBothCores("a closed loop takes no callback, no timer and no task", async (on) => {
  const { loop } = await leftOf(on);
  let calls = 0;
  const call = () => void calls++;
  function* body(): Coroutine<void> {
    call();
    yield* sleep(0);
  }
  const coroutine = body();
  const operation = sleep(1);
  for (
    const use of [
      () => loop.callSoon(call),
      () => loop.callLater(1, call),
      () => loop.callAt(1, call),
      () => loop.createTask(coroutine),
      () => loop.createTask(body),
      () => loop.createTask(operation),
      () => loop.createTask(Promise.resolve()),
      () => loop.createTask(coroutine, { name: "named", eager: true }),
    ]
  ) assertThrows(use, InvalidStateError, "closed");
  assertEquals(calls, 0);
  // What was refused was not taken.
  await on.run(function* () {
    yield* coroutine;
    yield* operation;
  }, clocked());
  assertEquals(calls, 1);
});

onBothCores("cancel() of a task whose loop is closed is false, and changes nothing", async (on) => {
  const { waiting, unstarted, log } = await leftOf(on);
  for (const task of [waiting, unstarted]) {
    const { signal } = task;
    assertFalse(task.cancel("too late"));
    assertEquals([task.done(), task.cancelling(), signal.aborted], [false, 0, false]);
    assert(String(task) !== "");
    task.getStack();
  }
  assertEquals(log, []);
});

onBothCores("cancel() goes past a task whose loop is closed to none of its own", async (on) => {
  const { waiting } = await leftOf(on);
  await on.run(function* () {
    const task = createTask(until(Promise.resolve(waiting)));
    yield* turns(3);
    task.cancel();
    yield* failure(CancelledError, task);
    assertFalse(waiting.done());
  }, clocked());
});

onBothCores("run() refuses what waits for a closed loop, and gives what is done", async (on) => {
  const { pending, fulfilled, failed, waiting, unstarted, operation } = await leftOf(on);
  for (const aw of [pending, waiting, unstarted, operation]) {
    await assertRejects(() => on.run(() => aw as Future<unknown>), InvalidStateError, "closed");
    await assertRejects(() => on.run(aw as Future<unknown>), InvalidStateError, "closed");
    const runner = new Runner({ core: on.core });
    await assertRejects(() => runner.run(() => aw as Future<unknown>), InvalidStateError, "closed");
    assertEquals(await runner.run(sleep(0, "goes on")), "goes on");
    await runner.close();
  }
  assertEquals(await on.run(() => fulfilled), "there");
  await assertRejects(() => on.run(() => failed), RangeError, "wrong");
});

/** All that can be given to a coroutine to wait for. */
const waits: Record<string, (aw: Future<unknown>) => Iterable<unknown, unknown, unknown>> = {
  "yield*": (aw) => aw,
  "until()": (aw) => until(aw),
  "waitFor()": (aw) => waitFor(aw, 10),
  "waitFor() without time": (aw) => waitFor(aw, 0),
  "timeout()": (aw) => timeout(10, () => aw),
  "gather()": (aw) => gather(aw),
  "shield()": (aw) => shield(aw),
  "wait()": (aw) => wait([aw]),
  "asCompleted()": (aw) => asCompleted([aw]).next().value!,
  "a task": (aw) => createTask(aw),
  "a task group's task": (aw) => taskGroup((group) => group.createTask(aw)),
};

for (const [name, make] of Object.entries(waits)) {
  onBothCores(`waiting by ${name} for a future of a closed loop fails at once`, async (on) => {
    for (const which of ["pending", "waiting", "unstarted"] as const) {
      const left = await leftOf(on);
      await on.run(function* () {
        const attempt = createTask(function* () {
          return yield* make(left[which] as Future<unknown>);
        });
        yield* wait([attempt], { timeout: 5 });
        assert(attempt.done(), which);
        const error = attempt.exception();
        const first = error instanceof AggregateError ? error.errors[0] : error;
        assert(first instanceof InvalidStateError || first instanceof RangeError, String(error));
      }, clocked());
      assertFalse(left[which].done(), which);
    }
  });
}

onBothCores(
  "a future of a closed loop may be settled unless that had to call somebody",
  async (on) => {
    const { pending, fulfilled, waiting, loop } = await leftOf(on);
    const call = () => {};
    assertThrows(() => fulfilled.addDoneCallback(call), InvalidStateError, "closed");
    waiting.addDoneCallback(call);
    assertEquals(waiting.removeDoneCallback(call), 1);
    pending.addDoneCallback(call);
    assertThrows(() => pending.setResult("late"), InvalidStateError, "closed");
    assertFalse(pending.done());
    pending.removeDoneCallback(call);
    pending.setResult("late");
    assertEquals(pending.result(), "late");
    assert(new Future({ loop }).cancel());
    assertEquals(await pending, "late");
  },
);

onBothCores("handles of a closed loop may be cancelled", async (on) => {
  const runner = new Runner({ core: on.core, clock: new VirtualClock() });
  const handles = await runner.run(function* () {
    yield;
    const loop = getRunningLoop();
    return [loop.callLater("1h", () => {}), loop.callAt(1e300, () => {})];
  });
  const soon = runner.loop.callSoon(() => {});
  runner.loop.close();
  for (const handle of [...handles, soon]) {
    handle.cancel();
    handle.cancel();
    assert(handle.cancelled());
  }
  assert(handles[0].when() > 0);
});

onBothCores(
  "closing a loop again does nothing; closing one that runs is refused",
  async ({ run }) => {
    let loop: EventLoop;
    await run(function* () {
      loop = getRunningLoop();
      assertThrows(() => loop.close(), InvalidStateError, "running");
      yield* sleep(0);
      assertThrows(() => loop.close(), InvalidStateError, "running");
    });
    assert(loop!.isClosed());
    loop!.close();
    assertFalse(loop!.isRunning());
  },
);

onBothCores(
  "a runner whose loop was closed by hand says so, and may be closed",
  async ({ core }) => {
    const runner = new Runner({ core });
    runner.loop.close();
    await assertRejects(() => runner.run(sleep(0)), InvalidStateError, "closed");
    await runner.close();
    await runner.close();
  },
);

onBothCores("a promise that settles for a closed loop's task wakes nobody", async (on) => {
  const runner = new Runner({ core: on.core, clock: new VirtualClock() });
  const { promise, resolve } = Promise.withResolvers<void>();
  let woken = 0;
  await runner.run(function* () {
    for (const wait of [() => until(promise), () => shield(promise), () => gather(promise)]) {
      createTask(function* () {
        yield* wait();
        woken++;
      });
    }
    yield* turns(3);
  });
  runner.loop.close();
  await on.run(function* () {
    resolve();
    yield* until(promise);
    yield* turns(5);
  });
  assertEquals(woken, 0);
});

test("a loop that is closed while another runs leaves that one's tasks alone", function* () {
  const runner = new Runner({ clock: new VirtualClock() });
  const { loop } = runner;
  const inner = loop.createTask(sleep("1h"));
  const mine = createTask(sleep(5, "slept"));
  loop.close();
  assertFalse(inner.cancel());
  assertEquals(yield* mine, "slept");
  assertEquals(getRunningLoop().isClosed(), false);
});

Deno.test("run() of a future of a loop that is closed meanwhile does not hang", async () => {
  const runner = new Runner({ clock: new VirtualClock() });
  const pending = new Future<void>({ loop: runner.loop });
  const waiting = run(() => pending, { clock: new VirtualClock() });
  runner.loop.close();
  pending.setResult();
  await waiting;
});

onBothCores("what an executor gives after its loop was closed is not lost", async ({ core }) => {
  for (const fails of [false, true]) {
    const work = Promise.withResolvers<string>();
    const runner = new Runner({ core, exceptionHandler() {} });
    const future = runner.loop.runInExecutor({ submit: () => work.promise as never }, () => {});
    await runner.close();
    if (fails) work.reject(new RangeError("late"));
    else work.resolve("late");
    await work.promise.catch(() => {});
    await Promise.resolve();
    assert(future.done());
    assertEquals(await future.then(String, String), fails ? "RangeError: late" : "late");
  }
});
