/**
 * What each core promises, by example.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Core, Double, NEVER, Word } from "../../../src/core/core.ts";
import { HeapCore } from "../../../src/core/heap.ts";
import { WasmCore } from "../../../src/core/wasm.ts";
import { drain, onEachCore, push, readyCount, timerCount, unanchoredCount } from "./oracle.ts";

/** Sets a timer for each tick, in slots 0, 1, 2 … */
function setAll(core: Core, ticks: readonly number[]): void {
  ticks.forEach((tick, slot) => core.at(slot, tick));
}

function expired(core: Core, now: number): number[] {
  core.expire(now);
  return drain(core);
}

onEachCore("timers come due by deadline", (core) => {
  setAll(core, [500_000, 3, 70_000_000, 64, 65, 4096, 63]);
  assertEquals(expired(core, 70_000_000), [1, 6, 3, 4, 5, 0, 2]);
});

onEachCore("equal deadlines come due in the order set, whenever that was", (core) => {
  core.at(5, 1_000_000);
  core.at(9, 1_000_000);
  core.expire(999_990); // Now they share a bucket of the lowest level.
  core.at(2, 1_000_000);
  core.after(7, 10);
  core.anchor(999_990);
  core.at(0, 1_000_000);
  assertEquals(expired(core, 1_000_000), [5, 9, 2, 7, 0]);
});

onEachCore("a timer is due at its tick and not before", (core) => {
  core.at(0, 1000);
  assertEquals(expired(core, 999), []);
  assertEquals(expired(core, 1000), [0]);
  assertEquals(expired(core, 1001), []);
});

onEachCore(
  "however many come due together, and set in whatever order, they come in theirs",
  (core) => {
    for (const count of [2, 3, 31, 33, 200]) {
      const slots = Array.from({ length: count }, (_, slot) => slot);
      const orders: ((slot: number) => number)[] = [
        (slot) => slot,
        (slot) => count - slot,
        (slot) => slot * 7919 % 64,
        () => 5,
      ];
      for (const order of orders) {
        core.reset();
        for (const slot of slots) core.at(slot, 100_000 + order(slot));
        const byDeadline = slots.toSorted((a, b) => order(a) - order(b));
        assertEquals(expired(core, 100_020), byDeadline.filter((slot) => order(slot) <= 20));
        assertEquals(expired(core, 1e6), byDeadline.filter((slot) => order(slot) > 20));
        assertEquals(timerCount(core), 0);
      }
    }
  },
);

onEachCore("ticks that are too large for doubles to count one by one come due", (core) => {
  for (const tick of [2 ** 53 + 2, 15_357_841_694_484_034, 2 ** 60 + 256, NEVER - 512, NEVER]) {
    core.reset();
    setAll(core, [tick, tick, tick]);
    assertEquals(expired(core, tick), [0, 1, 2]);
  }
});

onEachCore("deadlines in the past come due by deadline, before all others", (core) => {
  core.expire(1_000_000);
  setAll(core, [1_000_001, 999_999, -5, 1_000_000, -5, 0, -NEVER]);
  assertEquals(expired(core, 1_000_001), [6, 2, 4, 5, 1, 3, 0]);
});

onEachCore("the clock may begin before zero", (core) => {
  setAll(core, [-500, -2000, 3]);
  assertEquals(expired(core, -1000), [1]);
  assertEquals(expired(core, -1), [0]);
  assertEquals(expired(core, 3), [2]);
});

onEachCore("a clock reading that goes back lets nothing fire early", (core) => {
  setAll(core, [5000, 6010]);
  assertEquals(expired(core, 6000), [0]);
  core.at(2, 5);
  assertEquals(expired(core, 10), [2]);
  assertEquals(expired(core, 100), []);
  assertEquals(expired(core, 6010), [1]);
});

onEachCore("100,000 random deadlines in the past are sorted at once", (core) => {
  const count = 100_000;
  while (core.capacity < count) core.grow();
  const now = 1e9;
  core.expire(now);
  let random = 1;
  const timers = Array.from({ length: count }, (_, slot) => {
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    return { slot, tick: now - (random >>> 15) };
  });
  for (const { slot, tick } of timers) core.at(slot, tick);
  timers.sort((a, b) => a.tick - b.tick || a.slot - b.slot);
  assertEquals(expired(core, now), timers.map(({ slot }) => slot));
});

