/**
 * The small core, in TypeScript: a binary heap of slots, ordered by deadline and then by age.
 *
 * It runs where a page's Content-Security-Policy forbids WebAssembly, and where `core: "js"` asks for
 * it. It keeps the same order as the WebAssembly core for a third of the code of that core's
 * algorithm in TypeScript, which every bundle would have to carry; it takes longer with many timers,
 * since each of them costs the logarithm of how many there are.
 *
 * @module
 */

import { type Core, type Double, NEVER, type Word } from "./core.ts";

// As core.ts has them.
const HEAD: typeof Word.HEAD = 0;
const TAIL: typeof Word.TAIL = 1;
const MASK: typeof Word.MASK = 2;
const RING: typeof Word.RING = 3;
const TIMERS: typeof Word.TIMERS = 4;
const UNANCHORED: typeof Word.UNANCHORED = 5;
const NEXT_LOWER_BOUND: typeof Double.NEXT_LOWER_BOUND = 3;

/** Where the ring begins: behind the published words. */
const START = 16;
const INITIAL_CAPACITY = 1024;

/** Twice as long, with the same beginning. */
function widen<T extends Int32Array | Float64Array>(from: T): T {
  const wide = new (from.constructor as new (length: number) => T)(from.length * 2);
  wide.set(from);
  return wide;
}

/** A core on typed arrays. */
export class HeapCore implements Core {
  words!: Int32Array;
  doubles!: Float64Array;
  capacity!: number;
  /** The slots whose timers are anchored, each before its children, the slots at 2n + 1 and 2n + 2. */
  readonly #heap: number[] = [];
  /** The slots whose timers wait for a clock reading, in the order set; -1 for one that was cancelled. */
  readonly #unanchored: number[] = [];
  /** Of each slot: its place in the heap plus one, minus that in the other list, or 0. */
  #places = new Int32Array(INITIAL_CAPACITY);
  /** Of each slot: its timer's deadline; before it is anchored, its ticks. */
  #deadlines = new Float64Array(INITIAL_CAPACITY);
  /** Of each slot: how many timers were placed before its own. */
  #ages = new Float64Array(INITIAL_CAPACITY);
  #placed = 0;

  constructor() {
    this.#view(INITIAL_CAPACITY);
    this.#publish();
  }

  #view(capacity: number): void {
    this.words = new Int32Array(START + capacity);
    this.doubles = new Float64Array(this.words.buffer);
    this.words[RING] = START;
    this.words[MASK] = capacity - 1;
    this.capacity = capacity;
  }

  grow(): void {
    const { words: old, capacity } = this;
    try {
      this.#places = widen(this.#places);
      this.#deadlines = widen(this.#deadlines);
      this.#ages = widen(this.#ages);
      this.#view(capacity * 2);
    } catch (cause) {
      throw new RangeError(`Cannot hold more than ${capacity} tasks and timers: no memory`, {
        cause,
      });
    }
    this.words.set(old);
    // Twice in a row, the old ring is a ring of twice the size: each index finds its slot again.
    this.words.set(old.subarray(START), START + capacity);
    this.words[MASK] = this.capacity - 1;
  }

  at(slot: number, tick: number): void {
    this.#place(slot, tick);
    this.#publish();
  }

  after(slot: number, ticks: number): void {
    this.#deadlines[slot] = ticks;
    this.#places[slot] = -this.#unanchored.push(slot);
    this.words[TIMERS]++;
    this.words[UNANCHORED]++;
  }

  anchor(now: number): void {
    if (this.words[UNANCHORED] === 0) return;
    for (const slot of this.#unanchored) {
      if (slot >= 0) this.#place(slot, Math.min(NEVER, now + this.#deadlines[slot]));
    }
    this.#forgetUnanchored();
    this.#publish();
  }

  cancel(slot: number): boolean {
    const place = this.#places[slot];
    if (place === 0) return false;
    if (place > 0) {
      this.#remove(slot);
    } else {
      this.#places[slot] = 0;
      this.#unanchored[-place - 1] = -1;
      if (--this.words[UNANCHORED] === 0) this.#forgetUnanchored();
    }
    this.#publish();
    return true;
  }

  expire(now: number): void {
    this.anchor(now);
    const { words } = this;
    const heap = this.#heap;
    while (heap.length > 0 && this.#deadlines[heap[0]] <= now) {
      const slot = heap[0];
      this.#remove(slot);
      words[START + (words[TAIL]++ & words[MASK])] = slot;
    }
    this.#publish();
  }

  next(): number {
    return this.doubles[NEXT_LOWER_BOUND];
  }

  deadline(slot: number): number {
    return this.#deadlines[slot];
  }

  reset(): void {
    this.#places.fill(0);
    this.#heap.length = 0;
    this.#forgetUnanchored();
    this.words[HEAD] = this.words[TAIL] = 0;
    this.#publish();
  }

  #forgetUnanchored(): void {
    this.#unanchored.length = 0;
    this.words[UNANCHORED] = 0;
  }

  /** Publishes what the two lists tell. */
  #publish(): void {
    const heap = this.#heap;
    this.words[TIMERS] = heap.length + this.words[UNANCHORED];
    this.doubles[NEXT_LOWER_BOUND] = heap.length > 0 ? this.#deadlines[heap[0]] : NEVER;
  }

  /** Adds a timer to the heap. */
  #place(slot: number, tick: number): void {
    this.#deadlines[slot] = tick;
    this.#ages[slot] = this.#placed++;
    this.#settle(slot, this.#heap.push(slot) - 1);
  }

  /** Takes a timer out of the heap. */
  #remove(slot: number): void {
    const place = this.#places[slot] - 1;
    const last = this.#heap.pop()!;
    if (last !== slot) this.#settle(last, place);
    this.#places[slot] = 0;
  }

  /** Puts a slot where it belongs, up or down from a place that is free. */
  #settle(slot: number, place: number): void {
    const heap = this.#heap;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#isBefore(slot, heap[parent])) break;
      this.#put(heap[parent], place);
      place = parent;
    }
    for (let child; (child = 2 * place + 1) < heap.length; place = child) {
      if (child + 1 < heap.length && this.#isBefore(heap[child + 1], heap[child])) child++;
      if (this.#isBefore(slot, heap[child])) break;
      this.#put(heap[child], place);
    }
    this.#put(slot, place);
  }

  #put(slot: number, place: number): void {
    this.#heap[place] = slot;
    this.#places[slot] = place + 1;
  }

  #isBefore(one: number, other: number): boolean {
    return (this.#deadlines[one] - this.#deadlines[other] || this.#ages[one] - this.#ages[other]) <
      0;
  }
}
