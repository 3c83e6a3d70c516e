/**
 * The WebAssembly core, the small one, the twin and a sorted array go through a million random
 * operations, and must never differ.
 *
 * `WASYNCIO_SEED=123` repeats a run; `WASYNCIO_RUNS=10` makes it ten million.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { type Core, Double, NEVER } from "../../../src/core/core.ts";
import {
  implementations,
  Oracle,
  pop,
  push,
  readyCount,
  timerCount,
  unanchoredCount,
} from "./oracle.ts";

const given = Deno.env.get("WASYNCIO_SEED");
const seed = given === undefined ? Math.random() * 2 ** 31 | 0 : Number(given);
const OPERATIONS = 1_000_000 * Number(Deno.env.get("WASYNCIO_RUNS") ?? 1);

type Operation =
  | ["at", slot: number, delta: number]
  | ["after", slot: number, ticks: number]
  | ["anchor", elapsed: number]
  | ["cancel", slot: number]
  | ["expire", elapsed: number]
  | ["expireNext"]
  | ["next"]
  | ["push", slot: number]
  | ["pop", count: number]
  | ["reset"];

interface Story {
  /** How many slots take part, in the end: a few come up again and again, many let the cores grow. */
  readonly slots: number;
  /** The clock's first reading. */
  readonly start: number;
  /** How far the clock goes at a time: where that isn't far, many timers come to stand. */
  readonly stride: number;
  readonly operations: readonly Operation[];
}

const YEAR = 365 * 24 * 3600 * 1e6;

const slot = fc.nat(0xffff);

/** Around the edges of the digits that the heaps go by. */
const edge = fc.tuple(fc.nat(62), fc.integer({ min: -1, max: 1 }))
  .map(([bit, offset]) => 2 ** bit + offset);

const delta = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -4, max: 12 }) },
  { weight: 4, arbitrary: fc.integer({ min: -1e5, max: 1e6 }) },
  { weight: 1, arbitrary: edge },
  { weight: 1, arbitrary: edge.map((tick) => -tick) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(YEAR, 100 * YEAR, NEVER, -NEVER),
  },
);

const ticks = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 12 }) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 1e6 }) },
  { weight: 1, arbitrary: edge.map((tick) => Math.max(1, tick)) },
  { weight: 1, arbitrary: fc.constantFrom(100 * YEAR, NEVER) },
);

const elapsed = fc.oneof(
  { weight: 6, arbitrary: fc.nat(4) },
  { weight: 4, arbitrary: fc.nat(1e4) },
  { weight: 1, arbitrary: edge.map((tick) => Math.min(tick, 2 ** 40)) },
);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 30, arbitrary: fc.tuple(fc.constant("at" as const), slot, delta) },
  { weight: 15, arbitrary: fc.tuple(fc.constant("after" as const), slot, ticks) },
  { weight: 3, arbitrary: fc.tuple(fc.constant("anchor" as const), elapsed) },
  { weight: 12, arbitrary: fc.tuple(fc.constant("cancel" as const), slot) },
  { weight: 8, arbitrary: fc.tuple(fc.constant("expire" as const), elapsed) },
  { weight: 8, arbitrary: fc.constant<Operation>(["expireNext"]) },
  { weight: 8, arbitrary: fc.constant<Operation>(["next"]) },
  { weight: 8, arbitrary: fc.tuple(fc.constant("push" as const), slot) },
  { weight: 8, arbitrary: fc.tuple(fc.constant("pop" as const), fc.nat(8)) },
);

const story: fc.Arbitrary<Story> = fc.record({
  slots: fc.constantFrom(3, 60, 700, 4000),
  start: fc.constantFrom(0, 1, -1e9, 1.7e15, -NEVER),
  stride: fc.constantFrom(2, 3000, Infinity),
  operations: fc.array(
    fc.oneof(
      { weight: 5000, arbitrary: operation },
      { weight: 1, arbitrary: fc.constant<Operation>(["reset"]) },
    ),
    { maxLength: 10_000, size: "max" },
  ),
});

/** Goes through a story with each core and the oracle side by side. */
class Fixture {
  readonly #oracle = new Oracle();
  readonly #cores = implementations.map(([name, make]) => ({ name, core: make() }));
  readonly #slots: number;
  readonly #start: number;
  readonly #stride: number;
  #now: number;
  /** Slots in the run queue, which must not have a timer as well. */
  readonly #queued = new Set<number>();
  #performed = 0;
  /** Whether a timer was cancelled since `next` last had to be exact. */
  #cancelled = false;

  constructor({ slots, start, stride }: Story) {
    this.#slots = slots;
    this.#stride = stride;
    this.#start = start;
    this.#now = start;
  }