onEachCore("after() counts from the next clock reading", (core) => {
  core.expire(1000);
  core.after(0, 50);
  assertEquals([timerCount(core), unanchoredCount(core)], [1, 1]);
  assertEquals(core.doubles[Double.NEXT_LOWER_BOUND], NEVER);
  core.anchor(1700);
  assertEquals([timerCount(core), unanchoredCount(core)], [1, 0]);
  assertEquals(core.doubles[Double.NEXT_LOWER_BOUND], 1750);
  assertEquals(expired(core, 1749), []);
  assertEquals(expired(core, 1750), [0]);
});

onEachCore("anchor() makes nothing ready", (core) => {
  core.at(0, 10);
  core.after(1, 1);
  core.anchor(500);
  assertEquals(readyCount(core), 0);
  assertEquals(expired(core, 501), [0, 1]);
});

onEachCore("cancel() says whether there was a timer, wherever it stood", (core) => {
  core.expire(100);
  core.at(0, 5);
  core.at(1, 200);
  core.after(2, 10);
  core.at(3, NEVER);
  for (const slot of [0, 1, 2, 3]) {
    assert(core.cancel(slot));
    assert(!core.cancel(slot));
  }
  assertEquals([timerCount(core), unanchoredCount(core), core.next()], [0, 0, NEVER]);
  assertEquals(expired(core, 1000), []);
});

onEachCore("cancel() finds no timer in a slot that came due", (core) => {
  setAll(core, [10, 20]);
  core.expire(15);
  assert(!core.cancel(0));
  assert(core.cancel(1));
});

onEachCore("those that remain keep their order when others are cancelled", (core) => {
  for (let slot = 0; slot < 100; slot++) core.at(slot, 5000 - slot % 2);
  for (let slot = 0; slot < 100; slot++) if (slot % 10 > 2) core.cancel(slot);
  const remaining = [1, 11, 21, 31, 41, 51, 61, 71, 81, 91];
  const later = remaining.flatMap((slot) => [slot - 1, slot + 1]);
  assertEquals(expired(core, 5000), [...remaining, ...later]);
});

onEachCore("next() is the earliest deadline, however many share its bucket", (core) => {
  assertEquals(core.next(), NEVER);
  setAll(core, [9_000_000, 8_500_000, 8_400_001, 8_400_000]);
  assertEquals(core.next(), 8_400_000);
  core.expire(8_390_000);
  assertEquals(core.next(), 8_400_000);
  core.expire(8_400_000);
  assertEquals(core.next(), 8_400_001);
});

onEachCore("next() is never too late when the earliest timer was cancelled", (core) => {
  setAll(core, [1000, 2000]);
  core.cancel(0);
  assert(core.next() <= 2000);
  core.expire(1000);
  assertEquals(core.next(), 2000);
});

onEachCore("next() finds no timer where only those are left that wait for the clock", (core) => {
  setAll(core, [10, 1_000_000, 1_000_001]);
  core.expire(10);
  core.after(3, 5);
  core.cancel(1);
  core.cancel(2);
  assertEquals(core.next(), NEVER);
  core.anchor(20);
  assertEquals(core.next(), 25);
});

onEachCore(
  "deadlines years ahead are kept to the tick, and delays that lead beyond NEVER as NEVER",
  (core) => {
    const century = 100 * 365 * 24 * 3600 * 1e6;
    setAll(core, [century + 1, NEVER, century, NEVER, NEVER]);
    assertEquals(core.next(), century);
    assertEquals(expired(core, century), [2]);
    assertEquals(core.next(), century + 1);
    assertEquals(expired(core, 1000 * century), [0]);
    assertEquals(core.next(), NEVER);
    assertEquals(timerCount(core), 3);
    core.after(5, NEVER - 512);
    assertEquals(expired(core, NEVER), [1, 3, 4, 5]);
  },
);

