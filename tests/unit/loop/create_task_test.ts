/**
 * What tasks are made of, and which ones a loop has.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  allTasks,
  CancelledError,
  coroutine,
  createTask,
  currentTask,
  ensureFuture,
  Future,
  getRunningLoop,
  InvalidStateError,
  sleep,
  Task,
} from "../../../mod.ts";
import { failure, later, test, turns } from "../support.ts";

const greet = coroutine(function* (greeting: string, name: string) {
  yield* sleep(1);
  return `${greeting}, ${name}!`;
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
    [[later(0, 0)], `${awaitable}Array: wrap a list in gather([...])`],
    [new Set([later(0, 0)]), `${awaitable}Set: wrap a list in gather([...])`],
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
