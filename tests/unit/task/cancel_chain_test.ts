/**
 * Cancelling tasks that wait for tasks: chains and rings of any length, in CPython's order, with
 * CPython's counts. What small cases print was compared with CPython 3.11 to 3.13; there, rings end
 * in a RecursionError.
 *
 * @module
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  allTasks,
  type Awaitable,
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  Future,
  gather,
  getRunningLoop,
  shield,
  sleep,
  type Task,
  taskGroup,
  timeout,
  until,
  wait,
  waitFor,
} from "../../../mod.ts";
import { VirtualClock } from "../../../testing.ts";
import { failure, onBothCores, printed, test, turns } from "../support.ts";

const LONG = 100_000;

/** A task that waits for the one before it; it notes what is thrown there. */
function* link(name: unknown, next: () => Awaitable<unknown>, log: unknown[]): Coroutine<void> {
  try {
    yield* until(next());
    log.push(`${name} goes on`);
  } catch (error) {
    log.push(error instanceof CancelledError ? `${name} ${error.message}`.trim() : error);
    throw error;
  }
}

/** Tasks of which each waits for the one before it, and the first for an hour. */
function* chainOf(length: number, log: unknown[]): Coroutine<Task<void>[]> {
  const tasks: Task<void>[] = [];
  for (let i = 0; i < length; i++) {
    tasks.push(createTask(link(i, () => i === 0 ? sleep("1h") : tasks[i - 1], log)));
  }
  yield* turns(2);
  return tasks;
}

function counts(tasks: Task<unknown>[]): number[] {
  return tasks.map((task) => task.cancelling());
}

for (const [length, at] of [[1, 0], [3, 2], [4, 2]]) {
  test(`of a chain of ${length}, cancelling ${at} ends all behind it, the innermost first`, function* () {
    for (const cancels of [1, 2]) {
      const log: unknown[] = [];
      const tasks = yield* chainOf(length, log);
      assert(tasks[at].cancel("m"));
      if (cancels === 2) assert(tasks[at].cancel("again"));
      assertEquals(counts(tasks), tasks.map((_, i) => i <= at ? cancels : 0));
      yield* wait(tasks);
      assertEquals(log, tasks.map((_, i) => `${i} m`));
      assert(tasks.every((task) => task.cancelled()));
    }
  });
}

for (const depth of [1, 2, 3]) {
  test(`a tree of gatherings ${depth} deep is cancelled level by level`, function* () {
    const log: string[] = [];
    const all: Task<unknown>[] = [];
    function* node(path: string): Coroutine<void> {
      all.push(currentTask()!);
      try {
        if (path.length === depth) yield* sleep("1h");
        else yield* gather(["a", "b"].map((child) => createTask(node(path + child))));
      } catch (error) {
        log.push(path);
        throw error;
      }
    }
    const root = createTask(node(""));
    yield* turns(depth + 3);
    assertEquals(all.length, 2 ** (depth + 1) - 1);
    assert(root.cancel());
    assertEquals(counts(all), all.map(() => 1));
    yield* failure(CancelledError, root);
    const level = (length: number): string[] =>
      length === 0 ? [""] : level(length - 1).flatMap((path) => [path + "a", path + "b"]);
    const expected = Array.from({ length: depth + 1 }, (_, i) => level(depth - i)).flat();
    yield* turns(5);
    // Within a level in order, and no level before the one below it has begun to end.
    assertEquals(log.toSorted(), expected.toSorted());
    for (let i = 0; i <= depth; i++) {
      const here = log.filter((path) => path.length === i);
      assertEquals(here, level(i));
    }
    assertEquals(log.slice(0, 2 ** depth), level(depth));
    assertEquals(log.at(-1), "");
  });
}

test("a diamond's foot is cancelled by each side, and counts both", function* () {
  const log: unknown[] = [];
  const foot = createTask(link("foot", () => sleep("1h"), log));
  const sides = ["a", "b"].map((name) => createTask(link(name, () => foot, log)));
  const top = createTask(link("top", () => gather(sides), log));
  yield* turns(4);
  assert(top.cancel("m"));
  assertEquals(counts([top, ...sides, foot]), [1, 1, 1, 2]);
  yield* wait([top, ...sides, foot]);
  assertEquals(log, ["foot m", "a m", "b m", "top m"]);
  assert([top, ...sides, foot].every((task) => task.cancelled()));
});

