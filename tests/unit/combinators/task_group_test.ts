/**
 * Task groups: tasks that end, fail and are cancelled together.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  CancelledError,
  ContextVar,
  copyContext,
  type Coroutine,
  createTask,
  currentTask,
  Future,
  getRunningLoop,
  InvalidStateError,
  sleep,
  Task,
  type TaskGroup,
  taskGroup,
  timeout,
  TimeoutError,
} from "../../../mod.ts";
import { failing, failure, later, test, turns } from "../support.ts";

/** Waits for a group that must fail, and gives the errors that it collected. */
function* errorsOf(group: Iterable<unknown, unknown, unknown>): Coroutine<unknown[]> {
  return (yield* failure(AggregateError, group)).errors;
}

/** The messages of the errors that a group collected. */
const messages = (error: AggregateError) => error.errors.map((each: Error) => each.message);

test("a group waits for all its tasks and gives the body's result", function* () {
  const loop = getRunningLoop();
  const start = loop.time();
  const log: string[] = [];
  const result = yield* taskGroup(function* (group) {
    for (const delay of [20, 10]) {
      group.createTask(later(delay, delay)).addDoneCallback(() => log.push(`${delay}`));
    }
    yield;
    log.push("body is done");
    return "result";
  });
  assertEquals([result, loop.time() - start], ["result", 20]);
  assertEquals(log, ["body is done", "10", "20"]);
});

test("a group makes tasks of whatever createTask() takes", function* () {
  const variable = new ContextVar<string>("variable");
  const context = copyContext();
  context.run(() => variable.set("given"));
  const results = yield* taskGroup(function* (group) {
    const tasks = [
      group.createTask(later(1, "coroutine")),
      group.createTask(() => later(1, "function")),
      group.createTask(sleep(1, "operation")),
      group.createTask(Promise.resolve("promise")),
      group.createTask(later(1, "named"), { name: "by name" }),
      group.createTask(function* () {
        yield;
        return variable.get();
      }, { context }),
    ];
    assert(tasks.every((task) => task instanceof Task));
    assertEquals(tasks[4].name, "by name");
    const results: string[] = [];
    for (const task of tasks) results.push(yield* task);
    return results;
  });
  assertEquals(results, ["coroutine", "function", "operation", "promise", "named", "given"]);
});

test("the body may be any awaitable, and an empty group ends at once", function* () {
  assertEquals(yield* taskGroup(() => later(1, "coroutine")), "coroutine");
  assertEquals(yield* taskGroup(() => sleep(1, "operation")), "operation");
  assertEquals(yield* taskGroup(() => Promise.resolve("promise")), "promise");
  assertEquals(yield* taskGroup(() => createTask(later(1, "task"))), "task");
});

test("the body runs in the task that awaits the group", function* () {
  const me = currentTask();
  yield* taskGroup(function* () {
    yield;
    assertStrictEquals(currentTask(), me);
  });
});

test("the first failure cancels the other tasks and the body", function* () {
  const loop = getRunningLoop();
  const start = loop.time();
  const error = new RangeError("wrong");
  const log: string[] = [];
  let sibling!: Task<void>;
  const errors = yield* errorsOf(taskGroup(function* (group) {
    sibling = group.createTask(sleep("1h"));
    group.createTask(failing(10, error));
    try {
      yield* sleep("2h");
    } catch (caught) {
      log.push((caught as Error).name);
      throw caught;
    }
  }));
  assertEquals(errors, [error]);
  assertEquals([log, sibling.cancelled(), loop.time() - start], [["CancelledError"], true, 10]);
  assertEquals(currentTask()!.cancelling(), 0);
  yield* sleep(1); // no cancel is left over
});

test("a failing group cancels its own task, and takes that back", function* () {
  const group = taskGroup(function* (group) {
    group.createTask(failing(10, new RangeError("child")));
    yield* failure(CancelledError, sleep("1h"));
    assertEquals(currentTask()!.cancelling(), 1);
  });
  assertEquals(messages(yield* failure(AggregateError, group)), ["child"]);
  assertEquals(currentTask()!.cancelling(), 0);
  yield* sleep(1);
});

