/**
 * Coroutines and operations: what they are, when they start, and how often they may be awaited.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  coroutine,
  createTask,
  currentTask,
  Event,
  Future,
  gather,
  getRunningLoop,
  InvalidStateError,
  isAwaitable,
  isCoroutine,
  Lock,
  Queue,
  sleep,
  Task,
  timeout,
} from "../../../mod.ts";
import { failure, later, onBothCores, test, turns } from "../support.ts";

const greet = coroutine(function* (greeting: string, name: string) {
  yield* sleep(1);
  return `${greeting}, ${name}!`;
});

test("what coroutine() makes passes its arguments on, and results in what is returned", function* () {
  assertEquals(yield* greet("Hello", "Ada"), "Hello, Ada!");
  const results = yield* gather([greet("Hello", "Ada"), createTask(greet("Hi", "Alan"))]);
  assertEquals(results, ["Hello, Ada!", "Hi, Alan!"]);
});

onBothCores("what coroutine() makes can be awaited in an async function", async ({ run }) => {
  assertEquals(await greet("Hello", "Ada"), "Hello, Ada!");
  assertEquals(await run(async () => await greet("Hi", "Alan")), "Hi, Alan!");
});

test("a call of a coroutine function starts nothing until it is awaited", function* () {
  const log: string[] = [];
  const note = coroutine(function* () {
    log.push("begun");
    yield;
  });
  const operation = note();
  yield* turns(3);
  assertEquals(log, []);
  yield* operation;
  assertEquals(log, ["begun"]);
});

test("a coroutine runs in the task that waits for it", function* () {
  const whoRuns = coroutine(function* () {
    yield* sleep(1);
    return currentTask();
  });
  assertStrictEquals(yield* whoRuns(), currentTask());
});

test("what coroutine() makes fails as its function does", function* () {
  const fails = coroutine(function* (message: string) {
    yield* sleep(1);
    throw new RangeError(message);
  });
  assertEquals((yield* failure(RangeError, fails("wrong"))).message, "wrong");
});

test("an operation may be awaited once, in whatever way", function* () {
  const ways = [
    (operation: ReturnType<typeof greet>) => operation,
    (operation: ReturnType<typeof greet>) => createTask(operation),
    (operation: ReturnType<typeof greet>) => gather(operation),
  ];
  for (const way of ways) {
    const operation = greet("Hello", "Ada");
    yield* way(operation);
    for (const again of ways) {
      const error = yield* failure(InvalidStateError, {
        [Symbol.iterator]: () => again(operation)[Symbol.iterator](),
      });
      assert(error.message.startsWith("Cannot await an operation twice"), error.message);
    }
  }
});

Deno.test("an operation that is awaited twice in an async function rejects", async () => {
  const operation = greet("Hello", "Ada");
  assertEquals(await operation, "Hello, Ada!");
  const error = await Promise.resolve().then(() => operation).catch((reason) => reason);
  assert(error instanceof InvalidStateError);
});

onBothCores(
  "an operation belongs to the loop that was running where it was made",
  async ({ run }) => {
    await run(function* () {
      const event = new Event();
      for (
        const operation of [
          sleep(1),
          greet("a", "b"),
          event.wait(),
          timeout(5, () => turns(1)),
        ]
      ) {
        let refused: unknown;
        const other = run(function* () {
          refused = yield* failure(InvalidStateError, operation);
        });
        yield* createTask(other);
        assertEquals(
          (refused as Error).message,
          "Cannot await an operation that belongs to another event loop",
        );
      }
    });
  },
);

Deno.test("an operation that was made outside any loop runs on the host's default loop", async () => {
  const where = coroutine(function* () {
    yield;
    return getRunningLoop();
  });
  assertStrictEquals(await where(), new Future().loop);
});

onBothCores("an operation that was made outside any loop can be run", async ({ run }) => {
  assertEquals(await run(greet("Hello", "Ada")), "Hello, Ada!");
  const operation = greet("Hi", "Alan");
  assertEquals(await run(operation), "Hi, Alan!");
});

Deno.test("coroutine() refuses what is no function", () => {
  assertThrows(() => coroutine(5 as never), TypeError, "fn must be a function, got 5");
  assertThrows(
    () => coroutine(later(0, 0) as never),
    TypeError,
    "fn must be a function, got Generator: don't call it here",
  );
});

test("coroutine() of a function that returns nothing to wait for says so", function* () {
  const error = yield* failure(TypeError, coroutine((() => 5) as never)());
  assertEquals(
    error.message,
    "fn must return an awaitable, got 5: write it as function* or async function",
  );
  const wrapped = coroutine((async () => await Promise.resolve(5)) as never);
  assertEquals(yield* wrapped(), 5 as never);
});

test("isCoroutine() knows what a generator function returns, and nothing else", function* () {
  function* named() {}
  const object = { *method() {} };
  for (const yes of [later(0, 0), named(), object.method(), (function* () {})()]) {
    assert(isCoroutine(yes));
  }
  const iterator = { next: () => ({ done: true, value: 0 }), [Symbol.iterator]: () => iterator };
  async function* asyncGenerator() {}
  const no = [
    named,
    null,
    undefined,
    5,
    "text",
    {},
    [],
    [][Symbol.iterator](),
    new Map().keys(),
    iterator,
    asyncGenerator(),
    sleep(0),
    greet("a", "b"),
    new Future(),
    Promise.resolve(),
  ];
  for (const each of no) assert(!isCoroutine(each), Deno.inspect(each));
  yield;
});

test("isAwaitable() knows coroutines, futures, tasks, operations and promises", function* () {
  const task = createTask(sleep(0));
  const yes: unknown[] = [
    later(0, 0),
    new Future(),
    task,
    sleep(0),
    greet("a", "b"),
    new Lock().acquire(),
    new Queue<number>().get(),
    Promise.resolve(),
    { then() {} },
    Object.assign(() => {}, { then() {} }),
  ];
  for (const each of yes) assert(isAwaitable(each), Deno.inspect(each));
  const no: unknown[] = [later, greet, null, undefined, 0, "then", {}, { then: 5 }, [sleep], Task];
  for (const each of no) assert(!isAwaitable(each), Deno.inspect(each));
  yield* task;
});
