// gather(), waitFor() and wait(): who is cancelled, who waits for whom, who gets which error.

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  CancelledError,
  createTask,
  currentTask,
  gather,
  getRunningLoop,
  sleep,
  TimeoutError,
  wait,
  waitFor,
} from "../../mod.ts";
import { failure } from "../unit/support.ts";
import { behaviour } from "./both_cores.ts";

function* forever() {
  yield* sleep("1h");
}

/** Cleans up for a while when it is cancelled, then lets the cancel pass. */
function* cleansUp(name: string, duration: number, log: string[]) {
  try {
    yield* forever();
  } finally {
    yield* sleep(duration);
    log.push(`${name} cleaned up`);
  }
}

/** Swallows its cancel and returns. */
function* stubborn() {
  yield* failure(CancelledError, sleep("1h"));
  return "stubborn";
}

behaviour("a child's cancel is not gather's cancel, and its siblings live on", function* () {
  const victim = createTask(forever());
  const sibling = createTask(sleep(10, "sibling"));
  const gathered = gather(victim, sibling);
  yield* sleep(1);
  victim.cancel();
  yield* failure(CancelledError, gathered);
  assert(!gathered.cancelled());
  assertEquals(sibling.cancelling(), 0);
  assertEquals(yield* sibling, "sibling");
});

behaviour("gather() runs an awaitable once that it is given twice", function* () {
  let runs = 0;
  function* counted() {
    yield* sleep(1);
    return ++runs;
  }
  const coroutine = counted();
  const operation = sleep(1, "slept");
  assertEquals(yield* gather(coroutine, operation, coroutine, operation), [1, "slept", 1, "slept"]);
});

behaviour("a cancelled gather() cancels all and resumes after the first child's end", function* () {
  const log: string[] = [];
  const task = createTask(function* () {
    try {
      yield* gather(cleansUp("quick", 10, log), cleansUp("slow", 30, log));
    } finally {
      log.push("resumed");
    }
  });
  yield* sleep(1);
  task.cancel();
  yield* failure(CancelledError, task);
  assertEquals(log, ["quick cleaned up", "resumed"]);
  yield* sleep(100);
  assertEquals(log, ["quick cleaned up", "resumed", "slow cleaned up"]);
});

behaviour(
  "with returnExceptions it resumes after all, and still with CancelledError",
  function* () {
    const log: string[] = [];
    const task = createTask(function* () {
      try {
        yield* gather([cleansUp("quick", 10, log), cleansUp("slow", 30, log)], {
          returnExceptions: true,
        });
      } finally {
        log.push("resumed");
      }
    });
    yield* sleep(1);
    task.cancel();
    yield* failure(CancelledError, task);
    assertEquals(log, ["quick cleaned up", "slow cleaned up", "resumed"]);
  },
);

behaviour("waitFor() waits for the inner task's cleanup before it throws", function* () {
  const log: string[] = [];
  const inner = createTask(cleansUp("inner", 50, log));
  yield* failure(TimeoutError, waitFor(inner, 10));
  assertEquals(log, ["inner cleaned up"]);
  assert(inner.cancelled());
});

behaviour("waitFor() returns the value of an inner that swallows the cancel", function* () {
  assertEquals(yield* waitFor(stubborn(), 10), "stubborn");
  assertEquals(yield* waitFor(createTask(stubborn()), 10), "stubborn");
  assertEquals(currentTask()!.cancelling(), 0);
});

behaviour("waitFor() with no time left never starts a coroutine", function* () {
  let started = false;
  // deno-lint-ignore require-yield -- it must not even begin
  function* body() {
    started = true;
  }
  for (const none of [0, -1] as const) yield* failure(TimeoutError, waitFor(body(), none));
  assert(!started);

  const done = createTask(sleep(0, "value"));
  yield* done;
  assertEquals(yield* waitFor(done, 0), "value");
});

behaviour("waitFor() runs a coroutine in the caller's task", function* () {
  // deno-lint-ignore require-yield -- it only looks around
  function* body() {
    return currentTask();
  }
  assertStrictEquals(yield* waitFor(body(), 10), currentTask());
});

behaviour("wait() cancels nothing, neither on timeout nor when it is cancelled", function* () {
  const tasks = [createTask(sleep(50)), createTask(sleep(60))];
  const { done, pending } = yield* wait(tasks, { timeout: 10 });
  assertEquals([done.size, pending.size], [0, 2]);

  const waiter = createTask(wait(tasks));
  yield* sleep(1);
  waiter.cancel();
  yield* failure(CancelledError, waiter);
  assertEquals(tasks.map((task) => task.cancelling()), [0, 0]);
  yield* gather(tasks);
});

behaviour("FIRST_EXCEPTION ignores cancellations", function* () {
  const cancelled = createTask(forever());
  const failing = createTask(function* () {
    yield* sleep(30);
    throw new RangeError("failed");
  });
  const slow = createTask(sleep(60));
  getRunningLoop().callLater(10, () => cancelled.cancel());

  const { done, pending } = yield* wait([cancelled, failing, slow], {
    returnWhen: "FIRST_EXCEPTION",
  });
  assertEquals([...done], [cancelled, failing]);
  assertEquals([...pending], [slow]);
  assert(failing.exception() instanceof RangeError);
  yield* slow;
});