  perform(operation: Operation): void {
    this.#performed++;
    switch (operation[0]) {
      case "at":
        return this.#set(operation[1], () => {
          // As the kernel does: those that wait were set before this one.
          if (this.#oracle.unanchoredCount > 0) this.#anchor(0);
          const tick = Math.max(-NEVER, Math.min(NEVER, this.#now + operation[2]));
          return (core, slot) => core.at(slot, tick);
        });
      case "after":
        return this.#set(operation[1], () => (core, slot) => core.after(slot, operation[2]));
      case "anchor":
        return this.#anchor(operation[1]);
      case "cancel":
        return this.#cancel(this.#slot(operation[1]));
      case "expire":
        return this.#expire(operation[1]);
      case "expireNext":
        return this.#expireNext();
      case "next":
        return this.#next();
      case "push":
        return this.#push(this.#slot(operation[1]));
      case "pop":
        return this.#pop(operation[1]);
      case "reset":
        this.#each((core) => core.reset());
        this.#queued.clear();
        this.#now = this.#start;
        this.#cancelled = false;
    }
  }

  check(): void {
    const { timerCount: timers, unanchoredCount: unanchored, earliest, ready } = this.#oracle;
    for (const { name, core } of this.#cores) {
      if (timerCount(core) !== timers) fail(name, "timers", timerCount(core), timers);
      if (unanchoredCount(core) !== unanchored) {
        fail(name, "unanchored timers", unanchoredCount(core), unanchored);
      }
      if (readyCount(core) !== ready.length) fail(name, "ready", readyCount(core), ready.length);
      if (core.doubles[Double.NEXT_LOWER_BOUND] > earliest) {
        fail(name, "bound", core.doubles[Double.NEXT_LOWER_BOUND], earliest);
      }
      if (timers === 0 && core.doubles[Double.NEXT_LOWER_BOUND] !== NEVER) {
        fail(name, "bound", 0, NEVER);
      }
    }
  }

  finish(): void {
    for (let steps = 0; steps < 100; steps++) {
      this.#expireNext();
      this.#pop(Infinity);
      this.check();
    }
    this.#advance(Infinity);
    this.#expire(0);
    this.#pop(Infinity);
    assertEquals(this.#oracle.timerCount, 0);
    this.check();
  }

  /** The slot for a random number; the range widens, so that cores grow when much is going on. */
  #slot(random: number): number {
    return random % Math.min(this.#slots, 100 + this.#performed);
  }

  #each(
    act: (core: Pick<Core, "after" | "at" | "expire" | "reset" | "anchor">, name: string) => void,
  ): void {
    act(this.#oracle, "oracle");
    for (const { name, core } of this.#cores) act(core, name);
  }

  /** Makes room for the slot, and takes back the timer that it has. */
  #set(
    index: number,
    prepare: () => (core: Pick<Core, "at" | "after">, slot: number) => void,
  ): void {
    const slot = this.#slot(index);
    if (this.#queued.has(slot)) return;
    this.#cancel(slot);
    const set = prepare();
    for (const { core } of this.#cores) while (slot >= core.capacity) core.grow();
    this.#each((core) => set(core, slot));
  }

  #advance(elapsed: number): void {
    this.#now = Math.min(NEVER, this.#now + elapsed);
  }

  #anchor(elapsed: number): void {
    this.#advance(Math.min(this.#stride, elapsed));
    this.#each((core) => core.anchor(this.#now));
  }

  #cancel(slot: number): void {
    const deadline = this.#oracle.deadline(slot);
    if (deadline !== undefined) {
      for (const { name, core } of this.#cores) assertEquals(core.deadline(slot), deadline, name);
    }
    const had = this.#oracle.cancel(slot);
    for (const { name, core } of this.#cores) {
      if (slot < core.capacity) assertEquals(core.cancel(slot), had, name);
    }
    this.#cancelled = (this.#cancelled || had) && this.#oracle.timerCount > 0;
  }

  #expireNext(): void {
    const { earliest } = this.#oracle;
    if (earliest < NEVER) this.#expire(Math.max(0, earliest - this.#now));
  }

  #expire(elapsed: number): void {
    this.#advance(Math.min(this.#stride, elapsed));
    const before = this.#oracle.ready.length;
    this.#each((core) => core.expire(this.#now));
    const due = this.#oracle.ready.slice(before);
    for (const slot of due) this.#queued.add(slot);
    // Where nothing was due, a core needn't look for what is next.
    if (due.length > 0) this.#cancelled = false;
  }

  #next(): void {
    const { earliest } = this.#oracle;
    for (const { name, core } of this.#cores) {
      const next = core.next();
      if (this.#cancelled ? next > earliest : next !== earliest) fail(name, "next", next, earliest);
    }
  }

  #push(slot: number): void {
    if (this.#queued.has(slot) || this.#oracle.has(slot)) return;
    this.#queued.add(slot);
    this.#oracle.ready.push(slot);
    for (const { core } of this.#cores) {
      while (slot >= core.capacity) core.grow();
      push(core, slot);
    }
  }

  #pop(count: number): void {
    for (const expected of this.#oracle.ready.splice(0, count)) {
      this.#queued.delete(expected);
      for (const { name, core } of this.#cores) {
        const slot = pop(core);
        if (slot !== expected) fail(name, "popped", slot, expected);
      }
    }
  }
}

function fail(core: string, what: string, actual: unknown, expected: unknown): never {
  throw new Error(`${core}: ${what}: got ${actual}, expected ${expected}`);
}

Deno.test("all cores do what a sorted array does, through a million operations", () => {
  console.log(`WASYNCIO_SEED=${seed} repeats this`);
  let performed = 0;
  const property = fc.property(story, (story) => {
    const fixture = new Fixture(story);
    for (const operation of story.operations) {
      fixture.perform(operation);
      fixture.check();
    }
    fixture.finish();
    performed += story.operations.length;
  });
  for (let batch = 0; performed < OPERATIONS; batch++) {
    fc.assert(property, { seed: seed + batch, numRuns: 20 });
  }
  assert(performed >= OPERATIONS);
});
