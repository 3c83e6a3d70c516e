/**
 * The core's twin in TypeScript: the same structures in the same layout, by the same algorithm.
 *
 * It is what property tests compare the cores with, and what benchmarks measure the WebAssembly core
 * against: the same algorithm, so that the difference is what WebAssembly gains. The one thing
 * that differs is the digit: JavaScript has no 64-bit integers that are quick, so a tick is split in
 * two words, and buckets go by digits of 5 bits, 32 to an occupancy word. And it deals out every
 * bucket that comes due: to sort it instead, as the core does, is no quicker here.
 *
 * The reasons for each structure are told in `assembly/`.
 *
 * @module
 */

import { type Core, Double, NEVER, Word } from "../../../src/core/core.ts";

const { HEAD, TAIL, MASK, RING, TIMERS, UNANCHORED } = Word;
const { NEXT_LOWER_BOUND } = Double;

/** Five for each half of a tick, of which the last has what is left over: 2 bits, and 1. */
const LEVELS = 14;
const BUCKETS = LEVELS * 32;

/* Indices of words, but for the two doubles, NEXT_LOWER_BOUND and CURRENT. Links are indices of words as well. */
const NEXT_IS_ESTIMATE = 8;
const LEVEL_BITS = 9;
/** The heap's tick, whole and in halves. */
const CURRENT = 5;
const HIGH = 12;
const LOW = 13;
const OCCUPANCY = 16;
const HEADS = 32;
const OVERDUE_LANE = HEADS + BUCKETS * 4;
const UNANCHORED_LANE = OVERDUE_LANE + 4;
const NODES = UNANCHORED_LANE + 4;

/* A node has four words: two for the deadline, a double, and the links. */
const NEXT = 2;
const PREV = 3;

const INITIAL_CAPACITY = 1024;

const HALF = 2 ** 32;
/**
 * The factor of the ticks that a timer set by `after` keeps in the deadline's place: they end up where
 * no deadline lies, without loss.
 */
const UNANCHORED_SCALE = -(2 ** 63);

/** A core on typed arrays. */
export class TwinCore implements Core {
  words!: Int32Array;
  doubles!: Float64Array;
  capacity = 0;

  constructor() {
    this.#reserve(INITIAL_CAPACITY);
    this.#clear();
    this.reset();
  }

