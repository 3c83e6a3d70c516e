/**
 * What the unit tests share: tests that run on both cores, coroutines that succeed and fail on
 * time, and ways to see what a program says outside its loop.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  type Awaitable,
  type Coroutine,
  type Duration,
  type ExceptionContext,
  type Future,
  getRunningLoop,
  run,
  Runner,
  type RunOptions,
  sleep,
} from "../../mod.ts";
import { VirtualClock } from "../../testing.ts";

/** What a test is told of the core that it runs on. */
export interface OnCore {
  /** The name of the core, for the options of a runner. */
  core: "wasm" | "js";
  /** `run` on this core, unless its options name another. */
  run: typeof run;
}

/** Registers a test for each core, for those that run loops of their own. */
export function onBothCores(name: string, body: (on: OnCore) => void | Promise<void>): void {
  for (const core of ["wasm", "js"] as const) register(core, name, body);
}

/**
 * Registers a test for each core, or for the one that the options name. Its body is a coroutine on
 * a virtual clock. An error that reaches the exception handler fails it, unless the test brings a
 * handler of its own.
 */
export function test(
  name: string,
  body: (on: OnCore) => Coroutine<void>,
  options: RunOptions = {},
): void {
  const whole = async (on: OnCore) => {
    const reports: ExceptionContext[] = [];
    await on.run(() => body(on), {
      clock: new VirtualClock(),
      exceptionHandler: (context) => reports.push(context),
      ...options,
    });
    assertEquals(reports.map(({ message, exception }) => `${message}: ${exception}`), []);
  };
  if (options.core === undefined) onBothCores(name, whole);
  else register(options.core, name, whole);
}

function register(
  core: OnCore["core"],
  name: string,
  body: (on: OnCore) => void | Promise<void>,
): void {
  const runHere: typeof run = (main, options) => run(main, { core, ...options });
  Deno.test(`${name} (${core})`, () => body({ core, run: runHere }));
}

/**
 * Registers a test of what has to do with the world outside: its body is a coroutine on the host's clock,
 * and is given the reports so far. One that is still among them at the end fails the test.
 */
export function ioTest(
  name: string,
  body: (reports: ExceptionContext[]) => Coroutine<void>,
  { ignore = false, ...options }: RunOptions & { ignore?: boolean } = {},
): void {
  const fn = async () => {
    const reports: ExceptionContext[] = [];
    await run(() => body(reports), {
      exceptionHandler: (context) => reports.push(context),
      ...options,
    });
    assertEquals(reports.map(({ message, exception }) => `${message}: ${exception}`), []);
  };
  Deno.test({ name, ignore, fn });
}

/** Waits until something is so, on the host's clock. */
export function* eventually(condition: () => boolean, patience = 10_000): Coroutine<void> {
  const end = performance.now() + patience;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`Never came true: ${condition}`);
    yield* sleep(2);
  }
}

const decoder = new TextDecoder();

/** Awaits a read, and gives its bytes as text. */
export function* text(read: Iterable<unknown, Uint8Array, unknown>): Coroutine<string> {
  return decoder.decode(yield* read);
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

/** Waits until it is cancelled, and then cleans up for a while. */
export function* cleansUp(name: string, duration: Duration, log: string[]): Coroutine<void> {
  try {
    yield* sleep("1h");
  } finally {
    yield* sleep(duration);
    log.push(`${name} cleaned up`);
  }
}

/** Gives other tasks some turns. */
export function* turns(count: number): Coroutine<void> {
  for (let i = 0; i < count; i++) yield;
}

/** Counts the turns of the running loop with a callback that sets itself again, until disposed of. */
export class TurnCounter implements Disposable {
  count = 0;
  readonly #loop = getRunningLoop();
  #next = this.#loop.callSoon(() => this.#turn());

  /** How many turns it takes until a wait is over. */
  *during(wait: () => Awaitable<unknown> & Iterable<unknown, unknown, unknown>): Coroutine<number> {
    const start = this.count;
    yield* wait();
    return this.count - start;
  }

  [Symbol.dispose](): void {
    this.#next.cancel();
  }

  #turn(): void {
    this.count++;
    this.#next = this.#loop.callSoon(() => this.#turn());
  }
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
export async function program(
  source: string,
  flags: string[] = [],
): Promise<{ code: number; out: string; err: string }> {
  const imports = `import * as asyncio from ${
    JSON.stringify(import.meta.resolve("../../mod.ts"))
  };`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--no-config", ...flags, "--ext=ts", "-"],
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

/** How many wait for a future, tasks and callbacks alike. */
export function observerCount(future: Future<unknown>): number {
  const observers = future["_observers"];
  if (observers === null) return 0;
  return Symbol.iterator in observers ? [...observers as Iterable<unknown>].length : 1;
}

/**
 * What debug mode reports while a program runs, which can look at it, and its loop closes; slowness only
 * on request.
 */
export async function debugReports(
  core: OnCore["core"],
  main: (contexts: readonly ExceptionContext[]) => Coroutine<unknown>,
): Promise<ExceptionContext[]> {
  const contexts: ExceptionContext[] = [];
  const runner = new Runner({
    core,
    debug: true,
    clock: new VirtualClock(),
    exceptionHandler: (context) => contexts.push(context),
  });
  runner.loop.slowCallbackDuration = Infinity;
  await runner.run(() => main(contexts));
  await runner.close();
  return contexts;
}
