import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  allTasks,
  CancelledError,
  coroutine,
  createTask,
  currentTask,
  ensureFuture,
  Event,
  Future,
  gather,
  getRunningLoop,
  InvalidStateError,
  isAwaitable,
  isCoroutine,
  Lock,
  Queue,
  run,
  sleep,
  Task,
  timeout,
} from "../../mod.ts";
import { failure, later, test, turns } from "./support.ts";

const greet = coroutine(function* (greeting: string, name: string) {
  yield* sleep(1);
  return `${greeting}, ${name}!`;
});

test("what coroutine() makes passes its arguments on, and results in what is returned", function* () {
  assertEquals(yield* greet("Hello", "Ada"), "Hello, Ada!");
  const results = yield* gather([greet("Hello", "Ada"), createTask(greet("Hi", "Alan"))]);
  assertEquals(results, ["Hello, Ada!", "Hi, Alan!"]);
});

Deno.test("what coroutine() makes can be awaited in an async function", async () => {
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

Deno.test("an operation belongs to the loop that was running where it was made", async () => {
  await run(function* () {
    const event = new Event();
    for (const operation of [sleep(1), greet("a", "b"), event.wait(), timeout(5, () => turns(1))]) {
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
});

Deno.test("an operation that was made outside any loop runs on the host's default loop", async () => {
  const where = coroutine(function* () {
    yield;
    return getRunningLoop();
  });
  assertStrictEquals(await where(), new Future().loop);
});

Deno.test("an operation that was made outside any loop can be run", async () => {
  assertEquals(await run(greet("Hello", "Ada")), "Hello, Ada!");
  const operation = greet("Hi", "Alan");
  assertEquals(await run(operation), "Hi, Alan!");
});

Deno.test("coroutine() refuses what is no function", () => {
  assertThrows(() => coroutine(5 as never), TypeError, "fn must be a function, got 5");
  assertThrows(
    () => coroutine(later(0, 0) as never),
    TypeError,
    "fn must be a function, got Generator",
  );
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

test("createTask() takes any awaitable, and a function that returns one", function* () {
  const promise = Promise.resolve("promise");
  const future = new Future<string>();
  future.setResult("future");
  const cases: [() => Task<unknown>, unknown][] = [
    [() => createTask(later(1, "coroutine")), "coroutine"],
    [() => createTask(() => later(1, "function*")), "function*"],
    [() => createTask(sleep(1, "operation")), "operation"],
    [() => createTask(() => sleep(1, "function")), "function"],
    [() => createTask(greet("Hello", "Ada")), "Hello, Ada!"],
    [() => createTask(promise), "promise"],
    [() => createTask(async () => await promise), "promise"],
    [() => createTask(future), "future"],
    [() => createTask(createTask(later(1, "task"))), "task"],
    [
      () => createTask({ then: (f: (value: string) => void) => f("thenable") } as never),
      "thenable",
    ],
  ];
  for (const [make, expected] of cases) {
    const task = make();
    assert(task instanceof Task);
    assertEquals(yield* task, expected);
  }
});

test("createTask() refuses what can't be awaited, and says what to write", function* () {
  const awaitable = "coro must be a coroutine, future, task, operation or promise, got ";
  const cases: [unknown, string][] = [
    [5, `${awaitable}5`],
    [null, `${awaitable}null`],
    [undefined, `${awaitable}undefined`],
    [{}, `${awaitable}Object`],
    [[later(0, 0)], `${awaitable}Array`],
    [() => 5, "coro must return an awaitable, got 5: write it as function* or async function"],
    [() => {}, "coro must return an awaitable, got undefined: write it as function* or async"],
    [() => later, "coro must return an awaitable, got function later"],
  ];
  for (const [coro, message] of cases) {
    assertThrows(() => createTask(coro as never), TypeError, message);
    assertThrows(() => getRunningLoop().createTask(coro as never), TypeError, message);
  }
  yield;
});

test("createTask() refuses options that it can't use, and starts nothing", function* () {
  let begun = false;
  const coro = function* () {
    begun = true;
    yield;
  };
  const cases: [unknown, string][] = [
    [{ name: 5 }, "name must be a string, got 5"],
    [{ name: null }, "name must be a string, got null"],
    [{ context: {} }, "context must be a Context, got Object"],
    [{ context: null }, "context must be a Context, got null"],
    [null, "options must be an object, got null"],
    ["name", 'options must be an object, got "name"'],
  ];
  for (const [options, message] of cases) {
    assertThrows(() => createTask(coro, options as never), TypeError, message);
  }
  yield* turns(2);
  assert(!begun);
});

test("ensureFuture() returns futures and tasks as they are, and wraps the rest", function* () {
  const future = new Future<number>();
  const task = createTask(sleep(1));
  assertStrictEquals(ensureFuture(future), future);
  assertStrictEquals(ensureFuture(task), task);
  for (const make of [() => later(1, 5), () => sleep(1, 5), () => Promise.resolve(5)]) {
    const wrapped = ensureFuture(make());
    assert(wrapped instanceof Task);
    assertEquals(yield* wrapped, 5);
  }
  for (const bad of [5, null, {}]) assertThrows(() => ensureFuture(bad as never), TypeError);
  assertThrows(
    () => ensureFuture(later as never),
    TypeError,
    "aw must be a coroutine, future, task, operation or promise, got function later: call it first",
  );
  yield* task;
});

Deno.test("outside any loop tasks run on the host's default loop, which is never closed", async () => {
  const [a, b] = [createTask(later(1, "a")), ensureFuture(later(1, "b"))];
  assertStrictEquals(a.loop, b.loop);
  assertEquals(await Promise.all([a, b]), ["a", "b"]);
  assertEquals([a.loop.isRunning(), a.loop.isClosed()], [true, false]);
  assertThrows(() => a.loop.close(), InvalidStateError);
  const late = createTask(sleep("1h"));
  assert(late.cancel());
  const error = await Promise.resolve(late).catch((reason) => reason);
  assert(error instanceof CancelledError);
});

test("allTasks() has the unfinished tasks of the loop, the running one included", function* () {
  const loop = getRunningLoop();
  const asleep = createTask(sleep("1h"));
  const unstarted = createTask(sleep(0));
  const finished = createTask(sleep(0), { eager: true });
  finished.cancel();
  yield* failure(CancelledError, finished);
  assertEquals(allTasks(), new Set([currentTask()!, asleep, unstarted].filter((t) => !t.done())));
  assert([...allTasks()].every((task) => task.loop === loop));
  asleep.cancel();
  yield* turns(2);
  assertEquals(allTasks(), new Set([currentTask()!]));
});
