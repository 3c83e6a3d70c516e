// What the unit tests share.

import { assertEquals } from "@std/assert";
import { type Coroutine, type Duration, type ExceptionContext, run, sleep } from "../../mod.ts";
import type { RunOptions } from "../../mod.ts";
import { VirtualClock } from "../../testing.ts";

/**
 * Registers a test whose body is a coroutine on a virtual clock. An error that reaches the exception
 * handler fails it, unless the test brings a handler of its own.
 */
export function test(name: string, body: () => Coroutine<void>, options: RunOptions = {}): void {
  Deno.test(name, async () => {
    const reports: ExceptionContext[] = [];
    await run(body, {
      clock: new VirtualClock(),
      exceptionHandler: (context) => reports.push(context),
      ...options,
    });
    assertEquals(reports.map(({ message, exception }) => `${message}: ${exception}`), []);
  });
}

/** Results in a value after a while. */
export function* later<T>(delay: Duration, result: T): Coroutine<T> {
  yield* sleep(delay);
  return result;
}

/** Throws an error after a while. */
export function* failing(delay: Duration, error: unknown): Coroutine<never> {
  yield* sleep(delay);
  throw error;
}

/** Waits for something that must fail with this kind of error, and gives the error back. */
export function* failure<E extends Error>(
  kind: abstract new (...args: never[]) => E,
  wait: Iterable<unknown, unknown, unknown>,
): Coroutine<E> {
  let result: unknown;
  try {
    result = yield* wait;
  } catch (error) {
    if (error instanceof kind) return error;
    throw error;
  }
  throw new Error(`Expected ${kind.name}, got the result ${result}`);
}

/** Gives other tasks some turns. */
export function* turns(count: number): Coroutine<void> {
  for (let i = 0; i < count; i++) yield;
}

/** What a program prints by one of the console's methods, one text for each call. */
export async function printed(
  method: "error" | "warn",
  body: () => PromiseLike<unknown>,
): Promise<string[]> {
  const original = console[method];
  const lines: string[] = [];
  console[method] = (...data: unknown[]) => lines.push(data.map(String).join(" "));
  try {
    await body();
  } finally {
    console[method] = original;
  }
  return lines;
}

/** Promises that were rejected while `body` ran and that nobody looked after. */
export async function unhandled(body: () => PromiseLike<unknown>): Promise<unknown[]> {
  const reasons: unknown[] = [];
  const note = (event: PromiseRejectionEvent) => {
    event.preventDefault();
    reasons.push(event.reason);
  };
  addEventListener("unhandledrejection", note);
  try {
    await body();
    await new Promise((resolve) => setTimeout(resolve));
  } finally {
    removeEventListener("unhandledrejection", note);
  }
  return reasons;
}

/** Runs a program in a process of its own, until it ends by itself. */
export async function program(source: string): Promise<{ code: number; out: string; err: string }> {
  const imports = `import * as asyncio from ${
    JSON.stringify(import.meta.resolve("../../mod.ts"))
  };`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--no-config", "--ext=ts", "-"],
    env: { NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(`${imports}\n${source}`));
  await input.close();
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, out: decoder.decode(stdout), err: decoder.decode(stderr) };
}