test("a group waits for the cleanup of those that it cancels, and collects its errors", function* () {
  const [first, second] = [new RangeError("first"), new TypeError("cleanup failed")];
  const log: string[] = [];
  const errors = yield* errorsOf(taskGroup(function* (group) {
    group.createTask(function* () {
      try {
        yield* sleep("1h");
      } finally {
        yield* sleep(10);
        log.push("cleaned up");
      }
    });
    group.createTask(function* () {
      try {
        yield* sleep("1h");
      } catch {
        yield* sleep(5);
        throw second;
      }
    });
    group.createTask(failing(1, first));
    yield;
  }));
  assertEquals([errors, log], [[first, second], ["cleaned up"]]);
});

test("an error of the body cancels the tasks, and comes after theirs", function* () {
  const [ofTask, ofBody] = [new RangeError("task"), new TypeError("body")];
  let sibling!: Task<void>;
  const errors = yield* errorsOf(taskGroup(function* (group) {
    sibling = group.createTask(sleep("1h"));
    const failed = new Future<void>();
    failed.setException(ofTask);
    group.createTask(failed);
    yield* turns(1);
    throw ofBody;
  }));
  assertEquals(errors, [ofTask, ofBody]);
  assert(sibling.cancelled());
  assertEquals(yield* errorsOf(taskGroup(() => failing(0, ofBody))), [ofBody]);
  assertEquals(
    yield* errorsOf(taskGroup(() => {
      throw ofBody;
    })),
    [ofBody],
  );
});

test("the errors come in an AggregateError that says where they are from", function* () {
  const error = yield* failure(
    AggregateError,
    taskGroup((group) => {
      group.createTask(failing(1, new RangeError("wrong")));
      return sleep("1h");
    }),
  );
  assertEquals(error.message, "1 error in a task group: wrong");
  assertEquals(error.errors.length, 1);
});

test("a task that is cancelled by itself is no failure", function* () {
  const result = yield* taskGroup(function* (group) {
    const [cancelled, sibling] = [group.createTask(sleep("1h")), group.createTask(later(10, 5))];
    yield;
    cancelled.cancel();
    return yield* sibling;
  });
  assertEquals(result, 5);
});

test("a cancel from outside cancels the tasks, and is thrown when they are done", function* () {
  const log: string[] = [];
  const task = createTask(taskGroup(function* (group) {
    group.createTask(function* () {
      try {
        yield* sleep("1h");
      } finally {
        yield* sleep(10);
        log.push("cleaned up");
      }
    });
    yield* sleep("2h");
  }));
  yield* turns(3);
  task.cancel("enough");
  assertEquals((yield* failure(CancelledError, task)).message, "enough");
  assertEquals([log, task.cancelled()], [["cleaned up"], true]);
});

test("a cancel from outside while the group waits for its tasks does the same", function* () {
  let inner!: Task<void>;
  const task = createTask(taskGroup(function* (group) {
    inner = group.createTask(sleep("1h"));
    yield;
  }));
  yield* turns(5);
  task.cancel("enough");
  assertEquals((yield* failure(CancelledError, task)).message, "enough");
  assert(inner.cancelled());
});

test("errors go before a cancel from outside, which then strikes at the next wait", function* () {
  const log: unknown[] = [];
  const error = new RangeError("cleanup failed");
  const task = createTask(function* () {
    const errors = yield* errorsOf(taskGroup(function* (group) {
      group.createTask(function* () {
        try {
          yield* sleep("1h");
        } catch {
          throw error;
        }
      });
      yield* sleep("2h");
    }));
    log.push(...errors, currentTask()!.cancelling());
    yield* sleep("1h");
    log.push("never");
  });
  yield* turns(3);
  task.cancel();
  yield* failure(CancelledError, task);
  assertEquals(log, [error, 1]);
});