onEachCore("growing keeps timers and the run queue, also where the ring has wrapped", (core) => {
  const { capacity } = core;
  for (let slot = 0; slot < capacity - 10; slot++) push(core, slot);
  drain(core);
  for (let slot = 0; slot < 20; slot++) push(core, slot);
  for (let slot = 20; slot < capacity; slot++) core.at(slot, 1_000_000 - slot);
  core.after(0, 1);

  core.grow();
  assertEquals(core.capacity, 2 * capacity);
  core.at(2 * capacity - 1, 5);
  core.expire(1_000_000);

  const queued = Array.from({ length: 20 }, (_, slot) => slot);
  const due = Array.from({ length: capacity - 20 }, (_, index) => capacity - 1 - index);
  assertEquals(drain(core), [...queued, 2 * capacity - 1, ...due]);
  assertEquals(timerCount(core), 1);
  assertEquals(expired(core, 1_000_001), [0]);
});

onEachCore("counters of the run queue wrap", (core) => {
  const { words } = core;
  words[Word.HEAD] = words[Word.TAIL] = -3;
  for (let slot = 0; slot < 6; slot++) push(core, slot);
  core.at(6, 1);
  core.expire(1);
  assertEquals(readyCount(core), 7);
  assertEquals(drain(core), [0, 1, 2, 3, 4, 5, 6]);
});

onEachCore("room that timers leave is used again", (core) => {
  const slots = Array.from({ length: core.capacity }, (_, slot) => slot);
  for (let now = 0; now < 300_000; now += 1000) {
    for (const slot of slots) core.at(slot, now + 500);
    core.expire(now + 500);
    for (const slot of slots) core.at(slot, now - slot);
    core.expire(now + 501);
    for (const slot of slots) core.after(slot, 1);
    for (const slot of slots) core.cancel(slot);
    drain(core);
  }
  for (const slot of slots) core.at(slot, 1e9);
  assertEquals(expired(core, 1e9), slots);
});

onEachCore(
  "there is room for a timer in each slot, however few are left of those before",
  (core) => {
    const idle = new Set(Array.from({ length: core.capacity }, (_, slot) => slot));
    const standing: number[] = [];
    for (let tick = 1e6; idle.size > 0; tick *= 1.1) {
      // One of seven stays, so that every list is left with gaps.
      const set = [...idle];
      for (const slot of set) core.at(slot, Math.round(tick));
      const stay = set.filter((_, index) => index % 7 === 6 || set.length < 7);
      for (const slot of stay) idle.delete(slot);
      for (const slot of idle) assert(core.cancel(slot));
      standing.push(...stay);
    }
    assertEquals(expired(core, NEVER), standing);
  },
);

onEachCore("reset() forgets everything but the capacity", (core) => {
  core.grow();
  const { capacity } = core;
  core.expire(1e12);
  setAll(core, [5, 1e12 + 5, NEVER]);
  core.after(3, 7);
  push(core, 4);
  core.reset();
  assertEquals([core.capacity, timerCount(core), unanchoredCount(core)], [capacity, 0, 0]);
  assertEquals([readyCount(core), core.next()], [0, NEVER]);
  for (let slot = 0; slot < capacity; slot++) assert(!core.cancel(slot));
  setAll(core, [9, 7, 8]);
  assertEquals(expired(core, 8), [1, 2]);
});

Deno.test("grow() says so where WebAssembly has no more memory, and changes nothing", () => {
  const core = new WasmCore();
  core.at(1, 10);
  assertThrows(
    () => {
      for (;;) core.grow();
    },
    RangeError,
    "no memory",
  );
  core.at(core.capacity - 1, 9);
  assertEquals(expired(core, 10), [core.capacity - 1, 1]);
});

Deno.test("grow() says so where JavaScript has no more memory, and changes nothing", () => {
  const core = new HeapCore();
  const { capacity } = core;
  core.at(1, 10);
  const { Int32Array } = globalThis;
  globalThis.Int32Array = class {
    constructor() {
      throw new RangeError("Array buffer allocation failed");
    }
  } as unknown as Int32ArrayConstructor;
  try {
    assertThrows(() => core.grow(), RangeError, "no memory");
  } finally {
    globalThis.Int32Array = Int32Array;
  }
  assertEquals([core.capacity, ...expired(core, 10)], [capacity, 1]);
});
