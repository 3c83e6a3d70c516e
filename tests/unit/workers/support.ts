/**
 * What the tests of threads share.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type Coroutine, type ExceptionContext, run, sleep } from "../../../mod.ts";

/** The module of jobs. */
export const JOBS = new URL("./jobs.ts", import.meta.url);

/** Registers a test whose body is a coroutine, with time and threads as they are. */
export function threadTest(name: string, body: () => Coroutine<void>): void {
  Deno.test(name, async () => {
    const reports: ExceptionContext[] = [];
    await run(body, { exceptionHandler: (context) => reports.push(context) });
    assertEquals(reports.map(({ message, exception }) => `${message}: ${exception}`), []);
  });
}

/** Memory that a test shares with its jobs. */
export function sharedFlags(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(64));
}

/** Waits until a flag has at least this value; a test that waits in vain hangs, and is ended. */
export function* reaches(flags: Int32Array, index: number, value = 1): Coroutine<void> {
  while (Atomics.load(flags, index) < value) yield* sleep(1);
}
