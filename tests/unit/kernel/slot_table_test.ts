/**
 * Who holds which slot: what is given out, what it costs to list it, and what happens when there is no
 * room for more.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  allTasks,
  createTask,
  currentTask,
  EventLoop,
  Future,
  gather,
  getRunningLoop,
  Runner,
  sleep,
  type Task,
  TimeoutError,
  waitFor,
} from "../../../mod.ts";
import type { Runnable } from "../../../src/kernel/kernel.ts";
import { SlotTable } from "../../../src/kernel/slot_table.ts";
import { failure, later, onBothCores, program, test, turns } from "../support.ts";

function holder(): Runnable {
  return { _run() {} };
}

/** A slot as a loop takes it: a free one, one that was set aside, or a new one. */
function take(table: SlotTable, runnable: Runnable = holder()): number {
  const slot = table.take(runnable);
  if (slot >= 0) return slot;
  if (!table.fetch()) table.add();
  return table.take(runnable);
}

/** How many entries of the table are read or written while a function runs. */
function entriesTouched(table: SlotTable, fn: () => void): number {
  const writable = table as { holders: SlotTable["holders"] };
  const { holders } = table;
  let count = 0;
  const isEntry = (key: string | symbol) => typeof key === "string" && /^\d+$/.test(key);
  writable.holders = new Proxy(holders, {
    get: (target, key) => (count += Number(isEntry(key)), Reflect.get(target, key)),
    set: (target, key, value) => (count += Number(isEntry(key)), Reflect.set(target, key, value)),
  });
  try {
    fn();
  } finally {
    writable.holders = holders;
  }
  return count;
}

Deno.test("slots are given out once, and again when they are free", () => {
  const table = new SlotTable();
  const [a, b, c] = [take(table), take(table), take(table)];
  assertEquals(new Set([a, b, c]).size, 3);
  table.release(b);
  assertEquals(take(table), b);
  const late = take(table);
  assert(![a, b, c].includes(late));
});

Deno.test("a table knows its holders, through bursts and lists in any order", () => {
  let seed = 1;
  const random = (below: number) => {
    seed = Math.imul(seed, 1103515245) + 12345 >>> 0;
    return (seed >>> 8) % below;
  };
  const table = new SlotTable();
  const held = new Map<number, Runnable>();
  const slots: number[] = [];
  const drop = (i: number) => {
    const slot = slots[i];
    slots[i] = slots.at(-1)!;
    slots.pop();
    held.delete(slot);
    table.release(slot);
  };
  for (let round = 0; round < 150; round++) {
    const burst = [0, 3, 40, 2500][random(4)];
    for (let i = 0; i < burst; i++) {
      const runnable = holder();
      const slot = take(table, runnable);
      assertEquals(held.has(slot), false);
      assertStrictEquals(table.holders[slot], runnable);
      held.set(slot, runnable);
      slots.push(slot);
    }
    const keep = [0, 1, 20, 200, slots.length][random(5)];
    while (slots.length > keep) drop(random(slots.length));
    if (random(2) === 0) {
      const list = table.list();
      const left = new Set(held.values());
      assertEquals([list.length, list.every((runnable) => left.delete(runnable))], [
        held.size,
        true,
      ]);
    }
  }
});

Deno.test("no slot is lost when the table sets some aside", () => {
  const table = new SlotTable();
  const all = Array.from({ length: 5000 }, () => take(table));
  const size = table.holders.length;
  for (const slot of all.slice(10)) table.release(slot);
  table.list();
  for (const slot of all.slice(0, 5)) table.release(slot);
  table.list();
  const again = new Set(all.slice(5, 10));
  for (let i = 0; i < 4995; i++) again.add(take(table));
  assertEquals(again.size, 5000);
  assertEquals(table.holders.length, size);
});

Deno.test("reserved room is there, whatever was set aside", () => {
  const table = new SlotTable();
  const all = Array.from({ length: 1025 }, () => take(table));
  for (const slot of all.slice(0, -100)) table.release(slot);
  table.list();
  for (let count = 0; count < 900; count++) {
    if (table.countFree(Infinity) <= count && !table.fetch()) table.add();
    assert(table.countFree(Infinity) > count, `${count + 1} were asked for`);
  }
});

const BURST = 20_000;
const rounds: [string, number, (table: SlotTable) => void][] = [
  ["nothing is left", 0, () => {}],
  ["one is left", 1, () => {}],
  ["a few are left", 10, () => {}],
  ["few come and go between", 1, (table) => {
    const slots = Array.from({ length: 20 }, () => take(table));
    for (const slot of slots) table.release(slot);
  }],
  ["few come between, and stay as long as the next few", 5, (table) => {
    const slots = Array.from({ length: 3 }, () => take(table));
    for (const slot of slots) table.release(slot);
    take(table);
  }],
];
for (const [name, kept, between] of rounds) {
  Deno.test(`after a burst the holders are listed without a search where ${name}`, () => {
    const table = new SlotTable();
    const slots = Array.from({ length: BURST }, () => take(table));
    for (const slot of slots.slice(kept)) table.release(slot);
    for (let search = 0; search < 2; search++) table.list();
    let most = 0;
    for (let round = 0; round < 50; round++) {
      between(table);
      most = Math.max(most, entriesTouched(table, () => table.list()));
    }
    assert(most < BURST / 4, `${most} entries were touched`);
  });
}

test("allTasks() is right at any time around a burst", function* () {
  const me = currentTask()!;
  const kept: Task<void>[] = [];
  const check = () => assertEquals(allTasks(), new Set([me, ...kept]));
  for (const size of [5000, 10, 3000]) {
    const burst = Array.from({ length: size }, (_, i) => createTask(sleep(i % 3)));
    assertEquals(allTasks().size, size + kept.length + 1);
    yield* gather(burst);
    check();
    for (let i = 0; i < 5; i++) kept.push(createTask(sleep("1h")));
    check();
    yield;
    check();
    kept.pop()!.cancel();
    yield* turns(2);
    check();
  }
});