  #reserve(capacity: number): void {
    const ring = NODES + capacity * 4;
    const buffer = new ArrayBuffer((ring + capacity) * 4);
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.capacity = capacity;
    this.words[MASK] = capacity - 1;
    this.words[RING] = ring;
  }

  #clear(): void {
    const { words } = this;
    words[LEVEL_BITS] = 0;
    words.fill(0, OCCUPANCY, OCCUPANCY + LEVELS);
    for (let head = HEADS; head < NODES; head += 4) words[head + NEXT] = words[head + PREV] = head;
    words.fill(0, NODES, words[RING]);
  }

  reset(): void {
    const { words } = this;
    if (words[TIMERS] !== 0) this.#clear();
    words[HEAD] =
      words[TAIL] =
      words[TIMERS] =
      words[UNANCHORED] =
      words[NEXT_IS_ESTIMATE] =
        0;
    this.doubles[NEXT_LOWER_BOUND] = NEVER;
    this.#advance(0);
  }

  grow(): void {
    const { words: old, capacity } = this;
    const ring = old[RING];
    try {
      this.#reserve(capacity * 2);
    } catch (cause) {
      throw new RangeError(`Cannot hold more than ${capacity} tasks and timers: no memory`, {
        cause,
      });
    }
    const { words } = this;
    const [mask, moved] = [words[MASK], words[RING]];
    words.set(old.subarray(0, ring));
    words[MASK] = mask;
    words[RING] = moved;
    words.set(old.subarray(ring), moved);
    words.set(old.subarray(ring), moved + capacity);
  }

  at(slot: number, tick: number): void {
    this.words[TIMERS]++;
    this.#place(NODES + slot * 4, tick);
  }

  after(slot: number, ticks: number): void {
    const node = NODES + slot * 4;
    this.doubles[node >> 1] = ticks * UNANCHORED_SCALE;
    this.#append(UNANCHORED_LANE, node);
    this.words[TIMERS]++;
    this.words[UNANCHORED]++;
  }

  anchor(now: number): void {
    const { words, doubles } = this;
    if (words[UNANCHORED] === 0) return;
    let node = words[UNANCHORED_LANE + NEXT];
    while (node !== UNANCHORED_LANE) {
      const next = words[node + NEXT];
      this.#place(node, Math.min(NEVER, now + doubles[node >> 1] / UNANCHORED_SCALE));
      node = next;
    }
    this.#empty(UNANCHORED_LANE);
    words[UNANCHORED] = 0;
  }

  cancel(slot: number): boolean {
    const { words, doubles } = this;
    const node = NODES + slot * 4;
    const next = words[node + NEXT];
    if (next === 0) return false;
    if (doubles[node >> 1] < -NEVER) words[UNANCHORED]--;
    const prev = words[node + PREV];
    words[next + PREV] = prev;
    words[prev + NEXT] = next;
    words[node + NEXT] = 0;
    if (next === prev && next < OVERDUE_LANE) this.#vacate((next - HEADS) >> 2);
    if (--words[TIMERS] === 0) {
      doubles[NEXT_LOWER_BOUND] = NEVER;
      words[NEXT_IS_ESTIMATE] = 0;
    }
    return true;
  }

  expire(now: number): void {
    this.anchor(now);
    const { words, doubles } = this;
    if (now < doubles[NEXT_LOWER_BOUND]) return;
    const tail = words[TAIL];
    this.#expireOverdue(now);
    this.#expireHeap(now);
    words[TIMERS] -= words[TAIL] - tail;
    words[NEXT_IS_ESTIMATE] = 0;
    const overdue = words[OVERDUE_LANE + NEXT];
    if (overdue !== OVERDUE_LANE) {
      doubles[NEXT_LOWER_BOUND] = doubles[overdue >> 1];
    } else if (words[LEVEL_BITS] === 0) {
      doubles[NEXT_LOWER_BOUND] = NEVER;
    } else {
      const bucket = this.#earliest();
      const head = HEADS + bucket * 4;
      const first = words[head + NEXT];
      if (first === words[head + PREV]) {
        doubles[NEXT_LOWER_BOUND] = doubles[first >> 1];
      } else {
        doubles[NEXT_LOWER_BOUND] = this.#baseOf(bucket);
        words[NEXT_IS_ESTIMATE] = 1;
      }
    }
  }

  next(): number {
    const { words, doubles } = this;
    if (words[NEXT_IS_ESTIMATE] === 0) return doubles[NEXT_LOWER_BOUND];
    words[NEXT_IS_ESTIMATE] = 0;
    doubles[NEXT_LOWER_BOUND] = NEVER;
    if (words[LEVEL_BITS] !== 0) {
      const head = HEADS + this.#earliest() * 4;
      let when = NEVER;
      for (let node = words[head + NEXT]; node !== head; node = words[node + NEXT]) {
        when = Math.min(when, doubles[node >> 1]);
      }
      doubles[NEXT_LOWER_BOUND] = when;
    }
    return doubles[NEXT_LOWER_BOUND];
  }

  deadline(slot: number): number {
    return this.doubles[(NODES + slot * 4) >> 1];
  }

  /** Gives the timer its deadline and puts it into its bucket or the overdue lane. */
  #place(node: number, tick: number): void {
    const { words, doubles } = this;
    if (tick < doubles[NEXT_LOWER_BOUND]) {
      doubles[NEXT_LOWER_BOUND] = tick;
      words[NEXT_IS_ESTIMATE] = 0;
    }
    doubles[node >> 1] = tick;
    if (tick > doubles[CURRENT]) this.#insert(node);
    else this.#append(OVERDUE_LANE, node);
  }

  #append(head: number, node: number): void {
    const { words } = this;
    const last = words[head + PREV];
    words[node + NEXT] = head;
    words[node + PREV] = last;
    words[last + NEXT] = node;
    words[head + PREV] = node;
  }

  #empty(head: number): void {
    this.words[head + NEXT] = this.words[head + PREV] = head;
  }

  #release(node: number): void {
    const { words } = this;
    words[node + NEXT] = 0;
    const tail = words[TAIL];
    words[words[RING] + (tail & words[MASK])] = (node - NODES) >> 2;
    words[TAIL] = tail + 1;
  }

  #insert(node: number): void {
    const { words } = this;
    const when = this.doubles[node >> 1];
    let half = (when / HALF) | 0;
    let difference = half ^ words[HIGH];
    let base = 7;
    if (difference === 0) {
      half = when >>> 0;
      difference = half ^ words[LOW];
      base = 0;
    }
    // A division of the highest differing bit's position by five.
    const level = ((31 - Math.clz32(difference | 1)) * 13) >> 6;
    const digit = (half >>> (level * 5)) & 31;
    words[LEVEL_BITS] |= 1 << (base + level);
    words[OCCUPANCY + base + level] |= 1 << digit;
    this.#append(HEADS + (((base + level) << 5) | digit) * 4, node);
  }

  #vacate(bucket: number): void {
    const { words } = this;
    const level = bucket >> 5;
    const bits = words[OCCUPANCY + level] & ~(1 << (bucket & 31));
    words[OCCUPANCY + level] = bits;
    if (bits === 0) words[LEVEL_BITS] &= ~(1 << level);
  }

  #earliest(): number {
    const { words } = this;
    const level = lowestBit(words[LEVEL_BITS]);
    return (level << 5) | lowestBit(words[OCCUPANCY + level]);
  }

  #baseOf(bucket: number): number {
    const { words } = this;
    const level = bucket >> 5;
    const digit = bucket & 31;
    if (level < 7) return words[HIGH] * HALF + (replaceDigit(words[LOW], level, digit) >>> 0);
    return replaceDigit(words[HIGH], level - 7, digit) * HALF;
  }

  #advance(tick: number): void {
    this.doubles[CURRENT] = tick;
    this.words[HIGH] = (tick / HALF) | 0;
    this.words[LOW] = tick >>> 0;
  }

  #expireHeap(limit: number): void {
    const { words, doubles } = this;
    while (words[LEVEL_BITS] !== 0) {
      const bucket = this.#earliest();
      const base = this.#baseOf(bucket);
      if (base > limit) break;
      this.#vacate(bucket);
      const head = HEADS + bucket * 4;
      let node = words[head + NEXT];
      this.#empty(head);
      if (bucket < 32) {
        do {
          const next = words[node + NEXT];
          this.#release(node);
          node = next;
        } while (node !== head);
      } else if (words[node + NEXT] === head && doubles[node >> 1] <= limit) {
        this.#release(node);
      } else {
        this.#advance(base);
        do {
          const next = words[node + NEXT];
          this.#insert(node);
          node = next;
        } while (node !== head);
      }
    }
    if (limit > doubles[CURRENT]) this.#advance(limit);
  }

  #expireOverdue(limit: number): void {
    const { words, doubles } = this;
    const overdue: number[] = [];
    for (let node = words[OVERDUE_LANE + NEXT]; node !== OVERDUE_LANE; node = words[node + NEXT]) {
      overdue.push(node);
    }
    if (overdue.length === 0) return;
    overdue.sort((a, b) => doubles[a >> 1] - doubles[b >> 1]);
    this.#empty(OVERDUE_LANE);
    for (const node of overdue) {
      if (doubles[node >> 1] <= limit) this.#release(node);
      else this.#append(OVERDUE_LANE, node);
    }
  }
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}

/** Sets the word's digit of this level and clears those below. */
function replaceDigit(word: number, level: number, digit: number): number {
  const shift = level * 5;
  return (word & ~((32 << shift) - 1)) | (digit << shift);
}
