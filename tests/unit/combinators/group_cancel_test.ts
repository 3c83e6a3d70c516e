/**
 * Task groups that are cancelled from within, as CPython 3.15's can be, and what their errors say.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  InvalidStateError,
  sleep,
  type TaskGroup,
  taskGroup,
  timeout,
  TimeoutError,
  until,
} from "../../../mod.ts";
import { cleansUp, failing, failure, later, test, turns } from "../support.ts";

test("cancel() ends the body, the tasks and the group, without an error", function* () {
  const log: string[] = [];
  const result = yield* taskGroup(function* (group) {
    group.createTask(cleansUp("task", 5, log));
    yield* sleep(1);
    group.cancel();
    yield* sleep("1h");
    return "never reached";
  });
  assertEquals([result, log], [undefined as never, ["task cleaned up"]]);
  assertEquals(currentTask()!.cancelling(), 0);
  yield* sleep(1);
});

test("a group may be cancelled by one of its tasks", function* () {
  const log: string[] = [];
  yield* taskGroup(function* (group) {
    group.createTask(cleansUp("sibling", 1, log));
    group.createTask(function* () {
      yield* sleep(1);
      group.cancel();
      log.push("goes on to its next wait");
      yield* sleep("1h");
      log.push("too far");
    });
  });
  assertEquals(log, ["goes on to its next wait", "sibling cleaned up"]);
  assertEquals(currentTask()!.cancelling(), 0);
});

const places: [string, (cancel: () => void) => unknown][] = [
  ["another task", (cancel) => createTask(later(1, 0)).addDoneCallback(cancel)],
  ["a callback", (cancel) => getRunningLoop().callLater(1, cancel)],
  ["a promise", (cancel) => Promise.resolve().then(cancel)],
];
for (const [name, call] of places) {
  test(`a group may be cancelled by ${name}, in its body and while it waits`, function* () {
    const groups: ((group: TaskGroup) => Coroutine<void>)[] = [
      function* () {
        yield* sleep("1h");
      },
      function* (group) {
        group.createTask(sleep("1h"));
        yield;
      },
    ];
    for (const body of groups) {
      yield* taskGroup(function* (group) {
        call(() => group.cancel());
        yield* body(group);
      });
      assertEquals(currentTask()!.cancelling(), 0);
    }
    yield* sleep(1);
  });
}

test("what a body returns that is through before the cancel is the result", function* () {
  const result = yield* taskGroup(function* (group) {
    const task = group.createTask(sleep("1h"));
    getRunningLoop().callLater(1, () => group.cancel());
    yield;
    assertEquals(task.done(), false);
    return "result";
  });
  assertEquals(result, "result");
});

test("cancel() before the body has waited strikes at its first wait", function* () {
  const log: string[] = [];
  yield* taskGroup(function* (group) {
    const task = group.createTask(function* () {
      log.push("never begun");
      yield;
    });
    group.cancel();
    log.push("the body goes on");
    try {
      yield* sleep(1);
    } finally {
      log.push(`the task is ${task.cancelled() ? "cancelled" : "not cancelled"}`);
    }
  });
  assertEquals(log, ["the body goes on", "the task is cancelled"]);
});

test("the message is that of all the errors", function* () {
  const messages: string[] = [];
  function* noting(): Coroutine<void> {
    const error = yield* failure(CancelledError, sleep("1h"));
    messages.push(error.message);
    throw error;
  }
  yield* taskGroup(function* (group) {
    group.createTask(noting());
    yield;
    getRunningLoop().callSoon(() => group.cancel("enough of this"));
    yield* noting();
  });
  assertEquals(messages, ["enough of this", "enough of this"]);
});

test("cancel() again does nothing, and after the end neither", function* () {
  let ended!: TaskGroup;
  let cancels = 0;
  yield* taskGroup(function* (group) {
    ended = group;
    const task = group.createTask(function* () {
      for (;;) {
        try {
          yield* sleep(5);
          return;
        } catch {
          cancels++;
        }
      }
    });
    yield;
    for (let i = 0; i < 3; i++) group.cancel();
    assertEquals([task.cancelling(), currentTask()!.cancelling()], [1, 1]);
    yield* sleep("1h");
  });
  ended.cancel();
  assertEquals([cancels, currentTask()!.cancelling()], [1, 0]);
  yield* sleep(1);
});

test("a group that is cancelled takes no more tasks", function* () {
  const group = taskGroup(function* (group) {
    group.cancel();
    group.createTask(later(0, "never begun"));
    yield;
  });
  const error = yield* failure(AggregateError, group);
  assert(error.errors[0] instanceof InvalidStateError);
  assertEquals(currentTask()!.cancelling(), 0);
});

test("failures go before the cancel, and come together", function* () {
  const group = taskGroup(function* (group) {
    group.createTask(function* () {
      try {
        yield* sleep("1h");
      } finally {
        yield* failing(1, new RangeError("while cleaning up"));
      }
    });
    yield* sleep(1);
    group.cancel();
    yield* sleep("1h");
  });
  const error = yield* failure(AggregateError, group);
  assertEquals(error.errors.map(String), ["RangeError: while cleaning up"]);
  assertEquals(currentTask()!.cancelling(), 0);
});

test("an error of the cancelled body is thrown", function* () {
  const group = taskGroup(function* (group) {
    group.cancel();
    try {
      yield* sleep("1h");
    } finally {
      // deno-lint-ignore no-unsafe-finally
      throw new RangeError("the body's");
    }
  });
  const error = yield* failure(AggregateError, group);
  assertEquals(error.errors.map(String), ["RangeError: the body's"]);
});

test("a cancel after a failure changes nothing", function* () {
  const group = taskGroup(function* (group) {
    group.createTask(failing(1, new RangeError("first")));
    try {
      yield* sleep("1h");
    } finally {
      group.cancel();
    }
  });
  const error = yield* failure(AggregateError, group);
  assertEquals(error.errors.map(String), ["RangeError: first"]);
  assertEquals(currentTask()!.cancelling(), 0);
});

test("a cancel from outside is thrown, whether it comes before the group's own or after", function* () {
  for (const first of ["outside", "inside"]) {
    let inside!: TaskGroup;
    const task = createTask(function* () {
      yield* taskGroup(function* (group) {
        inside = group;
        group.createTask(cleansUp("task", 5, []));
        yield* sleep("1h");
      });
      yield* sleep(1);
      return "went on";
    });
    yield* turns(3);
    if (first === "outside") task.cancel("outside");
    inside.cancel("inside");
    yield* turns(1);
    if (first === "inside") task.cancel("outside");
    yield* failure(CancelledError, task);
    assertEquals([first, task.cancelled(), task.cancelling()], [first, true, 1]);
  }
});

test("nested groups are cancelled each by itself", function* () {
  const log: string[] = [];
  yield* taskGroup(function* (outer) {
    outer.createTask(function* () {
      yield* sleep(5);
      log.push("the outer group's task");
    });
    yield* taskGroup(function* (inner) {
      inner.createTask(cleansUp("inner", 1, log));
      yield;
      inner.cancel();
      yield* sleep("1h");
    });
    log.push("the inner group has ended");
    yield* sleep(10);
  });
  assertEquals(log, [
    "inner cleaned up",
    "the inner group has ended",
    "the outer group's task",
  ]);
  yield* taskGroup(function* (outer) {
    yield* taskGroup(function* () {
      outer.cancel();
      yield* sleep("1h");
    });
    log.push("too far");
  });
  assertEquals([log.includes("too far"), currentTask()!.cancelling()], [false, 0]);
});

test("time limits around a cancelled group and inside it keep to their own", function* () {
  yield* timeout(50, () =>
    taskGroup(function* (group) {
      getRunningLoop().callLater(1, () => group.cancel());
      yield* timeout(20, () => sleep("1h"));
    }));
  const slow = timeout(5, () =>
    taskGroup(function* (group) {
      group.createTask(cleansUp("task", 10, []));
      yield;
      group.cancel();
      yield* sleep("1h");
    }));
  yield* failure(TimeoutError, slow);
  assertEquals(currentTask()!.cancelling(), 0);
});

test("a cancelled group's waits for promises are over, too", function* () {
  yield* taskGroup(function* (group) {
    group.createTask(until(new Promise(() => {})));
    yield;
    group.cancel();
    yield* until(new Promise(() => {}));
  });
  assertEquals(currentTask()!.cancelling(), 0);
});

const texts: [string, unknown[], string][] = [
  ["one error", [new RangeError("too large")], "1 error in a task group: too large"],
  [
    "several",
    [new RangeError("too large"), new TypeError("too odd"), "text"],
    "3 errors in a task group: too large",
  ],
  ["an error without a message", [new RangeError()], "1 error in a task group: RangeError"],
  ["a string", ["text"], '1 error in a task group: "text"'],
  ["null", [null], "1 error in a task group: null"],
];
for (const [name, errors, text] of texts) {
  test(`the group's error has the number and the first one's text: ${name}`, function* () {
    const group = taskGroup(function* (group) {
      for (const error of errors) group.createTask(failing(0, error));
      yield* sleep(5);
    });
    const error = yield* failure(AggregateError, group);
    assertEquals(error.errors, errors);
    assertEquals(error.message, text);
  });
}

test("a group's error stays short, whatever the first one says", function* () {
  const long = new Error("x".repeat(1_000_000));
  const odd = Object.defineProperty(new Error(), "message", {
    get() {
      throw new RangeError("hostile");
    },
  });
  for (const error of [long, odd, Object.assign(new Error(), { message: Symbol("odd") })]) {
    const thrown = yield* failure(
      AggregateError,
      taskGroup(function* (group) {
        group.createTask(failing(0, error));
        yield* sleep(5);
      }),
    );
    assert(thrown.errors[0] === error);
    assert(thrown.message.startsWith("1 error in a task group: "), thrown.message.slice(0, 100));
    assert(thrown.message.length < 600);
  }
});
