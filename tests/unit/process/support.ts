/**
 * What the tests of child processes share.
 *
 * @module
 */
import { assertEquals } from "@std/assert";
import {
  type Coroutine,
  type ExceptionContext,
  run,
  type RunOptions,
  sleep,
} from "../../../mod.ts";

const decoder = new TextDecoder();

/** Bytes as text. */
export const text = (bytes: Uint8Array | null): string | null => bytes && decoder.decode(bytes);

/** Registers a test whose body is a coroutine on the host's clock; a report fails it. */
export function test(name: string, body: () => Coroutine<void>, options?: RunOptions): void {
  Deno.test(name, async () => {
    const reports: string[] = [];
    await run(body, {
      exceptionHandler: ({ message, exception }: ExceptionContext) =>
        reports.push(`${message}: ${exception}`),
      ...options,
    });
    assertEquals(reports, []);
  });
}

/** Whether the system knows a process, be it as one that has ended and was not waited for. */
export function exists(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch {
    return false;
  }
}

/** Waits until something is so. */
export function* eventually(isSo: () => boolean): Coroutine<void> {
  while (!isSo()) yield* sleep(2);
}

/** A shell's command line for a child that no SIGTERM ends, and that says when it has got so far. */
export const DEAF = "trap '' TERM; echo deaf; while :; do sleep 0.05; done";