test("what absorbs the cancel lets all who wait for it go on", function* () {
  const log: unknown[] = [];
  const inner = createTask(function* () {
    try {
      yield* sleep("1h");
    } catch {
      log.push("absorbed");
    }
    return "value";
  });
  const middle = createTask(function* () {
    const value = yield* inner;
    log.push(`middle ${value}`);
    return value;
  });
  const outer = createTask(function* () {
    const value = yield* middle;
    log.push(`outer ${value}`);
    return value;
  });
  yield* turns(3);
  assert(outer.cancel());
  assertEquals(counts([outer, middle, inner]), [1, 1, 1]);
  assertEquals(yield* outer, "value");
  assertEquals(log, ["absorbed", "middle value", "outer value"]);
});

test("a chain's cancel ends at a shield", function* () {
  const log: unknown[] = [];
  const inner = createTask(link("inner", () => sleep("1h"), log));
  const middle = createTask(link("middle", () => shield(inner), log));
  const outer = createTask(link("outer", () => middle, log));
  yield* turns(4);
  assert(outer.cancel());
  assertEquals(counts([outer, middle, inner]), [1, 1, 0]);
  yield* failure(CancelledError, outer);
  assertEquals([log, inner.done()], [["middle", "outer"], false]);
});

test("a chain whose innermost wait is over already is cancelled at its next step", function* () {
  const log: unknown[] = [];
  const future = new Future<void>();
  const inner = createTask(link("inner", () => future, log));
  const outer = createTask(link("outer", () => inner, log));
  yield* turns(3);
  future.setResult();
  assert(outer.cancel());
  assertEquals(counts([outer, inner]), [1, 1]);
  yield* wait([inner, outer]);
  assertEquals(log, ["inner", "outer"]);
});

test("a gathering of what is done, of futures and of tasks cancels those that are left", function* () {
  const log: unknown[] = [];
  const done = new Future<number>();
  done.setResult(1);
  const future = new Future<number>();
  const task = createTask(link("task", () => sleep("1h"), log));
  const gathering = gather(done, future, task);
  const top = createTask(link("top", () => gathering, log));
  yield* turns(3);
  assert(top.cancel("m"));
  assertEquals([future.cancelled(), task.cancelling(), gathering.done()], [true, 1, false]);
  yield* failure(CancelledError, top);
  assertEquals(log, ["task m", "top m"]);
  assertEquals([top.cancelled(), gathering.cancelled(), task.cancelled()], [true, false, true]);
});

/** Tasks in a ring, each of which waits for the next in a way of its own. */
function* ringOf(
  length: number,
  via: (next: Task<void>) => Awaitable<unknown>,
  log: unknown[],
): Coroutine<Task<void>[]> {
  const tasks: Task<void>[] = [];
  for (let i = 0; i < length; i++) {
    tasks.push(createTask(link(i, () => via(tasks[(i + 1) % length]), log)));
  }
  yield* turns(3);
  assert(tasks.every((task) => !task.done()));
  return tasks;
}

const ways: Record<string, (next: Task<void>) => Awaitable<unknown>> = {
  "each other": (next) => next,
  "gather() of each other": (next) => gather(next),
  "gather() of each other and others": (next) => gather(sleep("1h"), next, sleep("1h")),
  "waitFor() of each other": (next) => waitFor(next, "1h"),
  "timeouts over each other": (next) => timeout("1h", () => next),
};

for (const [name, via] of Object.entries(ways)) {
  for (const length of [2, 3]) {
    test(`a ring of ${length} tasks that wait for ${name} ends by one cancel()`, function* () {
      for (let at = 0; at < length; at++) {
        const log: unknown[] = [];
        const tasks = yield* ringOf(length, via, log);
        assert(tasks[at].cancel("m"));
        assertEquals(counts(tasks), tasks.map(() => 1));
        yield* wait(tasks);
        assertEquals(log.length, length);
        assert(tasks.every((task) => task.cancelled()), log.join());
        for (const task of allTasks()) if (task !== currentTask()) task.cancel();
      }
    });

    test(`a ring of ${length} tasks that wait for ${name} may be cancelled again`, function* () {
      const tasks = yield* ringOf(length, via, []);
      for (const task of [...tasks, ...tasks]) assert(task.cancel());
      assert(counts(tasks).every((count) => count >= 2 && count <= 2 * length));
      yield* wait(tasks);
      assert(tasks.every((task) => task.cancelled()));
      for (const task of tasks) assertEquals(task.cancel(), false);
    });
  }
}

test("a ring interrupts the one that is reached twice where it waits", function* () {
  const log: unknown[] = [];
  const tasks = yield* ringOf(3, (next) => next, log);
  assert(tasks[1].cancel("m"));
  yield* turns(1);
  assertEquals(log, ["1 m"]);
  yield* wait(tasks);
  assertEquals(log, ["1 m", "0 m", "2 m"]);
});

