/**
 * How the twin takes ticks apart.
 *
 * @module
 */

import { NEVER } from "../core.ts";

const WORD = 2 ** 32;

/** What is added to a tick's upper word, so that it counts from -{@linkcode NEVER} and up. */
const BIAS = 2 ** 30;

/** The tick, or the nearest that is kept. */
export function clamp(tick: number): number {
  return tick > NEVER ? NEVER : tick < -NEVER ? -NEVER : tick;
}

/** The tick's upper word. The lower one is `tick >>> 0`. */
export function highWord(tick: number): number {
  return (Math.floor(tick / WORD) + BIAS) | 0;
}

/** The tick of these two words. */
export function tickOf(high: number, low: number): number {
  return ((high >>> 0) - BIAS) * WORD + (low >>> 0);
}

/** The word with one of its 5-bit digits replaced and all digits below it zero. */
export function withDigit(word: number, place: number, digit: number): number {
  const shift = place * 5;
  return (word & ~((32 << shift) - 1)) | (digit << shift);
}

/** The position of the lowest bit that is set. */
export function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
