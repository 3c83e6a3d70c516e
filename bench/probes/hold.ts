/**
 * The hold model, by which timer queues are compared: a number of timers stand, and each that fires
 * is set again at once, some random time ahead.
 *
 * @module
 */
import { type Core, Double, Word } from "../../src/core/core.ts";

const { HEAD, TAIL, MASK, RING } = Word;
const { NEXT_LOWER_BOUND } = Double;

/** The longest delay in ticks: ten seconds. */
const LONGEST = 1e7;

/** Delays are drawn beforehand, so that drawing them isn't measured. */
const delays = new Float64Array(1 << 16);
for (let i = 0, random = 1; i < delays.length; i++) {
  random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
  delays[i] = 1 + Math.floor(random / 2 ** 32 * LONGEST);
}
let drawn = 0;

function delay(): number {
  return delays[drawn++ & (delays.length - 1)];
}

/** Something that holds timers: fires some, and sets them again. */
export type Hold = (count: number) => void;

/**
 * Fills an empty core.
 *
 * @param atOnce How many timers shall come due at a time, on average; 0 lets the clock jump from one
 * deadline to the next, as a virtual clock does.
 */
export function holdCore(core: Core, standing: number, atOnce: number): Hold {
  while (core.capacity < standing) core.grow();
  for (let slot = 0; slot < standing; slot++) core.at(slot, delay());
  const step = atOnce * LONGEST / 2 / standing;
  let now = 0;
  return (count) => {
    const { words, doubles } = core;
    const ring = words[RING];
    const mask = words[MASK];
    for (let fired = 0; fired < count;) {
      now = step === 0 ? core.next() : now + Math.ceil(step);
      if (doubles[NEXT_LOWER_BOUND] > now) continue;
      core.expire(now);
      const tail = words[TAIL];
      let head = words[HEAD];
      fired += (tail - head) | 0;
      while (head !== tail) {
        core.at(words[ring + (head & mask)], now + delay());
        head = (head + 1) | 0;
      }
      words[HEAD] = head;
    }
  };
}

/** A priority queue of slots by deadline. */
export interface Heap {
  push(slot: number, deadline: number): void;
  next(): number;
  pop(): number;
}

/** Fills an empty heap; else as {@linkcode holdCore}. */
export function holdHeap(heap: Heap, standing: number, atOnce: number): Hold {
  for (let slot = 0; slot < standing; slot++) heap.push(slot, delay());
  const step = atOnce * LONGEST / 2 / standing;
  let now = 0;
  return (count) => {
    for (let fired = 0; fired < count;) {
      now = step === 0 ? heap.next() : now + Math.ceil(step);
      while (heap.next() <= now) {
        heap.push(heap.pop(), now + delay());
        fired++;
      }
    }
  };
}
