/**
 * Queues: their orders, their limits, who waits for what, and how they end.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  CancelledError,
  createTask,
  gather,
  InvalidStateError,
  LifoQueue,
  PriorityQueue,
  Queue,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  sleep,
  TimeoutError,
  waitFor,
} from "../../../mod.ts";
import { failure, onBothCores, test, turns } from "../support.ts";

for (const Kind of [Queue, LifoQueue, PriorityQueue] as (typeof Queue)[]) {
  const kind = Kind.name;

  test(`a ${kind} tells how full it is`, function* () {
    const queue = new Kind<number>(2);
    const state = () => [queue.size, queue.maxsize, queue.empty(), queue.full()];
    assertEquals(state(), [0, 2, true, false]);
    queue.putNowait(1);
    assertEquals(state(), [1, 2, false, false]);
    queue.putNowait(2);
    assertEquals(state(), [2, 2, false, true]);
    queue.getNowait();
    assertEquals(state(), [1, 2, false, false]);
    yield;
  });

  test(`a ${kind} without a size is never full`, function* () {
    for (const queue of [new Kind<number>(), new Kind<number>(0), new Kind<number>(-1)]) {
      for (let i = 0; i < 1000; i++) queue.putNowait(i);
      assertEquals([queue.size, queue.full()], [1000, false]);
    }
    yield;
  });

  test(`a ${kind} that is full or empty refuses to put or get at once`, function* () {
    const queue = new Kind<number>(1);
    const empty = assertThrows(() => queue.getNowait(), QueueEmpty);
    assertEquals(empty.message, "Cannot get: the queue is empty");
    queue.putNowait(1);
    const full = assertThrows(() => queue.putNowait(2), QueueFull);
    assertEquals(full.message, "Cannot put: the queue holds 1 items already");
    assertEquals([queue.getNowait(), queue.size], [1, 0]);
    yield;
  });

  test(`put() and get() of a ${kind} wait only when they must`, function* () {
    const queue = new Kind<number>(1);
    let other = false;
    createTask(function* () {
      other = true;
      yield;
    });
    assertEquals(yield* queue.put(5), undefined);
    assertEquals(yield* queue.get(), 5);
    assert(!other);

    const getter = createTask(queue.get());
    yield* turns(2);
    assert(!getter.done());
    yield* queue.put(6);
    assertEquals(yield* getter, 6);

    yield* queue.put(7);
    const putter = createTask(queue.put(8));
    yield* turns(2);
    assert(!putter.done());
    assertEquals(yield* queue.get(), 7);
    yield* putter;
    assertEquals(yield* queue.get(), 8);
  });

  test(`getters of a ${kind} are served in the order they came`, function* () {
    const queue = new Kind<number>();
    const served: number[] = [];
    const getters = [0, 1, 2].map((i) =>
      createTask(function* () {
        yield* queue.get();
        served.push(i);
      })
    );
    yield* turns(2);
    for (let i = 0; i < 3; i++) queue.putNowait(i);
    yield* gather(getters);
    assertEquals(served, [0, 1, 2]);
  });

  test(`a cancelled get() or put() of a ${kind} loses nothing`, function* () {
    const queue = new Kind<number>(1);
    const [first, second] = [createTask(queue.get()), createTask(queue.get())];
    yield* turns(2);
    queue.putNowait(1);
    first.cancel();
    yield* failure(CancelledError, first);
    assertEquals(yield* second, 1);

    queue.putNowait(2);
    const [put3, put4] = [createTask(queue.put(3)), createTask(queue.put(4))];
    yield* turns(2);
    assertEquals(queue.getNowait(), 2);
    put3.cancel();
    yield* failure(CancelledError, put3);
    yield* put4;
    assertEquals([yield* queue.get(), queue.size], [4, 0]);
    yield* failure(TimeoutError, waitFor(queue.get(), 10));
    queue.putNowait(5);
    assertEquals(queue.getNowait(), 5);
  });

  test(`join() of a ${kind} waits until taskDone() was called for every item`, function* () {
    const queue = new Kind<number>();
    yield* queue.join(); // nothing was put
    queue.putNowait(1);
    queue.putNowait(2);
    const joiner = createTask(queue.join());
    queue.getNowait();
    queue.getNowait();
    queue.taskDone();
    yield* turns(3);
    assert(!joiner.done());
    queue.taskDone();
    yield* joiner;
    yield* queue.join();
    assertThrows(
      () => queue.taskDone(),
      RangeError,
      "Cannot mark an item as done: taskDone() was called more often than put()",
    );
  });

  test(`a ${kind} that is shut down gives what it holds, and takes no more`, function* () {
    const queue = new Kind<number>(2);
    queue.putNowait(1);
    queue.shutdown();
    queue.shutdown();
    const message = "Cannot put: the queue is shut down";
    assertEquals(assertThrows(() => queue.putNowait(2), QueueShutDown).message, message);
    assertEquals((yield* failure(QueueShutDown, queue.put(2))).message, message);
    assertEquals(yield* queue.get(), 1);
    const empty = "Cannot get: the queue is empty and shut down";
    assertEquals(assertThrows(() => queue.getNowait(), QueueShutDown).message, empty);
    assertEquals((yield* failure(QueueShutDown, queue.get())).message, empty);
  });

  test(`shutting a ${kind} down wakes everybody who waits`, function* () {
    const [empty, full] = [new Kind<number>(), new Kind<number>(1)];
    full.putNowait(1);
    const waiters = [
      createTask(empty.get()),
      createTask(empty.get()),
      createTask(full.put(2)),
      createTask(full.put(3)),
    ];
    yield* turns(2);
    empty.shutdown();
    full.shutdown();
    for (const waiter of waiters) yield* failure(QueueShutDown, waiter);
    assertEquals(full.getNowait(), 1);
  });

  test(`shutting a ${kind} down at once throws away what it holds`, function* () {
    const queue = new Kind<number>();
    for (let i = 0; i < 5; i++) queue.putNowait(i);
    queue.getNowait();
    const joiner = createTask(queue.join());
    yield* turns(2);
    queue.shutdown(true);
    assertEquals([queue.size, queue.empty()], [0, true]);
    yield* failure(QueueShutDown, queue.get());
    yield* turns(3);
    assert(!joiner.done()); // the item that was taken is still being worked on
    queue.taskDone();
    yield* joiner;
  });

  test(`a ${kind} refuses a size that is none`, function* () {
    for (const bad of [NaN, "5", null, {}, true, 5n]) {
      assertThrows(() => new Kind(bad as never), RangeError, "maxsize must be a number, got");
    }
    yield;
  });
}

test("a Queue gives first what was put first", function* () {
  const queue = new Queue<number>();
  const given: number[] = [];
  for (let i = 0; i < 100; i++) {
    queue.putNowait(i);
    queue.putNowait(1000 + i);
    given.push(queue.getNowait());
  }
  while (!queue.empty()) given.push(queue.getNowait());
  const put = Array.from({ length: 100 }, (_, i) => [i, 1000 + i]).flat();
  assertEquals(given, put);
  yield;
});

test("a LifoQueue gives first what was put last", function* () {
  const queue = new LifoQueue<number>();
  for (const item of [1, 2, 3]) yield* queue.put(item);
  assertEquals([yield* queue.get(), yield* queue.get(), yield* queue.get()], [3, 2, 1]);
});

const orders: [string, unknown[]][] = [
  ["numbers by value", [-Infinity, -5, -0.5, 0, 1, 1.5, 10, 100, Infinity]],
  ["strings by value", ["", "A", "B", "a", "aa", "b", "é"]],
  ["bigints by value", [-5n, 0n, 1n, 10n, 10n ** 30n]],
  ["bigints and numbers by value", [-5n, 0, 1n, 1.5, 2n, 10n ** 30n, Infinity]],
  ["dates by value", [new Date(0), new Date(1), new Date(1e12)]],
  ["arrays element by element", [[], [1], [1, "a"], [1, "b"], [2], [2, "a"], [10]]],
  ["arrays in arrays", [[[1], 1], [[1], 2], [[1, 0], 0], [[2], 0]]],
];
for (const [name, sorted] of orders) {
  test(`a PriorityQueue gives the smallest first: ${name}`, function* () {
    for (let shift = 0; shift < sorted.length; shift++) {
      const queue = new PriorityQueue<unknown>();
      const items = [...sorted.slice(shift), ...sorted.slice(0, shift)];
      for (const item of items) queue.putNowait(item);
      const given: unknown[] = [];
      while (!queue.empty()) given.push(queue.getNowait());
      assertEquals(given, sorted);
    }
    yield;
  });
}

test("a PriorityQueue goes by compare when it is given one", function* () {
  const byLength = new PriorityQueue<string>(0, (a, b) => a.length - b.length);
  for (const item of ["ccc", "a", "bb"]) byLength.putNowait(item);
  assertEquals([1, 2, 3].map(() => byLength.getNowait()), ["a", "bb", "ccc"]);
  const greatestFirst = new PriorityQueue<number>(5, (a, b) => b - a);
  for (const item of [1, 3, 2]) greatestFirst.putNowait(item);
  assertEquals([1, 2, 3].map(() => greatestFirst.getNowait()), [3, 2, 1]);
  assertEquals(greatestFirst.maxsize, 5);
  assertThrows(
    () => new PriorityQueue(0, 5 as never),
    TypeError,
    "compare must be a function, got 5",
  );
  yield;
});

test("a PriorityQueue refuses to compare what has no order", function* () {
  const pairs: [unknown, unknown, string][] = [
    [{}, {}, "Cannot compare Object with Object: give the priority queue a compare function"],
    [1, "1", 'Cannot compare "1" with 1'],
    [null, null, "Cannot compare null with null"],
    [[1], 1, "Cannot compare 1 with Array"],
    [[1, {}], [1, {}], "Cannot compare Object with Object"],
  ];
  for (const [a, b, message] of pairs) {
    const queue = new PriorityQueue<unknown>();
    queue.putNowait(a);
    assertThrows(() => queue.putNowait(b), TypeError, message);
  }
  yield;
});

test("an item that can't be compared is not in the queue afterwards", function* () {
  const queue = new PriorityQueue<unknown>();
  queue.putNowait(1);
  assertThrows(() => queue.putNowait("x"), TypeError);
  yield* failure(TypeError, queue.put("x"));
  assertEquals([queue.size, queue.getNowait(), queue.empty()], [1, 1, true]);
  queue.taskDone();
  yield* waitFor(queue.join(), 10);
});

test("a cancelled, already woken get() leaves its item to the next getter", function* () {
  const queue = new Queue<string>();
  const first = createTask(queue.get());
  const second = createTask(queue.get());
  yield* sleep(0);
  queue.putNowait("item");
  first.cancel();
  assertEquals(yield* second, "item");
  assert(first.cancelled() && queue.empty());
});

test("an item may be anything, undefined included", function* () {
  for (const item of [undefined, null, NaN, "", {}]) {
    const queue = new Queue<unknown>();
    const getter = createTask(queue.get());
    yield* turns(2);
    yield* queue.put(item);
    assertStrictEquals(yield* getter, item);
  }
});

test("producers and consumers pass everything on through a small queue", function* () {
  const queue = new Queue<number>(3);
  const consumed: number[] = [];
  const producers = [0, 1, 2].map((i) =>
    createTask(function* () {
      for (let j = 0; j < 20; j++) {
        yield* sleep((i + j) % 3);
        yield* queue.put(i * 100 + j);
        assert(queue.size <= 3);
      }
    })
  );
  const consumers = [0, 1].map(() =>
    createTask(function* () {
      for (;;) {
        consumed.push(yield* queue.get());
        yield* sleep(1);
        queue.taskDone();
      }
    })
  );
  yield* gather(producers);
  yield* queue.join();
  for (const consumer of consumers) consumer.cancel();
  assertEquals(consumed.length, 60);
  assertEquals(new Set(consumed).size, 60);
});

test("operations of a queue are awaited once", function* () {
  const queue = new Queue<number>();
  const put = queue.put(1);
  assertEquals(queue.size, 0);
  yield* put;
  yield* failure(InvalidStateError, put);
  const get = queue.get();
  assertEquals([queue.size, yield* get], [1, 1]);
  yield* failure(InvalidStateError, get);
});

onBothCores("a queue is an async iterable that ends when it is shut down", async ({ run }) => {
  for (const inLoop of [false, true]) {
    const main = async () => {
      const queue = new Queue<number>(2);
      createTask(function* () {
        for (let i = 0; i < 5; i++) {
          yield* sleep(0);
          yield* queue.put(i);
        }
        queue.shutdown();
      });
      const items: number[] = [];
      for await (const item of queue) items.push(item);
      return items;
    };
    assertEquals(await (inLoop ? run(main) : main()), [0, 1, 2, 3, 4]);
  }
});

Deno.test("an async iteration of a queue that was left can be taken up again", async () => {
  const queue = new Queue<number>();
  for (let i = 0; i < 4; i++) queue.putNowait(i);
  queue.shutdown();
  const items: number[] = [];
  for await (const item of queue) {
    items.push(item);
    if (item === 1) break;
  }
  for await (const item of queue) items.push(item);
  assertEquals(items, [0, 1, 2, 3]);
});
