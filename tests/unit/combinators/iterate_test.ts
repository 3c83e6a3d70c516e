/**
 * `iterate()`: async iterables in coroutines, and how they are closed.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  iterate,
  Queue,
  sleep,
  TimeoutError,
  waitFor,
} from "../../../mod.ts";
import { failure, later, onBothCores, test, turns } from "../support.ts";

/** An async iterable that notes what is asked of it. */
function counting(end: number, log: string[]): AsyncIterable<number> {
  return {
    async *[Symbol.asyncIterator]() {
      try {
        for (let i = 0; i < end; i++) yield i;
        log.push("ended");
      } finally {
        await Promise.resolve();
        log.push("closed");
      }
    },
  };
}

test("iterate() runs the body for each item, one after the other", function* () {
  const log: string[] = [];
  const result = yield* iterate(counting(3, log), function* (item) {
    log.push(`begin ${item}`);
    yield* sleep(10);
    log.push(`end ${item}`);
  });
  assertEquals(result, undefined);
  assertEquals(log.slice(0, 6), ["begin 0", "end 0", "begin 1", "end 1", "begin 2", "end 2"]);
  assertEquals(log.slice(6), ["ended", "closed"]);
});

test("the body may return any awaitable, and runs in the task that awaits", function* () {
  const me = currentTask();
  const log: string[] = [];
  yield* iterate(counting(1, log), (item) => sleep(item));
  yield* iterate(counting(1, log), () => Promise.resolve());
  yield* iterate(counting(1, log), () => createTask(turns(1)));
  yield* iterate(counting(1, log), function* () {
    yield;
    assertStrictEquals(currentTask(), me);
  });
});

test("a body that returns false ends the iteration, nothing else does", function* () {
  for (const value of [undefined, null, 0, "", true, NaN]) {
    const log: string[] = [];
    let count = 0;
    yield* iterate(counting(3, log), function* () {
      yield;
      count++;
      return value;
    });
    assertEquals(count, 3, `${value}`);
  }
  const log: string[] = [];
  yield* iterate(counting(3, log), function* (item) {
    yield;
    log.push(`${item}`);
    return item < 1;
  });
  assertEquals(log, ["0", "1", "closed"]);
});

test("iterate() waits for the iterator's return() before it ends", function* () {
  const log: string[] = [];
  const slow = (): AsyncIterable<number> => ({
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.resolve({ done: false, value: 1 }),
      return: () =>
        new Promise((resolve) =>
          setTimeout(() => {
            log.push("closed");
            resolve({ done: true, value: undefined });
          })
        ),
    }),
  });
  yield* iterate(slow(), function* () {
    yield;
    return false;
  });
  log.push("ended");
  yield* failure(
    RangeError,
    iterate(slow(), function* () {
      yield;
      throw new RangeError("wrong");
    }),
  );
  log.push("failed");
  const task = createTask(iterate(slow(), () => sleep("1h")));
  yield* sleep(1);
  task.cancel("enough");
  assertEquals((yield* failure(CancelledError, task)).message, "enough");
  log.push("cancelled");
  assertEquals(log, ["closed", "ended", "closed", "failed", "closed", "cancelled"]);
});

test("an error of the iterator is thrown, and the iterator not closed again", function* () {
  const log: string[] = [];
  const broken: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.reject(new RangeError("broken")),
      return: () => {
        log.push("return");
        return Promise.resolve({ done: true, value: undefined });
      },
    }),
  };
  const error = yield* failure(RangeError, iterate(broken, () => later(0, 0)));
  assertEquals([error.message, log], ["broken", []]);
});

test("an error of the iterator's return() counts unless there is another", function* () {
  const failsToClose: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.resolve({ done: false, value: 1 }),
      return: () => Promise.reject(new TypeError("cannot close")),
    }),
  };
  const ended = iterate(failsToClose, function* () {
    yield;
    return false;
  });
  assertEquals((yield* failure(TypeError, ended)).message, "cannot close");
  const failed = iterate(failsToClose, function* () {
    yield;
    throw new RangeError("the body's own");
  });
  assertEquals((yield* failure(RangeError, failed)).message, "the body's own");
});

test("an iterator without return() is simply left", function* () {
  const bare: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: false, value: 1 }) }),
  };
  yield* iterate(bare, function* () {
    yield;
    return false;
  });
});

