// timeout() and taskGroup(): scopes that cancel their own task, and what they leave to others.

import { assert, assertEquals } from "@std/assert";
import {
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  sleep,
  taskGroup,
  timeout,
  timeoutAt,
  TimeoutError,
  type TimeoutScope,
} from "../../mod.ts";
import { failure } from "../unit/support.ts";
import { behaviour } from "./both_cores.ts";

function* failing(delay: number, message: string): Coroutine<void> {
  yield* sleep(delay);
  throw new RangeError(message);
}

const messages = (error: AggregateError) => error.errors.map((e: Error) => e.message);

behaviour("timeout() turns only a cancel into TimeoutError, no other error", function* () {
  let scope!: TimeoutScope;
  const error = yield* failure(
    RangeError,
    timeout(10, function* (it) {
      scope = it;
      yield* failure(CancelledError, sleep("1h"));
      throw new RangeError("cleanup failed");
    }),
  );
  assertEquals(error.message, "cleanup failed");
  assert(scope.expired());
  assertEquals(currentTask()!.cancelling(), 0);
});

behaviour("a cancel from outside stays one, though the deadline passes as well", function* () {
  const loop = getRunningLoop();
  let scope!: TimeoutScope;
  const task = createTask(() => {
    const when = loop.time() + 10;
    return timeoutAt(when, function* (it) {
      scope = it;
      loop.callAt(when, () => task.cancel());
      yield* sleep("1h");
    });
  });
  yield* failure(CancelledError, task);
  assert(scope.expired());
  assertEquals(task.cancelling(), 1);
});

behaviour(
  "a cancel that was there before the scope does not keep it from converting",
  function* () {
    const task = createTask(function* () {
      yield* failure(CancelledError, sleep("1h"));
      yield* failure(TimeoutError, timeout(10, () => sleep("1h")));
      return currentTask()!.cancelling();
    });
    yield* sleep(1);
    task.cancel();
    assertEquals(yield* task, 1);
  },
);

behaviour("of two nested scopes with one deadline, only the outermost converts", function* () {
  const when = getRunningLoop().time() + 10;
  const log: string[] = [];
  yield* failure(
    TimeoutError,
    timeoutAt(when, function* () {
      try {
        yield* timeoutAt(when, () => sleep("1h"));
      } catch (error) {
        log.push((error as Error).name);
        throw error;
      }
    }),
  );
  assertEquals(log, ["CancelledError"]);
  assertEquals(currentTask()!.cancelling(), 0);
});

behaviour(
  "a scope whose timeout was swallowed ends normally, expired, count restored",
  function* () {
    let scope!: TimeoutScope;
    const result = yield* timeout(10, function* (it) {
      scope = it;
      yield* failure(CancelledError, sleep("1h"));
      assertEquals(currentTask()!.cancelling(), 1);
      return "swallowed";
    });
    assertEquals(result, "swallowed");
    assert(scope.expired());
    assertEquals(currentTask()!.cancelling(), 0);
    yield* sleep(1);
  },
);

behaviour("a failing group cancels its own task, and takes that back", function* () {
  const group = taskGroup(function* (group) {
    group.createTask(failing(10, "child"));
    yield* failure(CancelledError, sleep("1h"));
    assertEquals(currentTask()!.cancelling(), 1);
  });
  assertEquals(messages(yield* failure(AggregateError, group)), ["child"]);
  assertEquals(currentTask()!.cancelling(), 0);
  yield* sleep(1);
});

behaviour("errors beat an outside cancel, which is then armed again", function* () {
  const log: unknown[] = [];
  const task = createTask(function* () {
    const group = taskGroup(function* (group) {
      group.createTask(function* () {
        yield* failure(CancelledError, sleep("1h"));
        throw new RangeError("cleanup failed");
      });
      yield* sleep("1h");
    });
    log.push(messages(yield* failure(AggregateError, group)), currentTask()!.cancelling());
    yield* sleep(0);
    log.push("went on");
  });
  yield* sleep(1);
  task.cancel();
  yield* failure(CancelledError, task);
  assertEquals(log, [["cleanup failed"], 1]);
});

behaviour("nested groups fail in one turn: inner error first, outer cancel pending", function* () {
  const log: unknown[] = [];
  const me = currentTask()!;
  const outer = taskGroup(function* (outer) {
    // deno-lint-ignore require-yield -- the group waits at its end
    const inner = taskGroup(function* (inner) {
      inner.createTask(failing(0, "inner"));
      outer.createTask(failing(0, "outer"));
    });
    log.push(messages(yield* failure(AggregateError, inner)), me.cancelling());
    yield* sleep(0);
    log.push("went on");
  });
  assertEquals(messages(yield* failure(AggregateError, outer)), ["outer"]);
  assertEquals(log, [["inner"], 1]);
  assertEquals(me.cancelling(), 0);
  yield* sleep(0);
});
