/**
 * What is offered to those who extend the library: suspend(), and wait queues with policies of one's own.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  Future,
  getRunningLoop,
  InvalidStateError,
  Runner,
  sleep,
  type Task,
  TimeoutError,
  until,
  waitFor,
} from "../../mod.ts";
import * as door from "../../lowlevel.ts";
import { type Kernel, suspend, WaitQueue, type WaitQueuePolicy } from "../../lowlevel.ts";
import { failure, onBothCores, test, TurnCounter, turns } from "./support.ts";

Deno.test("the door shows two ways to wait, and nothing else", () => {
  assertEquals(Object.keys(door).sort(), ["WaitQueue", "suspend"]);
  const kernel: Kernel | null = null;
  assertEquals(kernel, null);
});

/** A task that waits for this, once it does. */
function* waiting<T>(wait: Iterable<unknown, T, unknown>, log: string[] = []): Coroutine<Task<T>> {
  const task = createTask(function* () {
    try {
      return yield* wait;
    } finally {
      log.push("left");
    }
  });
  yield* turns(2);
  return task;
}

test("a wake inside start gives up no turn", function* () {
  using counter = new TurnCounter();
  const wait = suspend<number>((wake) => wake(5));
  assertEquals(yield* counter.during(() => suspend<number>((wake) => wake(5))), 0);
  assertEquals(yield* wait, 5);
  const error = new RangeError("wrong");
  assertStrictEquals(yield* failure(RangeError, suspend((_, fail) => fail(error))), error);
});

test("a later wake is answered in the next turn", function* () {
  const log: string[] = [];
  let wake!: (value: string) => void;
  const task = yield* waiting(suspend<string>((w) => void (wake = w)));
  getRunningLoop().callSoon(() => log.push("the same turn"));
  wake("woken");
  assertEquals(task.done(), false);
  yield;
  assertEquals([log, task.result()], [["the same turn"], "woken"]);
});

test("start runs when the operation is awaited, in the task that waits", function* () {
  const seen: unknown[] = [];
  const operation = suspend<void>((wake) => {
    seen.push(currentTask());
    wake();
  });
  yield* turns(2);
  assertEquals(seen, []);
  yield* operation;
  assertEquals(seen, [currentTask()]);
});

test("all wakes but the first are ignored", function* () {
  let settle!: { wake: (value: string) => void; fail: (error: unknown) => void };
  const start = (wake: (value: string) => void, fail: (error: unknown) => void) => {
    settle = { wake, fail };
  };
  const task = yield* waiting(suspend<string>(start));
  settle.wake("first");
  settle.wake("second");
  settle.fail(new Error("too late"));
  assertEquals(yield* task, "first");
  settle.wake("third");
  settle.fail(new Error("far too late"));
  yield* sleep(1);
  assertEquals(
    yield* suspend<string>((wake, fail) => {
      wake("first");
      wake("second");
      fail(new Error("too late"));
    }),
    "first",
  );
});

test("what start throws is thrown to who waits, and its wakes are ignored", function* () {
  let wake!: () => void;
  const error = yield* failure(
    RangeError,
    suspend<void>((w) => {
      wake = w;
      throw new RangeError("cannot start");
    }),
  );
  assertEquals(error.message, "cannot start");
  wake();
  yield* sleep(1);
  const woken = suspend<void>((wake) => {
    wake();
    throw new RangeError("woken, and thrown");
  });
  assertEquals((yield* failure(RangeError, woken)).message, "woken, and thrown");
});

test("a cancelled wait is called off once, with the error that is thrown", function* () {
  const reasons: CancelledError[] = [];
  let wake!: () => void;
  let caller: unknown;
  const wait = suspend<void>((w) => {
    wake = w;
    return (reason) => {
      caller = currentTask();
      reasons.push(reason);
    };
  });
  const task = createTask(function* () {
    return yield* failure(CancelledError, wait);
  });
  yield* turns(2);
  task.cancel("enough");
  const error = yield* task;
  assertEquals([error.message, reasons.length], ["enough", 1]);
  assertStrictEquals(reasons[0], error);
  assertStrictEquals(caller, task);
  wake();
  yield* sleep(1);
});