test("a cancel during next() calls return() and does not wait for it", function* () {
  const log: string[] = [];
  const hanging: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({
      next: () => new Promise(() => {}),
      return: () => {
        log.push("return");
        return new Promise(() => {});
      },
    }),
  };
  yield* failure(TimeoutError, waitFor(iterate(hanging, () => later(0, 0)), 10));
  assertEquals(log, ["return"]);
});

test("iterate() goes through a queue until it is shut down", function* () {
  const queue = new Queue<number>(2);
  const producer = createTask(function* () {
    for (let i = 0; i < 5; i++) yield* queue.put(i);
    queue.shutdown();
  });
  const items: number[] = [];
  yield* iterate(queue, function* (item) {
    yield* sleep(1);
    items.push(item);
  });
  assertEquals(items, [0, 1, 2, 3, 4]);
  yield* producer;
});

test("iterate() goes by a subclass's iterator, and closes a queue's iterator that it is given itself", function* () {
  class Doubled extends Queue<number> {
    override async *[Symbol.asyncIterator](): AsyncGenerator<number, void, undefined> {
      for await (const item of super[Symbol.asyncIterator]()) yield 2 * item;
    }
  }
  const doubled = new Doubled();
  for (const item of [1, 2, 3]) doubled.putNowait(item);
  const items: number[] = [];
  const take = (item: number) => {
    items.push(item);
    return false as const;
  };
  yield* iterate(doubled, take);
  assertEquals(items, [2]);

  const queue = new Queue<number>();
  for (const item of [4, 5, 6]) queue.putNowait(item);
  const iterator = queue[Symbol.asyncIterator]();
  yield* iterate(iterator, take);
  yield* iterate(iterator, take);
  yield* iterate(queue, take);
  yield* iterate(queue, take);
  assertEquals(items, [2, 4, 5, 6]);
});

test("iterate() reads a stream, and cancels one that it leaves", function* () {
  let cancelled = false;
  const stream = new ReadableStream<string>({
    pull(controller) {
      controller.enqueue("chunk");
    },
    cancel() {
      cancelled = true;
    },
  });
  let count = 0;
  yield* iterate(stream, function* (chunk): Coroutine<boolean> {
    yield;
    assertEquals(chunk, "chunk");
    return ++count < 3;
  });
  assertEquals([count, cancelled], [3, true]);
});

test("iterate() refuses what it can't iterate and a body that is none", function* () {
  const cases: unknown[] = [5, null, [1, 2], "text", {}, later(0, 0)];
  for (const bad of cases) {
    assertThrows(
      () => iterate(bad as never, () => later(0, 0)),
      TypeError,
      "asyncIterable must be an async iterable, got",
    );
  }
  assertThrows(
    () => iterate(counting(1, []), 5 as never),
    TypeError,
    "body must be a function, got 5",
  );
  const error = yield* failure(TypeError, iterate(counting(1, []), (() => 5) as never));
  assert(error.message.startsWith("body must return an awaitable, got 5"), error.message);
});

test("a body may return nothing, or false to end it, for queues and others alike", function* () {
  for (const make of [() => counting(5, []), () => filled(5)]) {
    const seen: number[] = [];
    yield* iterate(make(), (item) => void seen.push(item));
    yield* iterate(make(), (item) => {
      seen.push(item);
      if (item >= 1) return false;
    });
    assertEquals(seen.length, 7);
  }
});

function filled(count: number): Queue<number> {
  const queue = new Queue<number>();
  for (let i = 0; i < count; i++) queue.putNowait(i);
  queue.shutdown();
  return queue;
}

onBothCores("what is iterated when run() ends is closed before it returns", async ({ run }) => {
  const log: string[] = [];
  await run(function* () {
    createTask(iterate(counting(3, log), () => sleep("1h")));
    while (log.length === 0) {
      log.push("begun");
      yield* sleep(1);
    }
  });
  assertEquals(log, ["begun", "closed"]);
});

Deno.test("iterate() can be awaited in an async function", async () => {
  const items: number[] = [];
  await iterate(counting(3, []), async (item) => {
    await Promise.resolve();
    items.push(item);
  });
  assertEquals(items, [0, 1, 2]);
  assertThrows(() => getRunningLoop());
});
