/**
 * What combinators refuse before they start anything: other loops' futures, coroutines in the place
 * of an iterable, being driven outside a task.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  allTasks,
  asCompleted,
  type Awaitable,
  type Coroutine,
  createTask,
  Future,
  gather,
  getRunningLoop,
  InvalidStateError,
  iterate,
  type Operation,
  Queue,
  Runner,
  sleep,
  taskGroup,
  timeout,
  timeoutAt,
  TimeoutError,
  until,
  wait,
  waitFor,
} from "../../../mod.ts";
import { VirtualClock } from "../../../testing.ts";
import { failure, later, onBothCores, test, turns } from "../support.ts";

onBothCores("gather() refuses futures of two loops, and starts nothing", async ({ run, core }) => {
  await using other = new Runner({ core });
  await run(function* () {
    const foreign = other.loop.createFuture<number>();
    const own = new Future<number>();
    let began = false;
    function* work(): Coroutine<void> {
      began = true;
      yield;
    }
    const coroutine = work();
    const error = assertThrows(() => gather(coroutine, own, foreign), RangeError);
    assert(error.message.includes("aws[2]"), error.message);
    assertThrows(() => gather([foreign, own]), RangeError);
    assertThrows(() => gather(own, foreign, sleep(1)), RangeError);
    yield* turns(2);
    assertEquals([began, allTasks().size], [false, 1]);
    yield* coroutine; // it was not taken
    assertEquals(began, true);
  });
});

onBothCores(
  "gather() doesn't run this loop's coroutines and operations on another's",
  async ({ run, core }) => {
    await using other = new Runner({ core });
    await run(function* () {
      const foreign = other.loop.createFuture<number>();
      assertThrows(() => gather(sleep(1), foreign), RangeError);
      assertThrows(() => gather(foreign, later(1, 0)), RangeError);
      yield;
    });
  },
);

Deno.test("outside any loop gather() runs coroutines on the futures' loop", async () => {
  await using runner = new Runner();
  const task = runner.loop.createTask(later(1, "task"));
  assertEquals(await runner.run(gather(later(2, "coroutine"), task)), ["coroutine", "task"]);
});

onBothCores(
  "no combinator waits for another loop's future, nor cancels it",
  async ({ run, core }) => {
    await using other = new Runner({ core });
    const foreign = other.loop.createFuture<number>();
    const waits: [string, () => Iterable<unknown, unknown, unknown>][] = [
      ["yield*", () => foreign],
      ["gather()", () => gather(foreign)],
      ["waitFor()", () => waitFor(foreign, 5)],
      ["waitFor() without time", () => waitFor(foreign, 0)],
      ["until()", () => until(foreign)],
      ["timeout()", () => timeout(5, () => foreign)],
    ];
    for (const [name, make] of waits) {
      await run(function* () {
        const error = yield* failure(InvalidStateError, make());
        assert(error.message.includes("another event loop"), `${name}: ${error.message}`);
      });
      assertEquals([name, foreign.done()], [name, false]);
    }
  },
);

onBothCores("asCompleted() keeps time on the loop that waits", async ({ run, core }) => {
  await using other = new Runner({ core });
  await run(function* () {
    const foreign = other.loop.createFuture<number>();
    // Refused, as CPython does, or on time; but not without an end.
    try {
      const [next] = asCompleted([foreign], { timeout: 10 });
      const error = yield* failure(TimeoutError, waitFor(next, 500));
      assertEquals(error.message, "Timed out after 10ms");
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }, { clock: new VirtualClock() });
});

onBothCores(
  "a future's result is set though a loop that waited for it is closed",
  async ({ run, core }) => {
    const closed = new Runner({ core });
    await run(function* () {
      const future = new Future<number>();
      yield* until(closed.run(function* () {
        createTask(wait([future]));
        yield* turns(3);
      }));
      closed.loop.close();
      let called = 0;
      future.addDoneCallback(() => called++);
      future.setResult(5);
      yield* turns(2);
      assertEquals([future.result(), called], [5, 1]);
    });
  },
);

const takers: [string, (coroutine: Iterable<never>) => unknown][] = [
  ["asCompleted()", (coroutine) => asCompleted(coroutine)],
  ["wait()", (coroutine) => wait(coroutine)],
];
const mistakes: [string, () => Coroutine<unknown>][] = [
  // deno-lint-ignore require-yield
  ["never waits", function* () {
    return 5;
  }],
  ["gives up its turn", function* () {
    yield;
  }],
  ["sleeps", function* () {
    yield* sleep(1);
  }],
  ["waits for a future", function* () {
    yield* new Future<void>();
  }],
  ["waits for a queue", function* () {
    yield* new Queue<number>().get();
  }],
  ["waits for a task", function* () {
    yield* createTask(sleep(1));
  }],
];
for (const [name, take] of takers) {
  for (const [what, work] of mistakes) {
    test(`${name} refuses a coroutine that ${what}`, function* () {
      const error = assertThrows(() => take(work() as Iterable<never>), TypeError);
      assert(error.message.startsWith("aws"), error.message);
      yield* sleep(1);
    });
  }

  test(`${name} leaves a coroutine alone that somebody runs`, function* () {
    let steps = 0;
    function* work(): Coroutine<string> {
      for (; steps < 5; steps++) yield;
      return "unharmed";
    }
    const coroutine = work();
    const task = createTask(coroutine);
    yield;
    const before = steps;
    assertThrows(() => take(coroutine as Iterable<never>));
    assertEquals(steps, before);
    assertEquals(yield* task, "unharmed");
  });

  test(`${name} takes a generator of what it can wait for`, function* () {
    const tasks = [createTask(later(2, "a")), createTask(later(1, "b"))];
    function* each(): Generator<never> {
      for (const task of tasks) yield task as never;
    }
    const taken = take(each());
    if (name === "wait()") {
      const { done } = yield* taken as ReturnType<typeof wait>;
      assertEquals([...done], tasks);
    } else {
      const results = [];
      for (const next of taken as Iterable<Operation<unknown>>) results.push(yield* next);
      assertEquals(results, ["b", "a"]);
    }
  });
}

const scopes: [string, (body: () => Awaitable<void>) => Operation<unknown>][] = [
  ["taskGroup()", (body) => taskGroup(body)],
  ["timeout()", (body) => timeout(5, body)],
  ["timeoutAt()", (body) => timeoutAt(0, body)],
  ["waitFor()", (body) => waitFor(body() as Coroutine<void>, 5)],
];
for (const [name, make] of scopes) {
  Deno.test(`${name} driven by hand outside a task is refused before its body runs`, () => {
    let began = false;
    const operation = make(function* () {
      began = true;
      yield* sleep(1);
    });
    const iterator = operation[Symbol.iterator]();
    const error = assertThrows(() => iterator.next(), InvalidStateError);
    assert(error.message.includes("no task is running"), error.message);
    assertEquals(began, false);
  });

  test(`${name} driven by hand in a callback is refused before its body runs`, function* () {
    let began = false;
    const errors: unknown[] = [];
    getRunningLoop().callSoon(() => {
      const operation = make(function* () {
        began = true;
        yield* sleep(1);
      });
      const error = assertThrows(() => operation[Symbol.iterator]().next(), InvalidStateError);
      errors.push(error.message.includes("no task is running"));
    });
    yield* turns(2);
    assertEquals([errors, began, allTasks().size], [[true], false, 1]);
  });
}

test("waits driven by hand outside a task are refused", function* () {
  const errors: string[] = [];
  const waits = [
    () => sleep(1),
    () => new Future<void>(),
    () => new Queue<number>().get(),
    () => until(new Promise(() => {})),
    () => wait([new Future<void>()]),
    () => iterate((async function* () {})(), function* () {}),
  ];
  getRunningLoop().callSoon(() => {
    for (const make of waits) {
      const iterator = (make() as Iterable<unknown>)[Symbol.iterator]();
      errors.push(assertThrows(() => iterator.next(), InvalidStateError).message.split(":")[0]);
    }
  });
  yield* turns(2);
  assertEquals(errors, waits.map(() => "Cannot wait here"));
});