/** Has a loop's core refuse to grow, and fills it. */
class FullLoop implements Disposable {
  readonly #core: { grow?(): void };
  readonly #fillers = [getRunningLoop().callLater("1h", () => {})];

  constructor() {
    const loop = getRunningLoop();
    this.#core = loop["_kernel"]["_core"];
    this.#core.grow = () => {
      throw new RangeError("no room");
    };
    try {
      for (;;) this.#fillers.push(loop.callLater("1h", () => {}));
    } catch (error) {
      assertEquals((error as Error).message, "no room");
    }
  }

  /** Makes room for this many. */
  free(count: number): void {
    for (let i = 0; i < count; i++) this.#fillers.pop()?.cancel();
  }

  [Symbol.dispose](): void {
    delete this.#core.grow;
    this.free(this.#fillers.length);
  }
}

const settlements: [string, (future: Future<number>) => void][] = [
  ["setResult()", (future) => future.setResult(5)],
  ["setException()", (future) => future.setException(new Error("wrong"))],
  ["cancel()", (future) => void future.cancel()],
];
for (const [name, settle] of settlements) {
  for (const count of [1, 3, 50]) {
    test(`without room for ${count} callbacks ${name} throws before anything changes`, function* () {
      const future = new Future<number>();
      const waiter = createTask(function* () {
        try {
          yield* future;
        } catch { /* That is no matter here. */ }
        return "woken";
      });
      yield;
      let called = 0;
      for (let i = 0; i < count; i++) future.addDoneCallback(() => called++);
      using loop = new FullLoop();
      loop.free(count - 1);
      assertThrows(() => settle(future), RangeError, "no room");
      yield* turns(2);
      assertEquals([future.done(), waiter.done(), called], [false, false, 0]);
      loop.free(1);
      settle(future);
      assertEquals(future.done(), true);
      yield* turns(2);
      assertEquals([called, yield* waiter], [count, "woken"]);
      try {
        future.result();
      } catch { /* It was looked at. */ }
    });
  }
}

test("without room a callback of what is done is refused, and nothing is lost", function* () {
  const future = new Future<number>();
  future.setResult(5);
  using _loop = new FullLoop();
  const loop = getRunningLoop();
  const called: string[] = [];
  assertThrows(() => future.addDoneCallback(() => called.push("a")), RangeError, "no room");
  assertThrows(() => loop.callSoon(() => called.push("b")), RangeError, "no room");
  assertThrows(() => loop.callLater(0, () => called.push("c")), RangeError, "no room");
  assertThrows(() => createTask(later(0, 0)), RangeError, "no room");
  yield* turns(2);
  assertEquals(called, []);
});

test("without room a time limit is refused before anything begins", function* () {
  let began = false;
  function* work() {
    began = true;
    yield;
  }
  using loop = new FullLoop();
  yield* failure(RangeError, waitFor(work(), 5));
  assertEquals(began, false);
  loop.free(1);
  yield* failure(TimeoutError, waitFor(sleep("1h"), 5));
});

test("without room what waits goes on all the same", function* () {
  const future = new Future<number>();
  const event = createTask(sleep(2, "slept"));
  const gathered = gather([createTask(later(1, "a")), createTask(later(2, "b"))]);
  yield;
  using _loop = new FullLoop();
  future.setResult(5);
  assertEquals([yield* future, yield* event, yield* gathered], [5, "slept", ["a", "b"]]);
  yield* sleep(1);
  yield;
});

Deno.test("without room task groups and wait() end all the same", async () => {
  for (const core of ["wasm", "js"]) {
    const { out, err, code } = await program(`
      const { createTask, getRunningLoop, run, sleep, taskGroup, wait } = asyncio;
      function fill() {
        const loop = getRunningLoop();
        loop._kernel._core.grow = () => { throw new RangeError("no room"); };
        try {
          for (;;) loop.callLater("1h", () => {});
        } catch {}
      }
      await run(function* () {
        const tasks = [createTask(sleep(1)), createTask(sleep(2))];
        yield* taskGroup(function* (group) {
          group.createTask(sleep(1));
          yield;
          fill();
        });
        console.log("the group has ended");
        const { done } = yield* wait(tasks);
        console.log(done.size, "are done");
      }, { core: "${core}" });
    `);
    assertEquals([out, err, code], ["the group has ended\n2 are done\n", "", 0]);
  }
});

onBothCores("a task that ends without room for its callbacks says so", async ({ run }) => {
  const log: string[] = [];
  await run(function* () {
    const task = createTask(later(1, "result"));
    task.addDoneCallback(() => log.push("called in the task's own place"));
    task.addDoneCallback(function tell() {});
    yield;
    using _loop = new FullLoop();
    assertEquals(yield* task, "result");
    yield;
  }, { exceptionHandler: ({ message, exception }) => log.push(`${message}: ${exception}`) });
  assertEquals(log, [
    "Cannot call the done callback tell: RangeError: no room",
    "called in the task's own place",
  ]);
});

onBothCores("a closed loop has no slots to give", async ({ core }) => {
  const runner = new Runner({ core });
  await runner.run(sleep(0));
  const future = runner.loop.createFuture<void>();
  await runner.close();
  const { loop } = runner;
  assert(loop instanceof EventLoop);
  assertThrows(() => loop.callSoon(() => {}));
  assertThrows(() => loop.createTask(later(0, 0)));
  future.cancel();
  assertThrows(() => future.addDoneCallback(() => {}));
});
