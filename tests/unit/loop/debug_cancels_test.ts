/**
 * Debug mode and cancels: those that somebody swallowed, and tasks that go on all the same.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  type ExceptionContext,
  gather,
  getRunningLoop,
  Lock,
  sleep,
  taskGroup,
  timeout,
  timeoutAt,
  TimeoutError,
  until,
  waitFor,
} from "../../../mod.ts";
import { VirtualClock } from "../../../testing.ts";
import { HostSeconds } from "../host_seconds.ts";
import { debugReports, failure, later, onBothCores, printed, turns } from "../support.ts";

const firstLines = (contexts: ExceptionContext[]) =>
  contexts.map(({ message }) => message.split("\n")[0]);

/** Goes on as if nothing had been. */
function* swallower<T>(result: T): Coroutine<T> {
  try {
    yield* sleep("1h");
  } catch { /* the mistake */ }
  return result;
}

const SWALLOWED = "swallowed a CancelledError and went on: throw it again, or call uncancel()";

const limits: [string, () => Iterable<unknown, unknown, unknown>][] = [
  ["waitFor()", () => waitFor(swallower("went on"), 5)],
  ["timeout()", () => timeout(5, () => swallower("went on"))],
  ["timeoutAt()", () => timeoutAt(getRunningLoop().time() + 5, () => swallower("went on"))],
];
for (const [name, limit] of limits) {
  onBothCores(`a cancel of ${name}'s that its body swallows is reported`, async ({ core }) => {
    let me: unknown;
    const found = await debugReports(core, function* main() {
      me = currentTask();
      currentTask()!.name = "main";
      assertEquals(yield* limit(), "went on");
    });
    assertEquals(firstLines(found), [`Task main ${SWALLOWED}`]);
    assertStrictEquals(found[0].task, me);
    assert(found[0].message.includes("it was thrown at\n    swallower"), found[0].message);
    assert(found[0].message.includes("debug_cancels_test.ts"), found[0].message);
  });
}

onBothCores("the task of waitFor()'s that swallows its cancel is the one", async ({ core }) => {
  const found = await debugReports(core, function* () {
    const task = createTask(swallower("went on"), { name: "inner" });
    assertEquals(yield* waitFor(task, 5), "went on");
  });
  assertEquals(firstLines(found).includes(`Task inner ${SWALLOWED}`), true);
  assertEquals(found.length, 1);
});

onBothCores("limits that are hit as they should be are no mistakes", async ({ core }) => {
  const found = await debugReports(core, function* () {
    yield* failure(TimeoutError, waitFor(sleep("1h"), 5));
    yield* failure(TimeoutError, timeout(5, () => sleep("1h")));
    yield* failure(TimeoutError, timeout(5, () => timeout("1h", () => sleep("1h"))));
    yield* failure(TimeoutError, waitFor(createTask(sleep("1h")), 5));
    yield* failure(
      TimeoutError,
      timeout(5, function* () {
        try {
          yield* sleep("1h");
        } finally {
          yield* sleep(1);
        }
      }),
    );
    yield* failure(
      RangeError,
      timeout(5, function* () {
        try {
          yield* sleep("1h");
        } catch {
          throw new RangeError("translated");
        }
      }),
    );
    assertEquals(yield* timeout(5, () => later(4, "in time")), "in time");
    yield* taskGroup(function* (group) {
      group.createTask(sleep("1h"));
      yield;
      group.cancel();
      yield* sleep("1h");
    });
  });
  assertEquals(found, []);
});

onBothCores("a cancel that is swallowed in clean-up at the end is reported", async ({ core }) => {
  const found = await debugReports(core, function* () {
    createTask(swallower(0), { name: "left behind" });
    yield;
  });
  assertEquals(firstLines(found), [`Task left behind ${SWALLOWED}`]);
});

onBothCores("each swallowed cancel is reported once", async ({ core }) => {
  const found = await debugReports(core, function* () {
    const tasks = ["a", "b"].map((name) => createTask(swallower(name), { name }));
    yield;
    for (const task of tasks) task.cancel();
    assertEquals(yield* gather(tasks), ["a", "b"]);
    yield* sleep("1h");
  });
  assertEquals(firstLines(found), [`Task a ${SWALLOWED}`, `Task b ${SWALLOWED}`]);
});

