/**
 * The twin's timer heap: a monotone radix heap, 32-way.
 *
 * @module
 */

import { CURRENT, HIGH, LISTS, LOW, NEXT, NODE, OCCUPANCY, OCCUPIED } from "./layout.ts";
import { append, clear, release } from "./list.ts";
import { highWord, lowestBit, tickOf, withDigit } from "./ticks.ts";

/** Adds a timer that is due after the heap's time, or, when it is dealt out again, at it. */
export function insert(words: Int32Array, doubles: Float64Array, node: number): void {
  const tick = doubles[node >> 1];
  let word = highWord(tick);
  let difference = word ^ words[HIGH];
  let level = 7;
  if (difference === 0) {
    word = tick >>> 0;
    difference = word ^ words[LOW];
    level = 0;
  }
  // A division by five.
  const place = ((31 - Math.clz32(difference | 1)) * 13) >> 6;
  level += place;
  const digit = (word >>> (place * 5)) & 31;
  words[OCCUPIED] |= 1 << level;
  words[OCCUPANCY + level] |= 1 << digit;
  append(words, LISTS + ((level << 5) | digit) * NODE, node);
}

/** Notes that a bucket has become empty. */
export function vacate(words: Int32Array, bucket: number): void {
  const level = bucket >> 5;
  const digits = words[OCCUPANCY + level] & ~(1 << (bucket & 31));
  words[OCCUPANCY + level] = digits;
  if (digits === 0) words[OCCUPIED] &= ~(1 << level);
}

/** The bucket of the earliest timer, of which there must be one. */
export function earliest(words: Int32Array): number {
  const level = lowestBit(words[OCCUPIED]);
  return (level << 5) | lowestBit(words[OCCUPANCY + level]);
}

/** The earliest tick that a bucket can hold: the heap's time with one digit replaced. */
export function baseOf(words: Int32Array, bucket: number): number {
  const level = bucket >> 5;
  const digit = bucket & 31;
  if (level < 7) return tickOf(words[HIGH], withDigit(words[LOW], level, digit));
  return tickOf(withDigit(words[HIGH], level - 7, digit), 0);
}

/** Sets the heap's time. */
export function advance(words: Int32Array, doubles: Float64Array, tick: number): void {
  doubles[CURRENT] = tick;
  words[LOW] = tick >>> 0;
  words[HIGH] = highWord(tick);
}

/** Makes ready, in order, all that is due at `limit`. */
export function expireHeap(words: Int32Array, doubles: Float64Array, limit: number): void {
  while (words[OCCUPIED] !== 0) {
    const bucket = earliest(words);
    const base = baseOf(words, bucket);
    if (base > limit) break;
    vacate(words, bucket);
    const head = LISTS + bucket * NODE;
    let node = words[head + NEXT];
    clear(words, head);
    if (bucket < 32) {
      do {
        const next = words[node + NEXT];
        release(words, node);
        node = next;
      } while (node !== head);
    } else if (words[node + NEXT] === head && doubles[node >> 1] <= limit) {
      release(words, node);
    } else {
      advance(words, doubles, base);
      do {
        const next = words[node + NEXT];
        insert(words, doubles, node);
        node = next;
      } while (node !== head);
    }
  }
  if (limit > doubles[CURRENT]) advance(words, doubles, limit);
}
