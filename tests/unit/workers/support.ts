/**
 * What the tests of threads share.
 *
 * @module
 */

import { type Coroutine, sleep } from "../../../mod.ts";

/** The module of jobs. */
export const JOBS = new URL("./jobs.ts", import.meta.url);

/** Memory that a test shares with its jobs. */
export function sharedFlags(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(64));
}

/** Waits until a flag has at least this value; a test that waits in vain hangs, and is ended. */
export function* reaches(flags: Int32Array, index: number, value = 1): Coroutine<void> {
  while (Atomics.load(flags, index) < value) yield* sleep(1);
}