test("a task of a ring that refuses its cancel goes on", function* () {
  const tasks: Task<string>[] = [];
  tasks.push(
    createTask(function* () {
      try {
        yield* tasks[1];
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
        currentTask()!.uncancel();
      }
      return "refused";
    }),
    createTask(function* () {
      return `heard: ${yield* tasks[0]}`;
    }),
  );
  yield* turns(3);
  assert(tasks[0].cancel());
  assertEquals(yield* gather(tasks), ["refused", "heard: refused"]);
});

test("a tail that leads into a ring is cancelled with it", function* () {
  const log: unknown[] = [];
  const ring = yield* ringOf(3, (next) => next, log);
  const tail = createTask(link("tail", () => ring[0], log));
  yield* turns(3);
  assert(tail.cancel("m"));
  assertEquals(counts([tail, ...ring]), [1, 1, 1, 1]);
  yield* wait([tail, ...ring]);
  assert([tail, ...ring].every((task) => task.cancelled()));
});

test("a gathering that waits for the task that gathers is cancelled", function* () {
  const task: Task<unknown> = createTask(function* () {
    yield;
    yield* gather(task, sleep("1h"));
  });
  yield* turns(4);
  assert(task.cancel());
  yield* wait([task], { timeout: 10 });
  assert(task.cancelled());
});

test("a chain of 100,000 tasks ends by one cancel()", function* () {
  const tasks: Task<unknown>[] = [createTask(sleep("1h"))];
  for (let i = 1; i < LONG; i++) tasks.push(createTask(tasks[i - 1]));
  yield* turns(2);
  assert(tasks[LONG - 1].cancel("m"));
  assert(tasks.every((task) => task.cancelling() === 1));
  assertEquals((yield* failure(CancelledError, tasks[LONG - 1])).message, "m");
  assert(tasks.every((task) => task.cancelled()));
});

test("a ring of 100,000 tasks ends by one cancel()", function* () {
  const tasks: Task<unknown>[] = [];
  for (let i = 0; i < LONG; i++) {
    tasks.push(createTask(function* () {
      yield* tasks[(i + 1) % LONG];
    }));
  }
  yield* turns(2);
  assert(tasks[5].cancel());
  yield* wait(tasks);
  assert(tasks.every((task) => task.cancelled() && task.cancelling() === 1));
});

test("100,000 gatherings of one another end by one cancel()", function* () {
  const innermost = createTask(sleep("1h"));
  let gathering: Future<unknown> = innermost;
  for (let i = 0; i < LONG; i++) gathering = gather(gathering);
  yield* turns(2);
  assert(gathering.cancel());
  yield* failure(CancelledError, gathering);
  assert(innermost.cancelled());
});

test("a chain of 100,000 tasks and gatherings by turns ends by one cancel()", function* () {
  const tasks: Task<unknown>[] = [createTask(sleep("1h"))];
  for (let i = 1; i < LONG; i++) {
    tasks.push(createTask(i % 2 === 0 ? tasks[i - 1] : gather(tasks[i - 1])));
  }
  yield* turns(2);
  assert(tasks[LONG - 1].cancel());
  yield* failure(CancelledError, tasks[LONG - 1]);
  assert(tasks.every((task) => task.cancelled()));
});

test("a deadline over a chain of 100,000 tasks ends them all", function* () {
  let last: Task<unknown> = createTask(sleep("1h"));
  const first = last;
  for (let i = 1; i < LONG; i++) last = createTask(last);
  let timedOut = false;
  try {
    yield* waitFor(last, 10);
  } catch (error) {
    timedOut = (error as Error).name === "TimeoutError";
  }
  assert(timedOut && first.cancelled());
});

test("a chain of 100,000 ends as well by its result, or by its error", function* () {
  for (const error of [null, new RangeError("wrong")]) {
    const future = new Future<string>();
    let last: Future<unknown> = future;
    for (let i = 0; i < LONG; i++) last = i % 3 === 0 ? gather(last) : createTask(last);
    yield* turns(2);
    if (error !== null) {
      future.setException(error);
      yield* failure(RangeError, last);
    } else {
      future.setResult("there");
      yield* last;
    }
  }
});

test("a signal's listener that cancels the chain again makes no endless loop", function* () {
  const log: unknown[] = [];
  const tasks = yield* chainOf(3, log);
  let heard = 0;
  for (const task of tasks) {
    task.signal.addEventListener("abort", () => {
      heard++;
      tasks[2].cancel("from the listener");
    });
  }
  assert(tasks[2].cancel("m"));
  yield* wait(tasks);
  assertEquals(heard, 3);
  assert(tasks.every((task) => task.cancelled()));
});

