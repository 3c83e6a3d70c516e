/**
 * `asCompleted()`: results in the order in which they come.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  asCompleted,
  CancelledError,
  createTask,
  DeadlockError,
  type Duration,
  Future,
  getRunningLoop,
  sleep,
  TimeoutError,
  until,
} from "../../../mod.ts";
import { VirtualClock } from "../../../testing.ts";
import { failing, failure, later, onBothCores, test, turns } from "../support.ts";

test("asCompleted() gives operations in the order in which results come", function* () {
  const results: unknown[] = [];
  const aws = [later(30, "slow"), createTask(later(10, "quick")), sleep(20, "middle")];
  for (const next of asCompleted([...aws, Promise.resolve("promise")])) {
    results.push(yield* next);
  }
  assertEquals(results, ["promise", "quick", "middle", "slow"]);
});

test("asCompleted() takes any iterable, and counts what is in it twice once", function* () {
  const make = () => [later(2, "b"), later(1, "a")];
  function* generated() {
    yield* make() as Iterable<ReturnType<typeof make>[0]>;
  }
  const twice = later(1, "a");
  const iterables = [
    make(),
    new Set(make()),
    new Map(make().entries()).values(),
    generated(),
    [twice, later(2, "b"), twice],
  ];
  for (const iterable of iterables) {
    const results: string[] = [];
    for (const next of asCompleted(iterable)) results.push(yield* next);
    assertEquals(results, ["a", "b"]);
  }
});

test("of nothing there is nothing to come", function* () {
  assertEquals([...asCompleted([])], []);
  assertEquals([...asCompleted([], { timeout: 5 })], []);
  yield;
});

test("an operation throws what its awaitable throws, and the others go on", function* () {
  const results: unknown[] = [];
  for (const next of asCompleted([failing(1, new RangeError("wrong")), later(2, "fine")])) {
    try {
      results.push(yield* next);
    } catch (error) {
      results.push((error as Error).message);
    }
  }
  assertEquals(results, ["wrong", "fine"]);
});

test("a cancelled awaitable throws a CancelledError in its place", function* () {
  const task = createTask(sleep("1h"));
  getRunningLoop().callLater(5, () => task.cancel("enough"));
  const [first, second] = asCompleted([task, later(10, "fine")]);
  assertEquals((yield* failure(CancelledError, first)).message, "enough");
  assertEquals(yield* second, "fine");
});

test("a loop that was left by break can be taken up again", function* () {
  const completed = asCompleted([later(1, "a"), later(2, "b"), later(3, "c")]);
  const results: string[] = [];
  for (const next of completed) {
    results.push(yield* next);
    break;
  }
  yield* sleep(10);
  for (const next of completed) results.push(yield* next);
  assertEquals(results, ["a", "b", "c"]);
  assertEquals([...completed], []);
});

test("operations may be awaited later, all at once and in any order", function* () {
  const [first, second, third] = asCompleted([later(3, "c"), later(1, "a"), later(2, "b")]);
  yield* sleep(10);
  // Whoever asks first gets what came first.
  assertEquals([yield* third, yield* first, yield* second], ["a", "b", "c"]);
});

test("when the time is up, the operations that are left throw a TimeoutError", function* () {
  const loop = getRunningLoop();
  const start = loop.time();
  const [quick, slow, slower] = [1, "1h", "2h"].map((delay) =>
    createTask(later(delay as Duration, delay))
  );
  const results: unknown[] = [];
  for (const next of asCompleted([quick, slow, slower], { timeout: 10 })) {
    try {
      results.push(yield* next);
    } catch (error) {
      assert(error instanceof TimeoutError);
      results.push((error as Error).message);
    }
  }
  assertEquals(results, [1, "Timed out after 10ms", "Timed out after 10ms"]);
  assertEquals(loop.time() - start, 10);
  assertEquals([slow.done(), slower.cancelling()], [false, 0]);
});

test("what is done before the time is up keeps its result, however late it is asked for", function* () {
  const completed = asCompleted([later(1, "in time"), sleep("1h")], { timeout: "10ms" });
  yield* sleep(100);
  const [first, second] = completed;
  assertEquals(yield* first, "in time");
  yield* failure(TimeoutError, second);
});

test("with no time at all only what is done has a result", function* () {
  const done = createTask(later(0, "done"));
  yield* done;
  for (const limit of [0, -1, "0s"] as Duration[]) {
    const [first, second] = asCompleted([sleep("1h"), done], { timeout: limit });
    assertEquals(yield* first, "done");
    yield* failure(TimeoutError, second);
  }
});

onBothCores("a limit that isn't hit leaves no timer behind", async ({ run }) => {
  const clock = new VirtualClock();
  await assertRejects(() =>
    run(function* () {
      for (const next of asCompleted([later(1, 1)], { timeout: "1h" })) yield* next;
      yield* new Future<void>();
    }, { clock }), DeadlockError);
  // A timer would have moved the clock before nothing was left to do.
  assertEquals(clock.now(), 1);
});

test("cancelling who waits for an operation cancels nothing else", function* () {
  const task = createTask(later(10, "result"));
  const completed = asCompleted([task]);
  const waiter = createTask(function* () {
    for (const next of completed) return yield* next;
  });
  yield* turns(2);
  waiter.cancel();
  yield* failure(CancelledError, waiter);
  assertEquals([task.done(), task.cancelling()], [false, 0]);
  assertEquals(yield* task, "result");
});

test("asCompleted() starts all at once, whether or not anybody waits", function* () {
  const log: string[] = [];
  asCompleted([function* () {
    log.push("begun");
    yield;
  }()]);
  yield* turns(2);
  assertEquals(log, ["begun"]);
});

Deno.test("asCompleted() is an async iterable of results", async () => {
  const results: unknown[] = [];
  for await (const result of asCompleted([later(2, "b"), later(1, "a"), Promise.resolve("p")])) {
    results.push(result);
  }
  assertEquals(results, ["p", "a", "b"]);
  const mixed = asCompleted([later(1, "fine"), failing(2, new RangeError("wrong")), later(9, 1)]);
  const seen: unknown[] = [];
  await assertRejects(
    async () => {
      for await (const result of mixed) seen.push(result);
    },
    RangeError,
    "wrong",
  );
  for await (const result of mixed) seen.push(result);
  assertEquals(seen, ["fine", 1]);
});

onBothCores(
  "asCompleted() can be iterated in an async function that a loop runs",
  async ({ run }) => {
    const results = await run(async () => {
      const results: string[] = [];
      for await (const result of asCompleted([later(2, "b"), later(1, "a")])) results.push(result);
      return results;
    });
    assertEquals(results, ["a", "b"]);
  },
);

test("asCompleted() refuses what is no iterable of awaitables, and starts nothing", function* () {
  let begun = false;
  const coro = function* () {
    begun = true;
    yield;
  };
  const cases: [unknown, string][] = [
    [5, "aws must be an iterable of awaitables, got 5"],
    [null, "aws must be an iterable of awaitables, got null"],
    [{}, "aws must be an iterable of awaitables, got Object"],
    [new Future(), "aws must be an iterable of awaitables, got Future"],
    [sleep(0), "aws must be an iterable of awaitables, got"],
    [Promise.resolve(), "aws must be an iterable of awaitables, got Promise"],
    [later(0.5, 0), "aws must be an iterable of awaitables, got a coroutine"],
    [[coro(), 5], "aws[1] must be a coroutine, future, task, operation or promise, got 5"],
    [[coro], "aws[0] must be a coroutine, future, task, operation or promise, got function coro"],
    ["text", 'aws[0] must be a coroutine, future, task, operation or promise, got "t"'],
  ];
  for (const [aws, message] of cases) {
    assertThrows(() => asCompleted(aws as never), TypeError, message);
  }
  assertThrows(() => asCompleted([], { timeout: NaN }), RangeError, "timeout must be a duration");
  assertThrows(() => asCompleted([], { timeout: {} as never }), TypeError, "timeout must be");
  assertThrows(() => asCompleted([], null as never), TypeError, "options must be an object");
  yield* turns(2);
  assert(!begun);
  yield* until(Promise.resolve()); // and this task is none the worse for it
});