test("errors beat an outside cancel, which is then armed again", function* () {
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

test("tasks of a group may start others in it, until it has ended", function* () {
  const log: string[] = [];
  let kept!: TaskGroup;
  yield* taskGroup(function* (group) {
    kept = group;
    group.createTask(function* () {
      yield* sleep(5);
      group.createTask(function* () {
        yield* sleep(5);
        log.push("grandchild");
      });
      log.push("child");
    });
    yield;
  });
  assertEquals(log, ["child", "grandchild"]);
  let begun = false;
  const late = function* () {
    begun = true;
    yield;
  };
  assertThrows(
    () => kept.createTask(late),
    InvalidStateError,
    "Cannot create a task: the task group has ended",
  );
  yield* turns(2);
  assert(!begun);
});

test("a group that is being aborted takes no more tasks", function* () {
  const errors = yield* errorsOf(taskGroup(function* (group) {
    group.createTask(failing(1, new RangeError("wrong")));
    try {
      yield* sleep("1h");
    } finally {
      assertThrows(
        () => group.createTask(turns(1)),
        InvalidStateError,
        "Cannot create a task: the task group is being aborted",
      );
    }
  }));
  assertEquals(errors.length, 1);
});

test("a group ended by a failed body takes no more tasks, not even while it waits", function* () {
  let refused: unknown;
  yield* errorsOf(taskGroup(function* (group) {
    group.createTask(function* () {
      try {
        yield* sleep("1h");
      } finally {
        refused = assertThrows(() => group.createTask(turns(1)), InvalidStateError);
      }
    });
    yield;
    throw new RangeError("body");
  }));
  assert(refused instanceof InvalidStateError);
});

test("groups can be nested: an inner failure is one error of the outer group", function* () {
  const error = new RangeError("deep");
  const errors = yield* errorsOf(taskGroup(function* (outer) {
    outer.createTask(taskGroup(function* (inner) {
      inner.createTask(failing(1, error));
      yield* sleep("1h");
    }));
    yield* sleep("2h");
  }));
  assert(errors[0] instanceof AggregateError);
  assertEquals((errors[0] as AggregateError).errors, [error]);
});

test("nested groups fail in one turn: inner error first, outer cancel pending", function* () {
  const log: unknown[] = [];
  const me = currentTask()!;
  const outer = taskGroup(function* (outer) {
    // deno-lint-ignore require-yield -- the group waits at its end
    const inner = taskGroup(function* (inner) {
      inner.createTask(failing(0, new RangeError("inner")));
      outer.createTask(failing(0, new RangeError("outer")));
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

test("a time limit around a group cancels its tasks and becomes a TimeoutError", function* () {
  let inner!: Task<void>;
  yield* failure(
    TimeoutError,
    timeout(10, () =>
      taskGroup(function* (group) {
        inner = group.createTask(sleep("1h"));
        yield* sleep("2h");
      })),
  );
  assert(inner.cancelled());
  assertEquals(currentTask()!.cancelling(), 0);
});

test("the failures of a group are looked at, and not reported again", function* () {
  yield* errorsOf(taskGroup(function* (group) {
    group.createTask(failing(1, new RangeError("one")));
    group.createTask(failing(1, new RangeError("two")));
    yield* sleep("1h");
  }));
  yield* sleep(1);
});

test("a group starts when it is awaited, and once", function* () {
  let begun = 0;
  const operation = taskGroup(function* () {
    begun++;
    yield;
  });
  yield* turns(2);
  assertEquals(begun, 0);
  yield* operation;
  yield* failure(InvalidStateError, operation);
  assertEquals(begun, 1);
});

test("a group refuses a body or a task that is none", function* () {
  assertThrows(() => taskGroup(5 as never), TypeError, "body must be a function, got 5");
  assertThrows(() => taskGroup(later(0, 0) as never), TypeError, "body must be a function, got");
  // What the body throws comes as the group throws everything.
  const [error] = yield* errorsOf(taskGroup((() => 5) as never));
  assert(error instanceof TypeError);
  assertEquals(
    (error as Error).message,
    "body must return an awaitable, got 5: write it as function* or async function",
  );
  yield* taskGroup(function* (group) {
    assertThrows(
      () => group.createTask(5 as never),
      TypeError,
      "coro must be a coroutine, future, task, operation or promise, got 5",
    );
    assertThrows(() => group.createTask(turns(1), { name: 5 as never }), TypeError, "name must be");
    yield;
  });
});

Deno.test("a group can be awaited in an async function", async () => {
  const result = await taskGroup(async (group) => {
    const task = group.createTask(later(1, "from a task"));
    return await task;
  });
  assertEquals(result, "from a task");
});
