/**
 * The types that go through gather(), wait(), time limits, groups and the like.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  abortable,
  type AsCompleted,
  asCompleted,
  type Awaitable,
  type Coroutine,
  createTask,
  Future,
  gather,
  iterate,
  type Operation,
  Queue,
  shield,
  sleep,
  type Task,
  type TaskGroup,
  taskGroup,
  timeout,
  timeoutAt,
  type TimeoutScope,
  until,
  wait,
  waitFor,
  type WaitResult,
} from "../../mod.ts";
import { test } from "../unit/support.ts";
import { loadText, loadUser, type User } from "./loads.ts";
import { type Equals, expect, type IsAny } from "./expect.ts";

test("gather() keeps the type of each argument", function* () {
  const [a, b] = yield* gather(loadUser(1), loadText("x"));
  expect<Equals<typeof a, User>>();
  expect<Equals<typeof b, string>>();
  const future = new Future<Date>();
  future.setResult(new Date(0));
  const mixed = gather(
    loadUser(1),
    createTask(loadText("x")),
    future,
    sleep(1),
    sleep(1, true as boolean),
    Promise.resolve(5n),
  );
  expect<Equals<typeof mixed, Future<[User, string, Date, void, boolean, bigint]>>>();
  assertEquals((yield* mixed)[5], 5n);
  assertEquals([a.id, b], [1, "x"]);
});

test("gather() of an array keeps places as far as they are known", function* () {
  const tuple = gather([loadUser(1), loadText("x")]);
  expect<Equals<typeof tuple, Future<[User, string]>>>();
  const list = gather([1, 2, 3].map(loadUser));
  expect<Equals<typeof list, Future<User[]>>>();
  const readonlyTasks: readonly Task<string>[] = [createTask(loadText("x"))];
  const ofReadonly = gather(readonlyTasks);
  expect<Equals<typeof ofReadonly, Future<string[]>>>();
  const spread = gather(...[1, 2].map(loadUser));
  expect<Equals<typeof spread, Future<User[]>>>();
  const empty = gather();
  expect<Equals<typeof empty, Future<[]>>>();
  const results = yield* gather(tuple, list, ofReadonly, spread, empty);
  assertEquals(results[1].length, 3);
});

test("gather() with returnExceptions may have errors in all places", function* () {
  const outcomes = yield* gather([loadUser(1), loadText("x")], { returnExceptions: true });
  expect<Equals<typeof outcomes, [User | Error, string | Error]>>();
  const list = yield* gather([1, 2].map(loadUser), { returnExceptions: true });
  expect<Equals<typeof list, (User | Error)[]>>();
  const without = yield* gather([loadUser(1)], { returnExceptions: false });
  expect<Equals<typeof without, [User]>>();
  assertEquals(outcomes.length, 2);
});

Deno.test("gather() takes awaitables, one by one or in an array", () => {
  const wrong = [
    // @ts-expect-error -- a number is not awaitable
    () => gather(loadUser(1), 5),
    // @ts-expect-error -- the function must be called
    () => gather(loadUser),
    // @ts-expect-error -- options come after an array only
    () => gather(loadUser(1), { returnExceptions: true }),
    // @ts-expect-error -- a set is no array
    () => gather(new Set([loadUser(1)])),
    // @ts-expect-error -- there is no such option
    () => gather([loadUser(1)], { timeout: 5 }),
  ];
  assertEquals(wrong.length, 5);
});

test("wait() gives sets of the very type that it was given", function* () {
  const tasks = [createTask(loadUser(1)), createTask(loadUser(2))];
  const operation = wait(tasks, { timeout: "1s", returnWhen: "ALL_COMPLETED" });
  expect<Equals<typeof operation, Operation<WaitResult<Task<User>>>>>();
  const { done, pending } = yield* operation;
  expect<Equals<typeof done, Set<Task<User>>>>();
  expect<Equals<typeof pending, Set<Task<User>>>>();
  const mixed = yield* wait([createTask(loadUser(1)), createTask(loadText("x"))]);
  expect<Equals<typeof mixed.done, Set<Task<User> | Task<string>>>>();
  const ofSet = yield* wait(new Set(tasks));
  expect<Equals<typeof ofSet.pending, Set<Task<User>>>>();
  assertEquals([...done].map((task) => task.result().id), [1, 2]);
});

Deno.test("wait() takes futures and tasks only", () => {
  const wrong = [
    // @ts-expect-error -- a coroutine is no task
    () => wait([loadUser(1)]),
    // @ts-expect-error -- an operation is no task
    () => wait([sleep(1)]),
    // @ts-expect-error -- a promise is no task
    () => wait([Promise.resolve()]),
    // @ts-expect-error -- there is no such mode
    () => wait([new Future<void>()], { returnWhen: "LAST_COMPLETED" }),
    // @ts-expect-error -- a duration has a unit
    () => wait([new Future<void>()], { timeout: "5" }),
  ];
  assertEquals(wrong.length, 5);
});

test("waitFor() and shield() keep the type of the result", function* () {
  const operations = {
    ofCoroutine: waitFor(loadUser(1), "1s"),
    ofTask: waitFor(createTask(loadUser(1)), 1000),
    ofOperation: waitFor(sleep(1, { id: 1 } as User), null),
    ofPromise: waitFor(Promise.resolve<User>({ id: 1 }), Infinity),
  };
  expect<Equals<typeof operations[keyof typeof operations], Operation<User>>>();
  for (const operation of Object.values(operations)) assertEquals(yield* operation, { id: 1 });
  const shielded = shield(loadUser(1));
  expect<Equals<typeof shielded, Future<User>>>();
  assertEquals((yield* shielded).id, 1);
  // @ts-expect-error -- a limit is a duration
  (() => waitFor(loadUser(1), "soon"));
  // @ts-expect-error -- the limit is missing
  (() => waitFor(loadUser(1)));
});

test("timeout() and timeoutAt() give the body its scope, and its result back", function* () {
  const user = yield* timeout("1s", function* (scope) {
    expect<Equals<typeof scope, TimeoutScope>>();
    const when = scope.when();
    expect<Equals<typeof when, number | null>>();
    return yield* loadUser(1);
  });
  expect<Equals<typeof user, User>>();
  const ofAsync = yield* timeout(null, () => Promise.resolve("text"));
  expect<Equals<typeof ofAsync, string>>();
  const at = timeoutAt(1e6, () => loadUser(1));
  expect<Equals<typeof at, Operation<User>>>();
  assertEquals((yield* at).id, 1);
  // @ts-expect-error -- a moment is a number
  (() => timeoutAt("2s", () => loadUser(1)));
  // @ts-expect-error -- the body must be a function
  (() => timeout("2s", loadUser(1)));
});

test("taskGroup() keeps the types of its tasks and of its body", function* () {
  const result = yield* taskGroup(function* (group) {
    expect<Equals<typeof group, TaskGroup>>();
    const user = group.createTask(loadUser(1));
    expect<Equals<typeof user, Task<User>>>();
    const text = group.createTask(() => loadText("x"), { name: "text" });
    expect<Equals<typeof text, Task<string>>>();
    return [yield* user, yield* text] as const;
  });
  expect<Equals<typeof result, readonly [User, string]>>();
  const ofAsync = taskGroup(async (group) => await group.createTask(loadUser(1)));
  expect<Equals<typeof ofAsync, Operation<User>>>();
  assertEquals([result[1], yield* ofAsync], ["x", { id: 1 }]);
});

test("bodies may return nothing, and give void", function* () {
  const ofTimeout = timeout("1m", () => {});
  expect<Equals<typeof ofTimeout, Operation<void>>>();
  const ofScope = timeoutAt(null, (scope) => {
    scope.expired();
  });
  expect<Equals<typeof ofScope, Operation<void>>>();
  const ofGroup = taskGroup((group) => {
    group.createTask(loadUser(1));
  });
  expect<Equals<typeof ofGroup, Operation<void>>>();
  assertEquals([yield* ofTimeout, yield* ofScope, yield* ofGroup], Array(3).fill(undefined));
  const seen: number[] = [];
  async function* numbers() {
    for (let i = 0; i < 9; i++) yield i;
  }
  yield* iterate(numbers(), (n) => {
    seen.push(n);
    if (n === 2) return false;
  });
  assertEquals(seen, [0, 1, 2]);
  // @ts-expect-error -- a number is nothing to wait for
  (() => iterate(numbers(), (n) => n));
  // @ts-expect-error -- neither is a coroutine that nobody has called
  (() => timeout("1m", () => loadUser));
  // @ts-expect-error -- the body is a function
  (() => taskGroup(loadUser(1)));
});

test("a generic helper waits for whatever it is given with until()", function* () {
  function* twice<T>(make: () => Awaitable<T>): Coroutine<[T, T]> {
    return [yield* until(make()), yield* until(make())];
  }
  const ofCoroutine = yield* twice(() => loadUser(1));
  expect<Equals<typeof ofCoroutine, [User, User]>>();
  const ofPromise = yield* twice(() => Promise.resolve(5n));
  expect<Equals<typeof ofPromise, [bigint, bigint]>>();
  const ofAsync = yield* twice(async () => await loadTextLater());
  expect<Equals<typeof ofAsync, [string, string]>>();
  const ofSleep = yield* twice(() => sleep(0));
  expect<Equals<typeof ofSleep, [void, void]>>();
  const ofTask = yield* twice(() => createTask(loadText("x")));
  expect<Equals<typeof ofTask, [string, string]>>();
  assertEquals([ofCoroutine[0].id, ofPromise[0], ofAsync[1], ofTask[1]], [1, 5n, "x", "x"]);
});

async function loadTextLater(): Promise<string> {
  return await Promise.resolve("x");
}

test("asCompleted() gives operations of what may come", function* () {
  const completed = asCompleted([loadUser(1), loadText("x")]);
  expect<Equals<typeof completed, AsCompleted<User | string>>>();
  for (const next of completed) {
    expect<Equals<typeof next, Operation<User | string>>>();
    const value = yield* next;
    expect<Equals<typeof value, User | string>>();
  }
  for (const next of asCompleted(new Set([createTask(loadUser(1))]), { timeout: "1s" })) {
    const user = yield* next;
    expect<Equals<typeof user, User>>();
    assertEquals(user.id, 1);
  }
  // @ts-expect-error -- a number is not awaitable
  (() => asCompleted([5]));
});

Deno.test("asCompleted() gives an async iteration the results", async () => {
  for await (const user of asCompleted([loadUser(1), loadUser(2)])) {
    expect<Equals<typeof user, User>>();
    assertEquals(typeof user.id, "number");
  }
});

test("until(), abortable() and iterate() keep the types of promises and items", function* () {
  const ofPromise = until(Promise.resolve("text"));
  expect<Equals<typeof ofPromise, Operation<string>>>();
  const aborted = abortable((signal) => {
    expect<Equals<typeof signal, AbortSignal>>();
    return Promise.resolve({ id: 1 } as User);
  });
  expect<Equals<typeof aborted, Operation<User>>>();
  assertEquals([yield* ofPromise, yield* aborted], ["text", { id: 1 }]);

  const queue = new Queue<User>();
  queue.putNowait({ id: 1 });
  queue.shutdown();
  const iteration = iterate(queue, function* (item) {
    expect<Equals<typeof item, User>>();
    yield;
  });
  expect<Equals<typeof iteration, Operation<void>>>();
  yield* iteration;
  // @ts-expect-error -- an array is no async iterable
  (() => iterate([1, 2], () => sleep(0)));
  // @ts-expect-error -- a number is no promise
  (() => until(5));
  // @ts-expect-error -- the function must return a promise
  (() => abortable(() => 5));
});

test("nothing in between is any", function* () {
  const operations = [
    gather(loadUser(1)),
    wait([createTask(loadUser(1))]),
    waitFor(loadUser(1), 5),
    timeout(5, () => loadUser(1)),
    taskGroup(() => loadUser(1)),
  ] as const;
  expect<Equals<IsAny<typeof operations[number]>, false>>();
  for (const operation of operations) {
    const result = yield* operation;
    expect<Equals<IsAny<typeof result>, false>>();
  }
});