/** Refuses to end until it is told to. */
function* stubborn(gate: Lock): Coroutine<void> {
  for (;;) {
    try {
      yield* gate.acquire();
      return;
    } catch { /* stays */ }
  }
}

onBothCores("a task that runs a second after its cancel is reported, once", async ({ core }) => {
  using host = new HostSeconds();
  const found = await debugReports(core, function* () {
    const gate = new Lock();
    yield* gate.acquire();
    const task = createTask(stubborn(gate), { name: "stubborn" });
    yield;
    task.cancel();
    yield* turns(2);
    host.pass(900);
    assertEquals(host.timers, 1);
    host.pass(200);
    host.pass(5000);
    gate.release();
    yield* task;
  });
  const [still, swallowed] = found;
  assertEquals(found.length, 2);
  assertEquals(
    still.message.split("\n")[0],
    "Task stubborn still runs a second after it was cancelled",
  );
  assertEquals(still.task!.name, "stubborn");
  assertEquals("exception" in still, false);
  assert(/it waits at\n {4}stubborn /.test(still.message), still.message);
  assert(/it was made at\n {4}\S+.*debug_cancels_test\.ts/.test(still.message), still.message);
  assert(swallowed.message.startsWith(`Task stubborn ${SWALLOWED}`));
});

onBothCores("each of several has its own second", async ({ core }) => {
  using host = new HostSeconds();
  const counts: number[] = [];
  const reports = await debugReports(core, function* (contexts) {
    const gate = new Lock();
    yield* gate.acquire();
    const tasks = ["a", "b", "c"].map((name) => createTask(stubborn(gate), { name }));
    yield;
    for (const task of tasks) {
      task.cancel();
      yield;
      host.pass(600);
      counts.push(contexts.length);
    }
    host.pass(600);
    counts.push(contexts.length);
    host.pass(600);
    counts.push(contexts.length);
    for (const _ of tasks) {
      gate.release();
      yield* turns(2);
    }
  });
  assertEquals(counts, [0, 1, 2, 3, 3]);
  assertEquals(reports.slice(0, 3).map(({ task }) => task!.name), ["a", "b", "c"]);
});

onBothCores(
  "a task that has ended, or withdrew the cancel, within the second is not",
  async ({ core }) => {
    using host = new HostSeconds();
    const found = await debugReports(core, function* () {
      const ends = createTask(sleep("1h"));
      const withdraws = createTask(function* () {
        const error = yield* failure(CancelledError, sleep("1h"));
        assert(error);
        currentTask()!.uncancel();
        yield* sleep("1h");
      });
      yield;
      ends.cancel();
      withdraws.cancel();
      yield* turns(3);
      host.pass(1100);
      host.pass(1100);
      yield;
    });
    assertEquals(found, []);
  },
);

onBothCores("a long clean-up is reported with the place where it stands", async ({ core }) => {
  using host = new HostSeconds();
  const found = await debugReports(core, function* () {
    function* cleanUp(): Coroutine<void> {
      yield* until(new Promise((resolve) => setTimeout(resolve, 5)));
    }
    const task = createTask(function* work() {
      try {
        yield* sleep("1h");
      } finally {
        yield* cleanUp();
      }
    }, { name: "slow" });
    yield;
    task.cancel();
    yield* turns(2);
    host.pass(1100);
    yield* failure(CancelledError, task);
  });
  assertEquals(firstLines(found), ["Task slow still runs a second after it was cancelled"]);
  assert(/it waits at\n {4}cleanUp .*\n {4}work /.test(found[0].message), found[0].message);
});

onBothCores("a second that passes when the loop is closed is nobody's", async ({ core }) => {
  using host = new HostSeconds();
  const found = await debugReports(core, function* () {
    createTask(swallower(0));
    yield;
  });
  const before = found.length;
  host.pass(5000);
  assertEquals([found.length, host.timers], [before, 0]);
});

onBothCores("without debug mode no cancel is watched", async ({ run }) => {
  using host = new HostSeconds();
  const lines = await printed("warn", () =>
    run(function* () {
      const gate = new Lock();
      yield* gate.acquire();
      const task = createTask(stubborn(gate));
      yield;
      task.cancel();
      yield* turns(2);
      assertEquals(host.timers, 0);
      host.pass(2000);
      gate.release();
      yield* task;
      yield* waitFor(swallower(0), 1);
    }, { clock: new VirtualClock() }));
  assertEquals(lines, []);
});
