/**
 * The types of what is awaited, and of what awaiting it gives.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  allTasks,
  type Awaitable,
  type Coroutine,
  coroutine,
  createTask,
  currentTask,
  type Duration,
  ensureFuture,
  Future,
  getRunningLoop,
  isAwaitable,
  isCoroutine,
  type Operation,
  type Result,
  run,
  Runner,
  type RunOptions,
  sleep,
  type Task,
  until,
} from "../../mod.ts";
import { test } from "../unit/support.ts";
import { loadText, loadUser, type User } from "./loads.ts";
import { type Equals, expect, type IsAny } from "./expect.ts";

async function loadDate(): Promise<Date> {
  await Promise.resolve();
  return new Date(0);
}

test("yield* gives the type of the result, of every kind of awaitable", function* () {
  const user = yield* loadUser(1);
  expect<Equals<typeof user, User>>();
  const text = yield* loadText("x");
  expect<Equals<typeof text, string>>();
  const ofTask = yield* createTask(loadUser(1));
  expect<Equals<typeof ofTask, User>>();
  const ofOperation = yield* sleep(1, "result");
  expect<Equals<typeof ofOperation, string>>();
  const ofSleep = yield* sleep(1);
  expect<Equals<typeof ofSleep, void>>();
  const ofPromise = yield* until(loadDate());
  expect<Equals<typeof ofPromise, Date>>();
  const future = new Future<User>();
  future.setResult({ id: 2 });
  const ofFuture = yield* future;
  expect<Equals<typeof ofFuture, User>>();
  assertEquals([user.id, text, ofFuture.id], [1, "x", 2]);
});

Deno.test("await gives the type of the result, too", async () => {
  const ofTask = await createTask(loadUser(1));
  expect<Equals<typeof ofTask, User>>();
  const ofOperation = await sleep(1, 5);
  expect<Equals<typeof ofOperation, number>>();
  const mapped = await createTask(loadText("x")).then((text) => text.length, () => false as const);
  expect<Equals<typeof mapped, number | false>>();
  assertEquals([ofTask.id, ofOperation, mapped], [1, 5, 1]);
});

Deno.test("everything that can be waited for is an Awaitable of its result", () => {
  const awaitables: (() => Awaitable<User>)[] = [
    () => loadUser(1),
    () => new Future<User>(),
    () => createTask(loadUser(1)),
    () => sleep(1, { id: 1 }),
    () => Promise.resolve({ id: 1 }),
  ];
  assertEquals(awaitables.length, 5);
  expect<Equals<Result<Coroutine<User>>, User>>();
  expect<Equals<Result<Task<User>>, User>>();
  expect<Equals<Result<Future<User>>, User>>();
  expect<Equals<Result<Operation<User>>, User>>();
  expect<Equals<Result<Promise<User>>, User>>();
  expect<Equals<Result<PromiseLike<User>>, User>>();
  expect<Equals<Result<Coroutine<User> | Promise<string>>, User | string>>();
  // @ts-expect-error -- a number is not awaitable
  ((): Awaitable<number> => 5)();
  // @ts-expect-error -- a coroutine of a string is not one of a number
  ((): Awaitable<number> => loadText("x"))();
  // @ts-expect-error -- the function must be called first
  ((): Awaitable<User> => loadUser)();
});

test("a promise cannot be waited for without until()", function* () {
  const promise = Promise.resolve(5);
  function* wrong() {
    // @ts-expect-error -- a promise has no iterator
    // deno-lint-ignore wasyncio/no-yield-promise -- what it says then is what is tested
    yield* promise;
  }
  let message = "";
  try {
    yield* wrong();
  } catch (error) {
    message = (error as Error).name;
  }
  assertEquals(message, "TypeError");
});

test("createTask() and ensureFuture() keep the type of the result", function* () {
  const tasks = {
    ofCoroutine: createTask(loadUser(1)),
    ofFunction: createTask(() => loadUser(1)),
    inferred: createTask(function* () {
      yield* sleep(0);
      return { id: 1 } as User;
    }),
    ofOperation: createTask(sleep(1, { id: 1 } as User)),
    ofPromise: createTask(Promise.resolve<User>({ id: 1 })),
    ofAsync: createTask(() => Promise.resolve<User>({ id: 1 })),
    byLoop: getRunningLoop().createTask(loadUser(1), { name: "by the loop" }),
  };
  expect<Equals<typeof tasks[keyof typeof tasks], Task<User>>>();
  for (const task of Object.values(tasks)) assertEquals(yield* task, { id: 1 });

  const future = ensureFuture(loadUser(1));
  expect<Equals<typeof future, Future<User>>>();
  const wrapped = ensureFuture(loadDate());
  expect<Equals<typeof wrapped, Future<Date>>>();
  yield* future;
  yield* wrapped;
});

Deno.test("createTask() takes awaitables, functions of no arguments, and its options only", () => {
  const wrong = [
    // @ts-expect-error -- a number is not awaitable
    () => createTask(5),
    // @ts-expect-error -- nobody would give the argument
    () => createTask(loadUser),
    // @ts-expect-error -- a name is a string
    () => createTask(loadUser(1), { name: 5 }),
    // @ts-expect-error -- there is no such option
    () => createTask(loadUser(1), { priority: 1 }),
    // @ts-expect-error -- ensureFuture() takes no function
    () => ensureFuture(() => loadUser(1)),
  ];
  assertEquals(wrong.length, 5);
});

Deno.test("a task of anything is a task of unknown, and a future", () => {
  const widen = (task: Task<User>): [Task<unknown>, Future<unknown>, Future<User>] => [
    task,
    task,
    task,
  ];
  assertEquals(widen.length, 1);
  // @ts-expect-error -- a future is no task
  ((future: Future<User>): Task<User> => future);
});

test("the parts of a future have the type of its result", function* () {
  const future = new Future<User>();
  expect<Equals<ReturnType<typeof future.result>, User>>();
  expect<Equals<ReturnType<typeof future.exception>, unknown>>();
  expect<Equals<Parameters<typeof future.setResult>, [value: User]>>();
  expect<Equals<ReturnType<typeof future.removeDoneCallback>, number>>();
  expect<Equals<ReturnType<typeof future.cancel>, boolean>>();
  future.addDoneCallback((done) => expect<Equals<typeof done, Future<User>>>());
  const task = createTask(loadUser(1));
  task.addDoneCallback((done) => {
    expect<Equals<IsAny<typeof done>, false>>();
    const { id }: User = done.result();
    assertEquals(id, 1);
    const name: string = done.name;
    assertEquals(typeof name, "string");
  });
  // @ts-expect-error -- a user is not a string
  (() => future.setResult("Ada"));
  // @ts-expect-error -- the result is missing
  (() => future.setResult());
  const nothing = new Future<void>();
  nothing.setResult();
  yield* nothing;
  yield* task;
});

test("coroutine() keeps the parameters and the type of the result", function* () {
  const load = coroutine(function* (id: number, ...names: string[]) {
    yield* sleep(1);
    return { id, names };
  });
  expect<Equals<Parameters<typeof load>, [id: number, ...names: string[]]>>();
  expect<Equals<ReturnType<typeof load>, Operation<{ id: number; names: string[] }>>>();
  const optional = coroutine(function* (id?: number): Coroutine<number | undefined> {
    yield;
    return id;
  });
  expect<Equals<Parameters<typeof optional>, [id?: number]>>();
  const identity = coroutine(function* <T>(value: T): Coroutine<T> {
    yield;
    return value;
  });
  const same = yield* identity("text" as const);
  expect<Equals<typeof same, "text">>();
  const { names } = yield* load(1, "Ada");
  assertEquals([names, yield* optional()], [["Ada"], undefined]);
  // @ts-expect-error -- the id is a number
  (() => load("1"));
  // @ts-expect-error -- the id is missing
  (() => load());
  // @ts-expect-error -- an async function is no coroutine function
  (() => coroutine(async () => await Promise.resolve(5)));
});

Deno.test("run() and Runner.run() promise the type of the result", async () => {
  const ofCoroutine = run(loadUser(1));
  expect<Equals<typeof ofCoroutine, Promise<User>>>();
  const ofFunction = run(function* () {
    yield* sleep(0);
    return "text";
  });
  expect<Equals<typeof ofFunction, Promise<string>>>();
  const ofAsync = run(async () => await loadDate());
  expect<Equals<typeof ofAsync, Promise<Date>>>();
  const ofOperation = run(sleep(0));
  expect<Equals<typeof ofOperation, Promise<void>>>();
  await Promise.all([ofCoroutine, ofFunction, ofAsync, ofOperation]);
  await using runner = new Runner();
  const byRunner = runner.run(loadUser(1));
  expect<Equals<typeof byRunner, Promise<User>>>();
  await byRunner;
});

Deno.test("the options of run() are checked", () => {
  const options: RunOptions = { core: "js", timeSlice: "8ms", signal: AbortSignal.abort() };
  const wrong: RunOptions[] = [
    // @ts-expect-error -- there are two cores
    { core: "rust" },
    // @ts-expect-error -- a duration has a unit
    { timeSlice: "8" },
    // @ts-expect-error -- there is no such option
    { timeout: 5 },
  ];
  const handler: RunOptions = {
    exceptionHandler({ message, exception, task, future, handle, loop }) {
      expect<Equals<typeof message, string>>();
      expect<Equals<typeof exception, unknown>>();
      expect<Equals<typeof task, Task<unknown> | undefined>>();
      expect<Equals<typeof future, Future<unknown> | undefined>>();
      expect<Equals<IsAny<typeof handle>, false>>();
      expect<Equals<IsAny<typeof loop>, false>>();
    },
  };
  assertEquals([options.core, wrong.length, typeof handler.exceptionHandler], [
    "js",
    3,
    "function",
  ]);
});

test("isCoroutine() and isAwaitable() tell the compiler, too", function* () {
  const things: (string | Coroutine<User> | Promise<User>)[] = [
    "text",
    loadUser(1),
    Promise.resolve({ id: 1 }),
  ];
  for (const thing of things) {
    if (isCoroutine(thing)) {
      const user = yield* thing;
      expect<Equals<IsAny<typeof user>, false>>();
    } else if (isAwaitable(thing)) {
      expect<Equals<typeof thing, Promise<User>>>();
    } else {
      expect<Equals<typeof thing, string>>();
    }
  }
  const anything: unknown = loadUser(1);
  if (isAwaitable(anything)) expect<Equals<typeof anything, Awaitable<unknown>>>();
});

test("tasks that are found have results of type unknown", function* () {
  const current = currentTask();
  expect<Equals<typeof current, Task<unknown> | null>>();
  const tasks = allTasks();
  expect<Equals<typeof tasks, Set<Task<unknown>>>>();
  const stack = current!.getStack();
  expect<Equals<typeof stack, string[]>>();
  yield;
});

Deno.test("a duration is a number, or a number with a unit", () => {
  const durations: Duration[] = [250, 0.5, -1, Infinity, "250ms", "2s", "1.5m", "1h", "-1s"];
  for (const delay of [1, 2]) durations.push(`${delay}s`);
  const wrong: Duration[] = [
    // @ts-expect-error -- there is no unit of days
    "1d",
    // @ts-expect-error -- the unit is missing
    "250",
    // @ts-expect-error -- the number is missing
    "ms",
    // @ts-expect-error -- a date is no duration
    new Date(0),
    // @ts-expect-error -- null is no duration, only in some places no limit
    null,
  ];
  assertEquals([durations.length, wrong.length], [11, 5]);
});
