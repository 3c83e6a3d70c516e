// The end of a loop, and what this library does better than asyncio on purpose.

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  createTask,
  DeadlockError,
  Event,
  type ExceptionContext,
  gather,
  getRunningLoop,
  iterate,
  sleep,
  type Task,
} from "../../mod.ts";
import { behaviour, behaviourOfRun } from "./both_cores.ts";

behaviourOfRun("run() cancels what is left, awaits it, and reports what failed", async (run) => {
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
  }, { exceptionHandler: ({ exception }) => log.push((exception as Error).message) });

  assertEquals(result, "result");
  assertEquals(log, ["cleaned up", "cleanup failed"]);
  assert(left[0].cancelled() && left[1].exception() instanceof RangeError);
});

behaviourOfRun("run() closes the async generators that the loop was iterating", async (run) => {
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
  });
  assertEquals(log, ["item", "closed"]);
});

behaviourOfRun("a failed task that nobody waited for is reported once", async (run) => {
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
  }, { exceptionHandler: (context) => reports.push(context) });

  assertEquals(reports.map(({ exception }) => (exception as Error).message), ["lost"]);
  assert(reports[0].task === lost);
});

behaviour("a sleep below a millisecond ends at its deadline", function* () {
  const loop = getRunningLoop();
  for (const delay of [0.1, 0.001, 0.75, 1.0005]) {
    const start = loop.time();
    yield* sleep(delay);
    const late = loop.time() - (start + delay);
    assert(late >= 0 && late <= 0.002, `sleep(${delay}) ended ${late} ms late`);
  }
});

behaviourOfRun("tasks that all wait for each other are told so, by name", async (run) => {
  const error = await assertRejects(() =>
    run(function* () {
      const event = new Event();
      createTask(event.wait(), { name: "philosopher" });
      yield* event.wait();
    }), DeadlockError);
  assertStringIncludes(error.message, "philosopher");
});