test("a cancel between the wake and the next step calls the wait off, too", function* () {
  const log: string[] = [];
  let wake!: () => void;
  const task = yield* waiting(
    suspend<void>((w) => {
      wake = w;
      return () => void log.push("called off");
    }),
    log,
  );
  wake();
  task.cancel();
  yield* turns(2);
  assertEquals([log, task.cancelled()], [["called off", "left"], true]);
});

test("a wait that was answered is not called off", function* () {
  const log: string[] = [];
  const task = createTask(function* () {
    yield* suspend<void>((wake) => {
      getRunningLoop().callSoon(wake);
      return () => void log.push("called off");
    });
    yield* suspend<void>((_, fail) => {
      fail(new Error("failed"));
      return () => void log.push("called off");
    });
  });
  yield* failure(Error, task);
  assertEquals([log, task.cancel()], [[], false]);
});

test("what calling off returns is waited for before the cancel goes on", function* () {
  const cleanups: (() => unknown)[] = [
    () => sleep(10),
    () => Promise.resolve().then(() => {}),
    () => createTask(sleep(10)),
    function* () {
      yield* sleep(10);
    },
  ];
  for (const [i, cleanup] of cleanups.entries()) {
    const log: string[] = [];
    const task = yield* waiting(
      suspend<void>(() => () => {
        log.push("called off");
        const waited = cleanup() as Iterable<unknown, unknown, unknown>;
        return (function* () {
          yield* until(waited as never);
          log.push("cleaned up");
        })();
      }),
      log,
    );
    task.cancel();
    const error = yield* failure(CancelledError, task);
    assert(error);
    assertEquals([i, log], [i, ["called off", "cleaned up", "left"]]);
  }
});

test("a second cancel interrupts the clean-up", function* () {
  const log: string[] = [];
  const task = yield* waiting(
    suspend<void>(() =>
      function* () {
        try {
          yield* sleep("1h");
        } finally {
          log.push("interrupted");
        }
      }
    ),
    log,
  );
  task.cancel("first");
  yield* turns(3);
  assertEquals(task.done(), false);
  task.cancel("second");
  yield* failure(CancelledError, task);
  assertEquals(log, ["interrupted", "left"]);
});

test("an error of the clean-up replaces the cancel", function* () {
  for (
    const abort of [
      () => {
        throw new RangeError("cannot clean up");
      },
      function* () {
        yield;
        throw new RangeError("cannot clean up");
      },
    ]
  ) {
    const task = yield* waiting(suspend<void>(() => abort as () => void));
    task.cancel();
    const error = yield* failure(RangeError, task);
    assertEquals(error.message, "cannot clean up");
  }
});

test("a task of nothing but the operation is called off just the same", function* () {
  const log: string[] = [];
  const task = createTask(suspend<void>(() =>
    function* () {
      yield* sleep(5);
      log.push("cleaned up");
    }
  ));
  yield* turns(2);
  task.cancel();
  yield* failure(CancelledError, task);
  assertEquals(log, ["cleaned up"]);
  const timed = waitFor(suspend<void>(() => () => void log.push("called off")), 5);
  yield* failure(TimeoutError, timed);
  assertEquals(log, ["cleaned up", "called off"]);
});

test("what start returns that is no function calls nothing off", function* () {
  for (const result of [5, "text", {}, Promise.resolve(), null]) {
    const task = yield* waiting(suspend<void>(() => result as never));
    task.cancel();
    yield* failure(CancelledError, task);
  }
});