test("a subclass's cancel() that throws or cancels others leaves the chain in order", function* () {
  const other = createTask(sleep("1h"));
  class Odd extends Future<void> {
    override cancel(message?: string): boolean {
      other.cancel(message);
      return super.cancel(message);
    }
  }
  const log: unknown[] = [];
  const inner = createTask(link("inner", () => new Odd(), log));
  const outer = createTask(link("outer", () => inner, log));
  yield* turns(3);
  assert(outer.cancel("m"));
  yield* wait([outer, other]);
  assertEquals(log, ["inner m", "outer m"]);
  assert(other.cancelled());
});

/** What can go wrong when what main leaves behind is cleaned up. */
const cleanups: Record<string, () => void> = {
  "a chain": () => {
    let last: Task<unknown> = createTask(sleep("1h"));
    for (let i = 1; i < 100; i++) last = createTask(last);
  },
  "a ring of two": () => {
    const tasks: Task<unknown>[] = [];
    for (const next of [1, 0]) {
      tasks.push(createTask(function* () {
        yield* tasks[next];
      }));
    }
  },
  "a ring of gatherings": () => {
    const tasks: Task<unknown>[] = [];
    for (const next of [1, 0]) {
      tasks.push(createTask(function* () {
        yield* gather(tasks[next], sleep("1h"));
      }));
    }
  },
  "tasks that throw": () => {
    for (const error of [new RangeError("clean-up"), null, undefined, Symbol("odd")]) {
      createTask(function* () {
        try {
          yield* sleep("1h");
        } catch {
          throw error;
        }
      });
    }
  },
  "a task that goes on for a while": () => {
    createTask(function* () {
      for (let i = 0; i < 5; i++) {
        try {
          yield* sleep("1h");
        } catch { /* It wants to be asked more than once. */ }
        yield* sleep(1);
        if (i === 0) return;
      }
    });
  },
  "tasks that make tasks": () => {
    createTask(function* () {
      try {
        yield* sleep("1h");
      } finally {
        createTask(sleep(1));
      }
    });
  },
  "a future whose cancel() throws": () => {
    class Broken extends Future<void> {
      override cancel(): boolean {
        throw new RangeError("cancel() threw");
      }
    }
    const broken = new Broken();
    createTask(function* () {
      yield* broken;
    });
    getRunningLoop().callLater(50, () => broken.setResult());
  },
  "a group": () => {
    createTask(taskGroup(function* (group) {
      group.createTask(sleep("1h"));
      yield* sleep("1h");
    }));
  },
  "a task that waits for main": () => {
    const main = currentTask()!;
    createTask(function* () {
      yield* main;
    });
  },
};

for (const [name, leave] of Object.entries(cleanups)) {
  onBothCores(`main's outcome survives the clean-up of ${name}`, async ({ run }) => {
    await printed("error", async () => {
      for (const options of [{}, { exceptionHandler() {} }, { exceptionHandler: thrower }]) {
        const result = await run(
          function* () {
            leave();
            yield* turns(3);
            return "main's";
          },
          { ...options, clock: new VirtualClock() },
        );
        assertEquals(result, "main's");
        const failing = run(
          function* () {
            leave();
            yield* turns(3);
            throw new RangeError("main's");
          },
          { ...options, clock: new VirtualClock() },
        );
        await assertRejects(() => failing, RangeError, "main's");
      }
    });
  });
}

function thrower(): never {
  throw new TypeError("the handler threw");
}

onBothCores("every finally block of a long chain runs when run() cleans up", async ({ run }) => {
  let unwound = 0;
  const result = await run(function* () {
    let last: Task<unknown> | null = null;
    for (let i = 0; i < 6000; i++) {
      const next: Awaitable<unknown> = last ?? sleep("1h");
      last = createTask(function* () {
        try {
          yield* until(next);
        } finally {
          unwound++;
        }
      });
    }
    yield* turns(3);
    return "main's";
  });
  assertEquals([result, unwound], ["main's", 6000]);
});

onBothCores(
  "run()'s clean-up reaches each task of a chain once, not once for each behind it",
  async ({ run }) => {
    const tasks: Task<unknown>[] = [];
    await run(function* () {
      tasks.push(createTask(sleep("1h")));
      for (let i = 1; i < 1000; i++) tasks.push(createTask(tasks[i - 1]));
      yield* turns(3);
    });
    assertEquals(tasks.reduce((sum, task) => sum + task.cancelling(), 0), 1000);
  },
);
