/**
 * The types of queues, locks, contexts and the loop.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  Barrier,
  type BoundedSemaphore,
  Condition,
  Context,
  ContextVar,
  copyContext,
  createTask,
  type Event,
  type EventLoop,
  type Future,
  getRunningLoop,
  type Handle,
  LifoQueue,
  Lock,
  type Operation,
  PriorityQueue,
  Queue,
  type Semaphore,
  sleep,
  type TimerHandle,
  type Token,
} from "../../mod.ts";
import { test } from "../unit/support.ts";
import { type Equals, expect } from "./expect.ts";

interface User {
  id: number;
}

test("queues keep the type of their items", function* () {
  const queues = [new Queue<User>(2), new LifoQueue<User>(), new PriorityQueue<User>()];
  for (const queue of queues) {
    expect<Equals<Parameters<typeof queue.put>, [item: User]>>();
    expect<Equals<Parameters<typeof queue.putNowait>, [item: User]>>();
    yield* queue.put({ id: 1 });
    const now = queue.getNowait();
    expect<Equals<typeof now, User>>();
    queue.putNowait({ id: 2 });
    const operation = queue.get();
    expect<Equals<typeof operation, Operation<User>>>();
    const user = yield* operation;
    expect<Equals<typeof user, User>>();
    assertEquals([now.id, user.id], [1, 2]);
    // @ts-expect-error -- a user is not a string
    (() => queue.putNowait("Ada"));
  }
  const byId = new PriorityQueue<User>(0, (a, b) => {
    expect<Equals<typeof a, User>>();
    return a.id - b.id;
  });
  assertEquals(byId.size, 0);
  // @ts-expect-error -- compare returns a number
  (() => new PriorityQueue<User>(0, (a, b) => a.id < b.id));
});

Deno.test("a queue gives an async iteration its items", async () => {
  const queue = new Queue<User>();
  queue.putNowait({ id: 1 });
  queue.shutdown();
  for await (const user of queue) {
    expect<Equals<typeof user, User>>();
    assertEquals(user.id, 1);
  }
});

test("a context variable keeps the type of its value", function* () {
  const variable = new ContextVar<User>("user");
  expect<Equals<ReturnType<typeof variable.get>, User>>();
  const token = variable.set({ id: 1 });
  expect<Equals<typeof token, Token<User>>>();
  expect<Equals<Parameters<typeof variable.reset>, [token: Token<User>]>>();
  assertEquals([variable.get().id, variable.get({ id: 2 }).id], [1, 1]);
  const inferred = new ContextVar("count", { defaultValue: 0 });
  const count = inferred.get();
  expect<Equals<typeof count, number>>();
  // @ts-expect-error -- a user is not a string
  (() => variable.set("Ada"));
  // @ts-expect-error -- the default must be a user
  (() => new ContextVar<User>("user", { defaultValue: 5 }));
  // @ts-expect-error -- the token is another variable's
  (() => inferred.reset(token));
  // @ts-expect-error -- the fallback must be a user
  (() => variable.get(5));
  yield;
});

test("context.run() keeps the function's parameters and its result", function* () {
  const context = copyContext();
  expect<Equals<typeof context, Context>>();
  const sum = context.run((a: number, b: number) => a + b, 40, 2);
  expect<Equals<typeof sum, number>>();
  assertEquals(sum, 42);
  // @ts-expect-error -- an argument is missing
  (() => context.run((a: number, b: number) => a + b, 40));
  // @ts-expect-error -- an argument is a string
  (() => new Context().run((a: number) => a, "x"));
  yield;
});

test("primitives are waited for with the types that they promise", function* () {
  const lock = new Lock();
  expect<Equals<ReturnType<typeof lock.acquire>, Operation<Disposable>>>();
  expect<Equals<ReturnType<Semaphore["acquire"]>, Operation<Disposable>>>();
  expect<Equals<ReturnType<BoundedSemaphore["acquire"]>, Operation<Disposable>>>();
  expect<Equals<ReturnType<Condition["acquire"]>, Operation<Disposable>>>();
  expect<Equals<ReturnType<Condition["wait"]>, Operation<true>>>();
  expect<Equals<ReturnType<Event["wait"]>, Operation<true>>>();
  expect<Equals<ReturnType<Barrier["wait"]>, Operation<number>>>();
  expect<Equals<ReturnType<Queue<User>["join"]>, Operation<true>>>();
  using held = yield* lock.acquire();
  expect<Equals<typeof held, Disposable>>();
  const condition = new Condition(lock);
  const found = yield* condition.waitFor(() => "found");
  expect<Equals<typeof found, string>>();
  // @ts-expect-error -- a barrier needs its number of tasks
  (() => new Barrier());
  // @ts-expect-error -- a condition is no lock
  (() => new Condition(new Condition()));
});

test("callbacks of the loop get arguments of their types", function* () {
  const loop = getRunningLoop();
  expect<Equals<typeof loop, EventLoop>>();
  const log: [string, number][] = [];
  const note = (name: string, count: number) => void log.push([name, count]);
  const soon = loop.callSoon(note, "soon", 1);
  expect<Equals<typeof soon, Handle>>();
  const later = loop.callLater("1ms", note, "later", 2);
  expect<Equals<typeof later, TimerHandle>>();
  const at = loop.callAt(loop.time() + 2, note, "at", 3);
  expect<Equals<typeof at, TimerHandle>>();
  yield* sleep(5);
  assertEquals(log, [["soon", 1], ["later", 2], ["at", 3]]);
  const wrong = [
    // @ts-expect-error -- the count is missing
    () => loop.callSoon(note, "soon"),
    // @ts-expect-error -- the count is a number
    () => loop.callLater(5, note, "later", "2"),
    // @ts-expect-error -- a moment is no duration
    () => loop.callAt("2s", note, "at", 3),
  ];
  assertEquals(wrong.length, 3);
});

test("what the loop makes has the types that are asked for", function* () {
  const loop = getRunningLoop();
  const future = loop.createFuture<User>();
  expect<Equals<typeof future, Future<User>>>();
  const executor = {
    submit: <A extends unknown[], T>(fn: (...args: A) => T, ...args: A) =>
      Promise.resolve(fn(...args)),
  };
  const sum = loop.runInExecutor(executor, (a: number, b: number) => a + b, 1, 2);
  expect<Equals<typeof sum, Future<number>>>();
  const ofAsync = loop.runInExecutor(executor, () => Promise.resolve("text"));
  expect<Equals<typeof ofAsync, Future<string>>>();
  assertEquals([yield* sum, yield* ofAsync], [3, "text"]);
  // @ts-expect-error -- an argument is missing
  (() => loop.runInExecutor(executor, (a: number) => a));
  yield* createTask(sleep(0));
});