test("suspend() refuses what is no function, and an operation is awaited once", function* () {
  for (const wrong of [undefined, null, 5, {}, sleep(1)]) {
    assertThrows(() => suspend(wrong as never), TypeError, "start must be a function");
  }
  const operation = suspend<number>((wake) => wake(5));
  assertEquals(yield* operation, 5);
  yield* failure(InvalidStateError, operation);
});

Deno.test("such an operation can be awaited by async functions", async () => {
  assertEquals(await suspend<string>((wake) => void setTimeout(wake, 1, "timer")), "timer");
});

onBothCores("wakes may come from another loop, or from none", async ({ run }) => {
  await run(function* () {
    let wake!: (value: string) => void;
    const task = yield* waiting(suspend<string>((w) => void (wake = w)));
    yield* until(run(function* () {
      wake("from another loop");
    }));
    assertEquals(yield* task, "from another loop");
    const timer = suspend<string>((wake) => void setTimeout(() => wake("from a timer"), 1));
    assertEquals(yield* timer, "from a timer");
  });
});

onBothCores("waits are called off when their loop is closed, all of them", async ({ core }) => {
  const reports: string[] = [];
  const runner = new Runner({ core, exceptionHandler: ({ message }) => reports.push(message) });
  const log: string[] = [];
  let wake!: () => void;
  await runner.run(function* () {
    for (const i of [1, 2, 3]) {
      createTask(suspend<void>((w) => {
        wake = w;
        return () => {
          log.push(`${i} called off`);
          if (i < 3) throw new RangeError("cannot call off");
        };
      }));
    }
    yield* turns(2);
  });
  runner.loop.close();
  assertEquals([log, runner.loop.isClosed()], [
    ["1 called off", "2 called off", "3 called off"],
    true,
  ]);
  assertEquals(reports.length, 2);
  wake();
});

/** Lets in who comes while it is open. */
class Gate implements WaitQueuePolicy<string> {
  open = false;
  log: string[] = [];
  readonly queue: WaitQueue<string> = new WaitQueue(this);

  tryAcquire(waiter: { result: string }): boolean {
    this.log.push("tries");
    if (this.open) waiter.result = "let in";
    return this.open;
  }

  onWoken(waiter: { result: string }): boolean {
    this.log.push("woken");
    if (this.open) waiter.result = "woken and let in";
    return this.open;
  }

  onAbandoned(woken: boolean): void {
    this.log.push(woken ? "abandoned a wake" : "abandoned");
    if (woken) this.queue.wakeNext();
  }

  label(): string {
    return "the gate";
  }
}

test("a wait that the policy grants gives up no turn", function* () {
  const gate = new Gate();
  gate.open = true;
  using counter = new TurnCounter();
  assertEquals(yield* counter.during(() => gate.queue.wait()), 0);
  assertEquals(yield* gate.queue.wait(), "let in");
  assertEquals([gate.queue.waiting, gate.log], [0, ["tries", "tries"]]);
});

test("waiters are woken first come, first served, and take what they want then", function* () {
  const gate = new Gate();
  const tasks: Task<string>[] = [];
  for (let i = 0; i < 3; i++) tasks.push(yield* waiting(gate.queue.wait()));
  assertEquals(gate.queue.waiting, 3);
  gate.open = true;
  assertEquals(gate.queue.wakeNext(), true);
  assertEquals([gate.queue.waiting, tasks[0].done()], [3, false]); // it keeps its place
  yield;
  assertEquals(tasks.map((task) => task.done()), [true, false, false]);
  assertEquals([tasks[0].result(), gate.queue.waiting], ["woken and let in", 2]);
  gate.queue.wakeAll();
  assertEquals(gate.queue.wakeNext(), false);
  yield;
  assertEquals([tasks.every((task) => task.done()), gate.queue.waiting], [true, 0]);
});

