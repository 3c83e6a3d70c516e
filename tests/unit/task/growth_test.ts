/**
 * How work grows with numbers: about linearly, in what is counted here. What only a clock could show
 * is printed by `bench/probes/growth.ts`.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type Context, ContextVar, copyContext, createTask, Future, wait } from "../../../mod.ts";
import { DoneCallback } from "../../../src/task/observers.ts";
import { observerCount, test, turns } from "../support.ts";

/** How often anything is asked whether it is a callback, while a function runs. */
function callbacksExamined(fn: () => void): number {
  let count = 0;
  const { prototype } = DoneCallback;
  Object.defineProperty(DoneCallback, Symbol.hasInstance, {
    value: (x: object) => (count++, Object.prototype.isPrototypeOf.call(prototype, x)),
    configurable: true,
  });
  try {
    fn();
  } finally {
    Reflect.deleteProperty(DoneCallback, Symbol.hasInstance);
  }
  return count;
}

const COUNT = 2000;
/** So many looks at each of them are still "about linear". */
const LOOKS = 40;

test("setting one variable of thousands shares the values of all others", function* () {
  const variables = Array.from({ length: 4000 }, (_, i) => new ContextVar<number>(`${i}`));
  for (const variable of variables) variable.set(0);
  const snapshots: Context[] = [];
  const before = Deno.memoryUsage().heapUsed;
  for (let i = 0; i < 1000; i++) {
    variables[i * 7 % 4000].set(i + 1);
    snapshots.push(copyContext());
  }
  const bytes = (Deno.memoryUsage().heapUsed - before) / snapshots.length;
  // A map of 4,000 entries takes some 100,000 bytes.
  assert(bytes < 10_000, `${bytes} bytes for each set`);
  snapshots.forEach((snapshot, i) => {
    assertEquals(snapshot.get(variables[i * 7 % 4000]), i + 1);
    assertEquals(snapshot.get(variables[(i + 1) * 7 % 4000]), 0);
  });
  yield;
});

test("a variable that was reset takes no room in its context", function* () {
  const context = copyContext();
  const before = Deno.memoryUsage().heapUsed;
  context.run(() => {
    for (let i = 0; i < 200_000; i++) {
      using _token = new ContextVar<number>("short-lived").set(i);
    }
  });
  const bytes = (Deno.memoryUsage().heapUsed - before) / 200_000;
  assertEquals([...context], []);
  assert(bytes < 1000, `${bytes} bytes a variable`);
  yield;
});

const orders: [string, (i: number) => number][] = [
  ["the order in which they came", (i) => i],
  ["the opposite order", (i) => COUNT - 1 - i],
  ["any order", (i) => i * 7919 % COUNT],
];
for (const [name, order] of orders) {
  test(`thousands of callbacks are removed in ${name} without a search for each`, function* () {
    const future = new Future<void>();
    const callbacks = Array.from({ length: COUNT }, (_, i) => () => i);
    for (const callback of callbacks) future.addDoneCallback(callback);
    let removed = 0;
    const count = callbacksExamined(() => {
      for (let i = 0; i < COUNT; i++) removed += future.removeDoneCallback(callbacks[order(i)]);
    });
    assertEquals([removed, observerCount(future)], [COUNT, 0]);
    assert(count < LOOKS * COUNT, `${count} were examined`);
    yield;
  });
}

test("callbacks come and go by the thousand beside others that stay", function* () {
  const future = new Future<void>();
  const stay = Array.from({ length: COUNT }, (_, i) => () => i);
  for (const callback of stay) future.addDoneCallback(callback);
  const count = callbacksExamined(() => {
    for (let i = 0; i < COUNT; i++) {
      const callback = () => {};
      future.addDoneCallback(callback);
      assertEquals(future.removeDoneCallback(callback), 1);
      assertEquals(future.removeDoneCallback(callback), 0);
    }
  });
  assertEquals(observerCount(future), COUNT);
  assert(count < LOOKS * COUNT, `${count} were examined`);
  yield;
});

test("what is left after thousands of removals is called, in order, each as often as added", function* () {
  const future = new Future<void>();
  const log: number[] = [];
  const callbacks = Array.from({ length: 300 }, (_, i) => () => void log.push(i));
  for (const callback of callbacks) future.addDoneCallback(callback);
  for (const callback of callbacks) future.addDoneCallback(callback);
  callbacks.forEach((callback, i) => {
    if (i % 3 > 0) assertEquals(future.removeDoneCallback(callback), 2);
  });
  const extra = () => void log.push(-1);
  future.addDoneCallback(callbacks[1]);
  future.addDoneCallback(extra);
  assertEquals(future.removeDoneCallback(callbacks[2]), 0);
  future.setResult();
  yield* turns(2);
  const left = callbacks.map((_, i) => i).filter((i) => i % 3 === 0);
  assertEquals(log, [...left, ...left, 1, -1]);
});

test("waits for what lasts come and go by the thousand", function* () {
  const lasting = new Future<void>();
  lasting.addDoneCallback(() => {});
  const tasks = Array.from({ length: COUNT }, () => createTask(wait([lasting])));
  yield* turns(2);
  assertEquals(observerCount(lasting), COUNT + 1);
  const { indexOf } = Array.prototype;
  let count = 0;
  Array.prototype.indexOf = function (...args: Parameters<typeof indexOf>) {
    count += this.length;
    return indexOf.apply(this, args);
  };
  try {
    for (const task of tasks) task.cancel();
    yield* turns(3);
  } finally {
    Array.prototype.indexOf = indexOf;
  }
  assert(tasks.every((task) => task.cancelled()));
  assertEquals(observerCount(lasting), 1);
  assert(count < LOOKS * COUNT, `${count} were looked at`);
});
