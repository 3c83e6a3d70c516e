/**
 * What the tests' pools run: a module such as a program would write.
 *
 * @module
 */

import { cancelled, transfer } from "../../../workers.ts";
import { twice } from "./jobs_helper.ts";

/** What is no function can't be run. */
export const version = "1.0";

export function add(a: number, b: number): number {
  return a + b;
}

export function doubled(n: number): number {
  return twice(n);
}

export async function later(value: string): Promise<string> {
  await Promise.resolve();
  return value;
}

export function grow(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  bytes[0]++;
  return transfer(bytes, [bytes.buffer]);
}

/** Computes until it is told to stop, or for ever, and says so in shared memory. */
export function spin(flags: Int32Array): void {
  Atomics.add(flags, 0, 1);
  Atomics.notify(flags, 0);
  while (!cancelled());
  Atomics.add(flags, 1, 1);
}

let calls = 0;

/** How often this thread has called it. */
export function count(): number {
  return ++calls;
}

export function fail(message: string): never {
  throw new RangeError(message);
}
