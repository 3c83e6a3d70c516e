/**
 * Tasks: how they run, how they are cancelled, and what they tell of themselves.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  abortable,
  CancelledError,
  ContextVar,
  copyContext,
  type Coroutine,
  coroutine,
  createTask,
  currentTask,
  Future,
  gather,
  getRunningLoop,
  InvalidStateError,
  iterate,
  Lock,
  Queue,
  shield,
  sleep,
  Task,
  taskGroup,
  timeout,
  until,
  waitFor,
} from "../../../mod.ts";
import { failing, failure, later, onBothCores, test, TurnCounter, turns } from "../support.ts";

test("a task runs its coroutine and is the future of its result", function* () {
  const task = createTask(later(10, "result"));
  assert(task instanceof Task && task instanceof Future);
  assertStrictEquals(task.loop, getRunningLoop());
  assert(!task.done());
  assertEquals(yield* task, "result");
  assertEquals([task.done(), task.result(), task.exception()], [true, "result", null]);
});

test("a task that throws has the exception, the same object", function* () {
  const error = new RangeError("wrong");
  const task = createTask(failing(10, error));
  assertStrictEquals(yield* failure(RangeError, task), error);
  assertStrictEquals(task.exception(), error);
  assert(!task.cancelled());
});

test("a task begins in the next turn, tasks in the order in which they were made", function* () {
  const order: string[] = [];
  const tasks = ["a", "b", "c"].map((name) =>
    createTask(function* () {
      order.push(name);
      yield;
      order.push(name);
    })
  );
  assertEquals(order, []);
  yield;
  assertEquals(order, ["a", "b", "c"]);
  yield* gather(tasks);
  assertEquals(order, ["a", "b", "c", "a", "b", "c"]);
});

test("waiting for a new task takes two turns, and two more a level of nesting", function* () {
  using counter = new TurnCounter();
  function* level(n: number): Coroutine<void> {
    if (n > 0) yield* createTask(level(n - 1));
  }
  yield* sleep(0);
  for (const depth of [0, 1, 2, 5]) {
    assertEquals(yield* counter.during(() => createTask(level(depth))), 2 * (depth + 1));
  }
});

test("an eager task runs up to its first wait at once", function* () {
  const me = currentTask();
  const log: unknown[] = [];
  const task = createTask(function* () {
    log.push("begun", currentTask()!.name);
    yield* sleep(10);
    log.push("slept");
    return "result";
  }, { eager: true, name: "eager" });
  assertEquals(log, ["begun", "eager"]);
  assertStrictEquals(currentTask(), me);
  assertEquals(yield* task, "result");
  assertEquals(log, ["begun", "eager", "slept"]);
});

test("an eager task that needn't wait is done at once", function* () {
  const finished = new Future<number>();
  finished.setResult(5);
  const task = createTask(finished, { eager: true });
  assertEquals([task.done(), task.result()], [true, 5]);
  const error = new RangeError("wrong");
  const failed = createTask(function* () {
    yield* finished;
    throw error;
  }, { eager: true });
  assertStrictEquals(failed.exception(), error);
  yield;
});

test("an eager task sees its own context, and leaves its maker's alone", function* () {
  const variable = new ContextVar<string>("variable", { defaultValue: "default" });
  variable.set("maker's");
  let seen = "";
  yield* createTask(function* () {
    seen = variable.get();
    variable.set("task's");
    yield;
  }, { eager: true });
  assertEquals([seen, variable.get()], ["maker's", "maker's"]);
});

test("with eager: true for the loop every task is eager, unless it says otherwise", function* () {
  const log: string[] = [];
  // deno-lint-ignore require-yield -- what counts is when it begins
  function* note(name: string): Coroutine<void> {
    log.push(name);
  }
  const tasks = [
    createTask(note("eager")),
    createTask(note("not eager"), { eager: false }),
    getRunningLoop().createTask(note("by the loop")),
  ];
  const gathered = gather(note("gathered"));
  assertEquals(log, ["eager", "by the loop", "gathered"]);
  yield* gather([...tasks, gathered]);
  assertEquals(log, ["eager", "by the loop", "gathered", "not eager"]);
}, { eager: true });

test("a task has the name that it was given, or one of its own", function* () {
  const named = createTask(later(0, 1), { name: "download" });
  const [a, b] = [createTask(later(0, 1)), createTask(later(0, 1))];
  assertEquals(named.name, "download");
  assert(/^Task-\d+$/.test(a.name) && /^Task-\d+$/.test(b.name));
  assert(a.name !== b.name);
  a.name = "upload";
  assertEquals(a.name, "upload");
  assertThrows(() => a.name = 5 as never, TypeError, "name must be a string, got 5");
  yield* gather([named, a, b]);
  assertEquals(named.name, "download");
});

test("a task refuses a result or an exception from outside", function* () {
  const task = createTask(later(10, "result"));
  for (const state of ["pending", "done"]) {
    assertThrows(
      () => task.setResult("another"),
      InvalidStateError,
      "Cannot set a result: a task gets its result from its coroutine",
      state,
    );
    assertThrows(
      () => task.setException(new Error()),
      InvalidStateError,
      "Cannot set an exception",
    );
    assertEquals(yield* task, "result");
  }
});

test("a task runs in a copy of its maker's context, or in the one that it was given", function* () {
  const variable = new ContextVar<number>("variable", { defaultValue: 0 });
  function* set(value: number): Coroutine<number> {
    const before = variable.get();
    variable.set(value);
    yield* sleep(1);
    return before;
  }
  variable.set(1);
  const copied = createTask(set(2));
  const context = copyContext();
  const given = createTask(set(3), { context });
  variable.set(4);
  assertStrictEquals(given.context, context);
  assertEquals(yield* gather(copied, given), [1, 1]);
  assertEquals(variable.get(), 4);
  assertEquals(copied.context.run(() => variable.get()), 2);
  assertEquals(context.run(() => variable.get()), 3);
});

test("cancel() throws a CancelledError with its message where the task waits", function* () {
  const task = createTask(function* () {
    try {
      yield* sleep("1h");
    } catch (error) {
      assert(error instanceof CancelledError);
      return `caught: ${(error as Error).message}`;
    }
  });
  yield;
  assertEquals(task.cancel("enough"), true);
  assert(!task.done() && !task.cancelled());
  assertEquals(yield* task, "caught: enough");
  assertEquals(task.cancelled(), false);
});

test("a cancelled task is cancelled when the error leaves it, cleanup first", function* () {
  const log: string[] = [];
  const task = createTask(function* () {
    try {
      yield* sleep("1h");
    } finally {
      yield* sleep(5);
      log.push("cleaned up");
    }
  });
  yield;
  task.cancel("enough");
  const error = yield* failure(CancelledError, task);
  assertEquals([error.message, task.cancelled(), log], ["enough", true, ["cleaned up"]]);
  assertEquals(assertThrows(() => task.exception(), CancelledError).message, "enough");
  assertEquals(task.cancel(), false);
});

test("a second cancel interrupts cleanup", function* () {
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

test("a task that is cancelled before its first step never runs its body", function* () {
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

test("a coroutine that throws a CancelledError by itself is cancelled", function* () {
  const error = new CancelledError("by itself");
  const task = createTask(failing(0, error));
  assertStrictEquals(yield* failure(CancelledError, task), error);
  assert(task.cancelled());
});

test("a cancel reaches every kind of yield", function* () {
  const waits: [string, () => Coroutine<unknown>][] = [
    ["a bare yield", function* () {
      for (;;) yield;
    }],
    ["sleep(0)", function* () {
      for (;;) yield* sleep(0);
    }],
    ["a future", () => waitingFor(new Future())],
    ["a task", () => waitingFor(createTask(sleep("1h")))],
    ["a promise", () => waitingFor(until(new Promise(() => {})))],
    ["an abortable", () => waitingFor(abortable(() => new Promise(() => {})))],
    ["a shield", () => waitingFor(shield(new Future()))],
    ["a gather", () => waitingFor(gather(sleep("1h")))],
  ];
  for (const [name, wait] of waits) {
    const task = createTask(wait);
    yield* turns(3);
    assert(task.cancel("enough"), name);
    assertEquals((yield* failure(CancelledError, task)).message, "enough", name);
    assert(task.cancelled(), name);
  }
});

test("a cancel between a future's result and the task's resume still cancels", function* () {
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

test(
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

function* waitingFor(wait: Iterable<unknown, unknown, unknown>): Coroutine<unknown> {
  return yield* wait;
}

test("a task that cancels itself gets the error at its next wait", function* () {
  for (const wait of [() => sleep("1h"), () => new Future<void>(), () => new Lock().acquire()]) {
    let caught: unknown;
    const task = createTask(function* () {
      assert(currentTask()!.cancel("by itself"));
      try {
        yield* wait();
        yield* sleep("1h"); // a free lock is no wait
      } catch (error) {
        caught = error;
        throw error;
      }
    });
    assertEquals((yield* failure(CancelledError, task)).message, "by itself");
    assert(caught instanceof CancelledError && task.cancelled());
  }
});

test("a task that cancels itself and returns is cancelled; if it throws, it has failed", function* () {
  const returns = createTask(function* () {
    yield* sleep(1);
    currentTask()!.cancel("by itself");
    return "result";
  });
  assertEquals((yield* failure(CancelledError, returns)).message, "by itself");
  const error = new RangeError("wrong");
  const throws = createTask(function* () {
    yield* sleep(1);
    currentTask()!.cancel();
    throw error;
  });
  assertStrictEquals(yield* failure(RangeError, throws), error);
  assert(!throws.cancelled());
});

test("a task that cancels itself and returns is cancelled", function* () {
  // deno-lint-ignore require-yield -- it returns before it could suspend
  const task = createTask(function* () {
    currentTask()!.cancel();
    return "ignored";
  });
  yield* failure(CancelledError, task);
  assert(task.cancelled());
});

test("a task that cancels itself and throws keeps its error", function* () {
  // deno-lint-ignore require-yield -- it throws before it could suspend
  const task = createTask(function* () {
    currentTask()!.cancel();
    throw new RangeError("wins");
  });
  assertEquals((yield* failure(RangeError, task)).message, "wins");
  assert(!task.cancelled());
});

test("a task's context, asked for from inside, sees what the task sets", function* () {
  const variable = new ContextVar<string>("variable");
  variable.set("before");
  const { context } = currentTask()!;
  assertStrictEquals(currentTask()!.context, context);
  variable.set("after");
  assertEquals(context.get(variable), "after");
  assertEquals(context.copy().run(() => variable.get()), "after");
  yield* sleep(1);
  // In a callback no code runs in the context.
  getRunningLoop().callSoon(() => context.run(() => variable.set("from outside")));
  yield* sleep(0);
  assertEquals(variable.get(), "from outside");
});

test("cancelling() counts the cancels, and uncancel() takes one back", function* () {
  const task = createTask(function* () {
    for (let i = 0; i < 2; i++) {
      try {
        yield* sleep("1h");
      } catch { /* it goes on */ }
    }
    return "went on";
  });
  yield;
  assertEquals([task.cancelling(), task.uncancel()], [0, 0]);
  task.cancel();
  task.cancel();
  assertEquals(task.cancelling(), 2);
  yield;
  assertEquals([task.uncancel(), task.uncancel(), task.uncancel()], [1, 0, 0]);
  task.cancel();
  assertEquals(task.cancelling(), 1);
  assertEquals(yield* task, "went on");
});