test("who finds nothing when it was woken goes back to the end of the queue", function* () {
  const gate = new Gate();
  const order: string[] = [];
  const pass = function* (name: string) {
    yield* gate.queue.wait();
    order.push(name);
  };
  const [a, b] = [createTask(pass("a")), createTask(pass("b"))];
  yield* turns(2);
  gate.queue.wakeNext();
  yield* turns(2);
  assertEquals([order, gate.queue.waiting], [[], 2]);
  gate.open = true;
  gate.queue.wakeAll();
  yield* turns(2);
  assertEquals([order, a.done(), b.done()], [["b", "a"], true, true]);
});

test("a cancelled waiter leaves, and passes on the wake that it can't use", function* () {
  const gate = new Gate();
  const [a, b, c] = [
    yield* waiting(gate.queue.wait()),
    yield* waiting(gate.queue.wait()),
    yield* waiting(gate.queue.wait()),
  ];
  a.cancel();
  assertEquals(gate.queue.waiting, 2);
  yield* turns(2);
  gate.open = true;
  gate.queue.wakeNext();
  b.cancel();
  yield* turns(3);
  assertEquals([a.cancelled(), b.cancelled(), c.result()], [true, true, "woken and let in"]);
  assertEquals(gate.log.slice(3), ["abandoned", "abandoned a wake", "woken"]);
  assertEquals([gate.queue.waiting, gate.queue.wakeNext()], [0, false]);
});

test("a wake is not spent on who was cancelled already", function* () {
  const gate = new Gate();
  const [a, b] = [yield* waiting(gate.queue.wait()), yield* waiting(gate.queue.wait())];
  gate.open = true;
  a.cancel();
  assertEquals(gate.queue.wakeNext(), true);
  yield* turns(2);
  assertEquals([a.cancelled(), b.result()], [true, "woken and let in"]);
});

test("what a policy throws is thrown to its waiter, and the queue goes on", function* () {
  const policy = {
    fails: true,
    tryAcquire: () => false,
    onWoken(): boolean {
      if (this.fails) throw new RangeError("the policy's");
      return true;
    },
    onAbandoned() {},
  };
  const queue = new WaitQueue<void>(policy);
  const [a, b] = [yield* waiting(queue.wait()), yield* waiting(queue.wait())];
  queue.wakeNext();
  yield* failure(RangeError, a);
  policy.fails = false;
  assertEquals([queue.waiting, queue.wakeNext()], [1, true]);
  yield* b;
  assertEquals(queue.waiting, 0);
});

test("a waiting task is printed with what the policy says it waits for", function* () {
  const named = createTask(new Gate().queue.wait(), { name: "visitor" });
  const bare = createTask(
    new WaitQueue<void>({ tryAcquire: () => false, onWoken: () => true, onAbandoned() {} }).wait(),
    { name: "nobody" },
  );
  yield;
  assertEquals(String(named), 'Task "visitor" waiting for the gate');
  assertEquals(String(bare), 'Task "nobody" waiting for a wait queue');
});

onBothCores("waiters of several loops are woken on their own", async ({ run, core }) => {
  const gate = new Gate();
  const closed = new Runner({ core });
  await closed.run(function* () {
    createTask(gate.queue.wait());
    yield* turns(2);
  });
  const waiter = run(() => gate.queue.wait());
  await run(function* () {
    yield* sleep(1);
    assertEquals(gate.queue.waiting, 2);
    closed.loop.close();
    assertEquals(gate.queue.waiting, 1);
    gate.open = true;
    gate.queue.wakeNext();
  });
  assertEquals(await waiter, "woken and let in");
});

test("a future's result may be handed over by suspend(), too", function* () {
  const future = new Future<number>();
  const adopted = suspend<number>((wake, fail) => {
    const settle = (future: Future<number>) => {
      const error = future.exception();
      if (error === null) wake(future.result());
      else fail(error);
    };
    future.addDoneCallback(settle);
    return () => void future.removeDoneCallback(settle);
  });
  const task = createTask(adopted);
  yield* turns(2);
  future.setResult(5);
  assertEquals(yield* task, 5);
});
