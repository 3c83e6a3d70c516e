/**
 * The core's twin in TypeScript: the same radix heap, lanes and ring, on typed arrays.
 *
 * Property tests compare the WebAssembly core with it, benchmarks measure that core against it, and
 * it steps in where a page's Content-Security-Policy forbids WebAssembly. What all its parts are
 * good for is told in `assembly/`. Two things are different here, for speed:
 *
 * - JavaScript has no 64-bit integers that are quick. So a tick is split into two words, and the
 *   heap goes by digits of 5 bits, 32 buckets to a level.
 * - The lists are made of single nodes, one for each slot, and not of chunks. Chunks save reading
 *   memory at the cost of more steps, and in JavaScript that pays only beyond 100,000 timers.
 *
 * @module
 */

import { BOUND, type Core, FRESH, HEAD, MASK, NEVER, RING, TAIL, TIMERS } from "./core.ts";
import { advance, baseOf, earliest, expireHeap, insert, vacate } from "./twin/heap.ts";
import { expireLate } from "./twin/late.ts";
import {
  CURRENT,
  FRESH_LANE,
  FRESH_SCALE,
  INITIAL_CAPACITY,
  LATE_LANE,
  LEVELS,
  LISTS,
  NEXT,
  NODE,
  NODES,
  NONE,
  OCCUPANCY,
  OCCUPIED,
  PREV,
  VAGUE,
} from "./twin/layout.ts";
import { append, clear } from "./twin/list.ts";
import { clamp } from "./twin/ticks.ts";

/** A core on typed arrays. */
export class TwinCore implements Core {
  words!: Int32Array;
  doubles!: Float64Array;
  capacity = 0;

  /** Makes an empty core. */
  constructor() {
    this.#reserve(INITIAL_CAPACITY);
    this.#clear();
    this.reset();
  }

  grow(): void {
    const { words: old, capacity } = this;
    const ring = old[RING];
    this.#reserve(capacity * 2);
    const { words } = this;
    const grown = words[RING];
    words.set(old.subarray(0, ring));
    words[MASK] = capacity * 2 - 1;
    words[RING] = grown;
    words.set(old.subarray(ring), grown);
    words.set(old.subarray(ring), grown + capacity);
  }

  at(slot: number, tick: number): void {
    const node = NODES + slot * NODE;
    this.words[TIMERS]++;
    this.doubles[node >> 1] = clamp(tick);
    this.#place(node);
  }

  after(slot: number, ticks: number): void {
    const { words } = this;
    const node = NODES + slot * NODE;
    words[TIMERS]++;
    words[FRESH]++;
    this.doubles[node >> 1] = clamp(ticks) * FRESH_SCALE;
    append(words, FRESH_LANE, node);
  }

  settle(now: number): void {
    const { words, doubles } = this;
    if (words[FRESH] === 0) return;
    const start = clamp(now);
    let node = words[FRESH_LANE + NEXT];
    while (node !== FRESH_LANE) {
      const next = words[node + NEXT];
      doubles[node >> 1] = clamp(start + doubles[node >> 1] / FRESH_SCALE);
      this.#place(node);
      node = next;
    }
    clear(words, FRESH_LANE);
    words[FRESH] = 0;
  }

  cancel(slot: number): boolean {
    const { words, doubles } = this;
    const node = NODES + slot * NODE;
    const next = words[node + NEXT];
    if (next === NONE) return false;
    const prev = words[node + PREV];
    words[next + PREV] = prev;
    words[prev + NEXT] = next;
    words[node + NEXT] = NONE;
    // Only a head can be on both sides.
    if (next === prev && next < LATE_LANE) vacate(words, (next - LISTS) >> 2);
    if (doubles[node >> 1] < -NEVER) words[FRESH]--;
    if (--words[TIMERS] === 0) this.#setBound(NEVER, 0);
    return true;
  }

  expire(now: number): void {
    this.settle(now);
    const { words, doubles } = this;
    const limit = clamp(now);
    if (limit < doubles[BOUND]) return;
    const tail = words[TAIL];
    expireLate(words, doubles);
    expireHeap(words, doubles, limit);
    words[TIMERS] -= words[TAIL] - tail;
    this.#renewBound();
  }

  next(): number {
    if (this.words[VAGUE] !== 0) this.#scanBound();
    return this.doubles[BOUND];
  }

  reset(): void {
    const { words } = this;
    if (words[TIMERS] !== 0) this.#clear();
    words.fill(0, HEAD, TAIL + 1);
    words.fill(0, TIMERS, FRESH + 1);
    advance(words, this.doubles, -NEVER);
    this.#setBound(NEVER, 0);
  }

  #reserve(capacity: number): void {
    const ring = NODES + capacity * NODE;
    const buffer = allocate((ring + capacity) * 4, this.capacity);
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.capacity = capacity;
    this.words[MASK] = capacity - 1;
    this.words[RING] = ring;
  }

  #clear(): void {
    const { words } = this;
    words.fill(0, OCCUPANCY, OCCUPANCY + LEVELS);
    words.fill(NONE, NODES, words[RING]);
    words[OCCUPIED] = 0;
    for (let head = LISTS; head < NODES; head += NODE) clear(words, head);
  }

  /** Adds a timer that has its deadline to the heap or the late lane. */
  #place(node: number): void {
    const { words, doubles } = this;
    const tick = doubles[node >> 1];
    if (tick < doubles[BOUND]) this.#setBound(tick, 0);
    if (tick > doubles[CURRENT]) insert(words, doubles, node);
    else append(words, LATE_LANE, node);
  }

  #setBound(tick: number, vague: number): void {
    this.doubles[BOUND] = tick;
    this.words[VAGUE] = vague;
  }

  #renewBound(): void {
    const { words, doubles } = this;
    if (words[OCCUPIED] === 0) return this.#setBound(NEVER, 0);
    const bucket = earliest(words);
    const first = words[LISTS + bucket * NODE + NEXT];
    const isLone = words[first + NEXT] < NODES;
    if (isLone) this.#setBound(doubles[first >> 1], 0);
    else this.#setBound(baseOf(words, bucket), 1);
  }

  #scanBound(): void {
    const { words, doubles } = this;
    let tick = NEVER;
    if (words[OCCUPIED] !== 0) {
      let node = words[LISTS + earliest(words) * NODE + NEXT];
      for (; node >= NODES; node = words[node + NEXT]) tick = Math.min(tick, doubles[node >> 1]);
    }
    this.#setBound(tick, 0);
  }
}

function allocate(bytes: number, capacity: number): ArrayBuffer {
  try {
    return new ArrayBuffer(bytes);
  } catch (cause) {
    throw new RangeError(`Cannot hold more than ${capacity} tasks and timers: no memory`, {
      cause,
    });
  }
}
