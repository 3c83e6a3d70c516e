/**
 * What a core must do, said so simply that it cannot be wrong: timers in an array that is kept
 * sorted. And the cores that must do the same, driven as the kernel drives them.
 *
 * @module
 */

import { type Core, NEVER, Word } from "../../../src/core/core.ts";
import { HeapCore } from "../../../src/core/heap.ts";
import { WasmCore } from "../../../src/core/wasm.ts";
import { TwinCore } from "./twin.ts";

/** Each implementation, by name. */
export const implementations: [name: string, make: () => Core][] = [
  ["wasm", () => new WasmCore()],
  ["js", () => new HeapCore()],
  ["twin", () => new TwinCore()],
];

/** Registers a test of one behaviour for each implementation. */
export function onEachCore(name: string, test: (core: Core) => void): void {
  for (const [kind, make] of implementations) Deno.test(`${name} (${kind})`, () => test(make()));
}

/** Puts a slot at the end of the run queue. */
export function push(core: Core, slot: number): void {
  const { words } = core;
  words[words[Word.RING] + (words[Word.TAIL] & words[Word.MASK])] = slot;
  words[Word.TAIL]++;
}

/** Takes the first slot from the run queue; `undefined` if there is none. */
export function pop(core: Core): number | undefined {
  const { words } = core;
  if (words[Word.HEAD] === words[Word.TAIL]) return undefined;
  const slot = words[words[Word.RING] + (words[Word.HEAD] & words[Word.MASK])];
  words[Word.HEAD]++;
  return slot;
}

/** Empties the run queue. */
export function drain(core: Core): number[] {
  const slots: number[] = [];
  for (let slot = pop(core); slot !== undefined; slot = pop(core)) slots.push(slot);
  return slots;
}

/** How many slots are in the run queue. */
export function readyCount(core: Core): number {
  return (core.words[Word.TAIL] - core.words[Word.HEAD]) | 0;
}

/** How many timers stand. */
export function timerCount(core: Core): number {
  return core.words[Word.TIMERS];
}

/** How many timers wait for a clock reading. */
export function unanchoredCount(core: Core): number {
  return core.words[Word.UNANCHORED];
}

interface Timer {
  readonly slot: number;
  readonly tick: number;
}

/** The same promises as a core's, kept by sorting. */
export class Oracle {
  /** By deadline, then by insertion. */
  #timers: Timer[] = [];
  #unanchored: Timer[] = [];
  #ticks = new Map<number, number>();
  ready: number[] = [];

  get timerCount(): number {
    return this.#timers.length + this.#unanchored.length;
  }

  get unanchoredCount(): number {
    return this.#unanchored.length;
  }

  get earliest(): number {
    return this.#timers.length === 0 ? NEVER : this.#timers[0].tick;
  }

  has(slot: number): boolean {
    return this.#ticks.has(slot) || this.#unanchored.some((timer) => timer.slot === slot);
  }

  /** The slot's deadline, if it has one. */
  deadline(slot: number): number | undefined {
    return this.#ticks.get(slot);
  }

  at(slot: number, tick: number): void {
    this.#ticks.set(slot, tick);
    this.#timers.splice(this.#search((other) => other <= tick), 0, { slot, tick });
  }

  after(slot: number, ticks: number): void {
    this.#unanchored.push({ slot, tick: ticks });
  }

  anchor(now: number): void {
    const unanchored = this.#unanchored;
    this.#unanchored = [];
    for (const { slot, tick } of unanchored) this.at(slot, Math.min(NEVER, now + tick));
  }

  cancel(slot: number): boolean {
    const count = this.timerCount;
    const tick = this.#ticks.get(slot);
    if (tick === undefined) {
      this.#unanchored = this.#unanchored.filter((timer) => timer.slot !== slot);
    } else {
      let index = this.#search((other) => other < tick);
      while (this.#timers[index].slot !== slot) index++;
      this.#timers.splice(index, 1);
      this.#ticks.delete(slot);
    }
    return this.timerCount < count;
  }

  expire(now: number): void {
    this.anchor(now);
    for (const { slot } of this.#timers.splice(0, this.#search((tick) => tick <= now))) {
      this.#ticks.delete(slot);
      this.ready.push(slot);
    }
  }

  reset(): void {
    this.#timers = [];
    this.#unanchored = [];
    this.#ticks.clear();
    this.ready = [];
  }

  /** The index of the first timer of whose tick this isn't so, given that it is so of all before. */
  #search(isBefore: (tick: number) => boolean): number {
    let [low, high] = [0, this.#timers.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(this.#timers[middle].tick)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