test("two cancels before delivery give one CancelledError and count as two", function* () {
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

test("swallowing a cancel leaves cancelling() above zero until uncancel()", function* () {
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

test("uncancel() down to zero withdraws a cancel that was not delivered yet", function* () {
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

test("signal is aborted by cancel(), with a CancelledError as its reason", function* () {
  const task = createTask(sleep("1h"));
  const { signal } = task;
  assert(signal instanceof AbortSignal && !signal.aborted);
  assertStrictEquals(task.signal, signal);
  const events: string[] = [];
  signal.addEventListener("abort", () => events.push("abort"));
  task.cancel();
  task.cancel();
  assertEquals([signal.aborted, events], [true, ["abort"]]);
  assert(signal.reason instanceof CancelledError);
  yield* failure(CancelledError, task);
});

test("signal that is made after the cancel is aborted from the start", function* () {
  const task = createTask(sleep("1h"));
  task.cancel();
  assert(task.signal.aborted);
  yield* failure(CancelledError, task);
  assert(task.signal.aborted);
  const finished = createTask(sleep(0));
  yield* finished;
  assert(!finished.signal.aborted);
});

test("signal ends the work of an API that takes one", function* () {
  const ended: unknown[] = [];
  const task = createTask(function* () {
    const { signal } = currentTask()!;
    yield* until(
      new Promise((_, reject) =>
        signal.addEventListener("abort", () => {
          ended.push(signal.reason);
          reject(signal.reason);
        })
      ),
    );
  });
  yield* turns(2);
  task.cancel();
  yield* failure(CancelledError, task);
  assert(ended[0] instanceof CancelledError);
});

test("a task cannot wait for itself", function* () {
  const task: Task<void> = createTask(function* () {
    yield* task;
  });
  assertEquals(
    (yield* failure(InvalidStateError, task)).message,
    "A task cannot wait for itself",
  );
});

test("a failed task is reported by name unless somebody looked, by whatever way", function* () {
  const looks: ((task: Task<unknown>) => unknown)[] = [
    (task) => task.exception(),
    (task) => assertThrows(() => task.result()),
    (task) => task.then(null, () => {}),
    (task) => createTask(task).addDoneCallback((waiter) => waiter.exception()),
    (task) => gather([task], { returnExceptions: true }),
  ];
  for (const look of looks) {
    const task = createTask(failing(0, new RangeError("seen")));
    yield* sleep(1);
    look(task);
    yield* sleep(1);
  }
  // That nothing else is reported at the end is checked where the loop is run.
});

onBothCores(
  "a failed task that nobody waited for is reported when the loop closes",
  async ({ run }) => {
    const reports: unknown[][] = [];
    const error = new RangeError("lost");
    let lost!: Task<never>;
    await run(function* () {
      lost = createTask(failing(0, error), { name: "lost" });
      yield* sleep(10);
      assertEquals(reports, []);
    }, { exceptionHandler: (c) => reports.push([c.message, c.exception, c.task, c.loop]) });
    assertEquals(reports, [["Task lost failed and nobody waited for it", error, lost, lost.loop]]);
  },
);

const advice: [string, () => unknown, string][] = [
  ["a promise", () => Promise.resolve(), "Cannot yield a promise: write yield* until(promise)"],
  ["a number", () => 5, "Cannot yield 5: a coroutine yields nothing, and waits with yield*"],
  ["null", () => null, "Cannot yield null: a coroutine yields nothing"],
  ["a text", () => "x", 'Cannot yield "x": a coroutine yields nothing'],
  ["an operation", () => sleep(5), "write yield* instead of yield"],
  ["a future", () => new Future(), "Cannot yield a Future: write yield* instead of yield"],
  ["a task", () => createTask(sleep(0)), "Cannot yield a Task: write yield* instead of yield"],
  ["a coroutine", () => later(0, 0), "Cannot yield a coroutine: write yield* instead of yield"],
  ["a function", () => sleep, "Cannot yield function sleep: a coroutine yields nothing"],
];
for (const [name, make, message] of advice) {
  test(`yielding ${name} throws a TypeError into the coroutine that says what to write`, function* () {
    let caught: unknown;
    const task = createTask(function* () {
      try {
        yield make();
      } catch (error) {
        caught = error;
      }
      yield* sleep(10); // and it can go on
      return "went on";
    });
    assertEquals(yield* task, "went on");
    assert(caught instanceof TypeError, String(caught));
    assertStringIncludes(String(caught), message);
  });
}

test("a wrong yield fails the task when the coroutine doesn't catch the error", function* () {
  const error = yield* failure(
    TypeError,
    createTask(function* () {
      yield 5;
    }),
  );
  assert(error.stack!.includes("task_test.ts") || error.message.startsWith("Cannot yield 5"));
});

test("a coroutine advanced by hand is found out, and its wait taken back", function* () {
  const loop = getRunningLoop();
  const future = new Future<void>();
  const lock = new Lock();
  const queue = new Queue<number>();
  yield* lock.acquire();
  for (const wait of [() => sleep(5), () => future, () => lock.acquire(), () => queue.get()]) {
    for (const then of [() => {}, () => turns(1), () => sleep(1)]) {
      const error = yield* failure(
        InvalidStateError,
        createTask(function* () {
          waitingFor(wait()).next();
          yield* then() ?? [];
        }),
      );
      assertEquals(
        error.message,
        "A coroutine that waits was advanced by hand, by for…of, or by a second task: it has one owner. Run it once, with yield* or with createTask()",
      );
    }
  }
  // Nobody is woken by what it waited for.
  const start = loop.time();
  const sleepers = [1, 2, 3, 4].map(() => createTask(sleep(100)));
  yield* sleep(1);
  future.setResult();
  lock.release();
  queue.putNowait(5);
  yield* gather(sleepers);
  assertEquals(loop.time() - start, 100);
  // And nobody stands in line any more.
  yield* lock.acquire();
  assertEquals(yield* queue.get(), 5);
});

test("the stack trace of an exception shows the coroutines that led to it", function* () {
  function* innermost(): Coroutine<void> {
    yield* sleep(1);
    throw new RangeError("deep");
  }
  function* middle(): Coroutine<void> {
    yield* innermost();
  }
  function* outermost(): Coroutine<void> {
    yield* middle();
  }
  const { stack } = yield* failure(RangeError, createTask(outermost()));
  const lines = stack!.split("\n").filter((line) => line.includes("task_test.ts"));
  assertEquals(lines.map((line) => /at (\w+)/.exec(line)![1]), [
    "innermost",
    "middle",
    "outermost",
  ]);
});

test("getStack() of a waiting task shows its coroutines, innermost first", function* () {
  const future = new Future<void>();
  const waits: (() => Iterable<unknown, unknown, unknown>)[] = [
    () => sleep("1h"),
    () => future,
    () => until(new Promise(() => {})),
  ];
  function* innermost(wait: () => Iterable<unknown, unknown, unknown>): Coroutine<void> {
    yield* wait();
  }
  function* middle(wait: () => Iterable<unknown, unknown, unknown>): Coroutine<void> {
    yield* innermost(wait);
  }
  function* outermost(wait: () => Iterable<unknown, unknown, unknown>): Coroutine<void> {
    yield* middle(wait);
  }
  for (const wait of waits) {
    const task = createTask(outermost(wait));
    assertEquals(task.getStack(), []);
    yield;
    for (let look = 0; look < 2; look++) {
      const stack = task.getStack();
      assertEquals(stack.map((line) => line.split(" ")[0]), ["innermost", "middle", "outermost"]);
      assert(stack.every((line) => /task_test\.ts:\d+:\d+/.test(line)), stack.join("\n"));
    }
    task.cancel();
    yield* failure(CancelledError, task);
    assertEquals(task.getStack(), []);
  }
});

const scopes: [string, (body: () => Coroutine<void>) => Iterable<unknown, unknown, unknown>][] = [
  ["waitFor()", (body) => waitFor(body(), "2h")],
  ["timeout()", (body) => timeout("2h", body)],
  ["taskGroup()", (body) => taskGroup(body)],
  ["coroutine()", (body) => coroutine(body)()],
  ["iterate()", (body) => iterate(new Blob(["x"]).stream(), body)],
];
for (const [name, scope] of scopes) {
  test(`stacks show the coroutines on both sides of ${name}`, function* () {
    function* inner(): Coroutine<void> {
      yield* sleep("1h");
      throw new RangeError("wrong");
    }
    function* outer(): Coroutine<void> {
      yield* scope(inner);
    }
    const task = createTask(outer());
    yield* sleep(1);
    assertEquals(task.getStack().map((line) => line.split(" ")[0]), ["inner", "outer"]);
    yield* sleep("1h");
    const exception = task.exception();
    const error = exception instanceof AggregateError ? exception.errors[0] : exception;
    const lines = (error as Error).stack!.split("\n").filter((l) => l.includes("task_test.ts"));
    assertEquals(lines.map((line) => /at (\w+)/.exec(line)![1]), ["inner", "outer"]);
  });
}

test("looking at a task's stack changes nothing for the task", function* () {
  const task = createTask(function* () {
    yield* sleep(10);
    const result = yield* later(10, "result");
    yield* sleep(0);
    return result;
  });
  while (!task.done()) {
    for (let look = 0; look < 3; look++) task.getStack();
    yield* sleep(1);
  }
  assertEquals(task.result(), "result");
  assertEquals(currentTask()!.getStack(), []);
});
