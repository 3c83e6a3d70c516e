// Cancellation: who gets it, when, and what is left of it afterwards.

import { assert, assertEquals } from "@std/assert";
import { CancelledError, createTask, currentTask, getRunningLoop, sleep } from "../../mod.ts";
import { failure } from "../unit/support.ts";
import { behaviour } from "./both_cores.ts";

behaviour("a task that is cancelled before its first step never runs its body", function* () {
  let ran = false;
  // deno-lint-ignore require-yield -- it must not even begin
  const task = createTask(function* () {
    ran = true;
  });
  assert(task.cancel());
  assert(!task.done());
  yield* failure(CancelledError, task);
  assert(!ran && task.cancelled());
});

behaviour("two cancels before delivery give one CancelledError and count as two", function* () {
  const messages: string[] = [];
  const task = createTask(function* () {
    try {
      yield* sleep("1h");
    } catch (error) {
      messages.push((error as CancelledError).message);
    }
    yield* sleep(0);
    return currentTask()!.cancelling();
  });
  yield* sleep(0);
  task.cancel("one");
  task.cancel("two");
  assertEquals(yield* task, 2);
  assertEquals(messages, ["one"]);
});

behaviour("a cancel between a future's result and the task's resume still cancels", function* () {
  const future = getRunningLoop().createFuture<string>();
  const task = createTask(function* () {
    return yield* future;
  });
  yield* sleep(0);
  future.setResult("value");
  assert(task.cancel("too late"));
  assertEquals((yield* failure(CancelledError, task)).message, "too late");
  assertEquals(future.result(), "value");
});

behaviour(
  "a cancel goes to the innermost wait; absorbed there, the outer sees nothing",
  function* () {
    const inner = createTask(function* () {
      try {
        yield* sleep("1h");
      } catch (error) {
        if (error instanceof CancelledError) return "absorbed";
        throw error;
      }
    });
    const outer = createTask(function* () {
      const result = yield* inner;
      yield* sleep(1);
      return result;
    });
    yield* sleep(1);
    outer.cancel();
    assertEquals(yield* outer, "absorbed");
    assertEquals([outer.cancelling(), inner.cancelling()], [1, 1]);
    assert(!outer.cancelled() && !inner.cancelled());
  },
);

behaviour("a task that cancels itself and returns is cancelled", function* () {
  // deno-lint-ignore require-yield -- it returns before it could suspend
  const task = createTask(function* () {
    currentTask()!.cancel();
    return "ignored";
  });
  yield* failure(CancelledError, task);
  assert(task.cancelled());
});

behaviour("a task that cancels itself and throws keeps its error", function* () {
  // deno-lint-ignore require-yield -- it throws before it could suspend
  const task = createTask(function* () {
    currentTask()!.cancel();
    throw new RangeError("wins");
  });
  assertEquals((yield* failure(RangeError, task)).message, "wins");
  assert(!task.cancelled());
});

behaviour("swallowing a cancel leaves cancelling() above zero until uncancel()", function* () {
  const task = createTask(function* () {
    const me = currentTask()!;
    yield* failure(CancelledError, sleep("1h"));
    const counts = [me.cancelling()];
    yield* sleep(1);
    counts.push(me.cancelling(), me.uncancel(), me.uncancel(), me.cancelling());
    return counts;
  });
  yield* sleep(1);
  task.cancel();
  assertEquals(yield* task, [1, 1, 0, 0, 0]);
  assert(!task.cancelled());
});

behaviour("uncancel() down to zero withdraws a cancel that was not delivered yet", function* () {
  const future = getRunningLoop().createFuture<string>();
  const task = createTask(function* () {
    return yield* future;
  });
  yield* sleep(0);
  future.setResult("kept");
  task.cancel();
  task.cancel();
  assertEquals([task.uncancel(), task.uncancel()], [1, 0]);
  assertEquals(yield* task, "kept");
});

behaviour("a second cancel interrupts cleanup", function* () {
  const log: string[] = [];
  const task = createTask(function* () {
    try {
      yield* sleep("1h");
    } finally {
      log.push("cleanup begins");
      try {
        yield* sleep("1h");
        log.push("cleanup ends");
      } finally {
        yield* sleep(1);
        log.push("cleanup of the cleanup");
      }
    }
  });
  yield* sleep(1);
  task.cancel();
  yield* sleep(1);
  assert(!task.done());
  task.cancel();
  yield* failure(CancelledError, task);
  assertEquals(log, ["cleanup begins", "cleanup of the cleanup"]);
  assertEquals(task.cancelling(), 2);
});
