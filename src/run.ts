/**
 * Running a program, from its first coroutine to the last clean-up.
 *
 * @module
 */
import { type Awaitable, call, checkOptions, isAwaitable, notAwaitable } from "./awaitable.ts";
import { copyContext } from "./context.ts";
import { describe } from "./duration.ts";
import { type DeadlockError, InvalidStateError } from "./errors.ts";
import { EventLoop, type LoopOptions } from "./event_loop.ts";
import { Future } from "./future.ts";
import { gather } from "./gather.ts";
import { Operation } from "./operation.ts";
import { until } from "./until.ts";
import type { Coroutine } from "./generator.ts";

/** Settings of {@linkcode run} and {@linkcode Runner}. */
export interface RunOptions extends LoopOptions {
  /** Aborting it cancels the main coroutine. */
  signal?: AbortSignal;
}

/**
 * Runs several programs, one after another, on one loop and in one context.
 *
 * @example
 * ```ts
 * await using runner = new Runner({ debug: true });
 * const config = await runner.run(loadConfig());
 * await runner.run(serve(config));
 * ```
 */
export class Runner {
  /** The loop that the programs run on. */
  readonly loop: EventLoop;
  readonly #signal: AbortSignal | undefined;
  readonly #context = copyContext();
  #closing: Promise<void> | null = null;

  /**
   * Makes a runner and its loop.
   *
   * @param options See {@linkcode RunOptions}.
   * @throws {TypeError | RangeError} When an option is of the wrong kind.
   */
  constructor(options: RunOptions = {}) {
    checkOptions(options);
    const { signal } = options;
    if (signal !== undefined && typeof signal?.addEventListener !== "function") {
      throw new TypeError(`signal must be an AbortSignal, got ${describe(signal)}`);
    }
    this.loop = new EventLoop(options);
    this.#signal = signal;
  }

  /**
   * Runs an awaitable to its end. Tasks that it leaves behind stand still until the next run.
   *
   * @param main An awaitable, or a function of no arguments that returns one.
   * @returns Its result.
   * @throws {InvalidStateError} When the runner is closed, or is running already.
   * @throws What `main` throws; a {@linkcode CancelledError} when the signal has cancelled it.
   */
  async run<T>(main: Awaitable<T> | (() => Awaitable<T>)): Promise<T> {
    if (this.#closing !== null) throw new InvalidStateError("The runner is closed");
    const { loop } = this;
    if (loop.isRunning()) throw new InvalidStateError("The runner is running already");
    const task = loop._within(() =>
      loop.createTask(own(loop, call(main, "main")), { context: this.#context })
    );
    const abort = () => task.cancel();
    if (this.#signal?.aborted) abort();
    this.#signal?.addEventListener("abort", abort);
    try {
      await untilDone(loop, task);
    } finally {
      this.#signal?.removeEventListener("abort", abort);
    }
    return task.result();
  }

  /**
   * Cancels and awaits what is left, reports what of it failed, and closes the loop. Closing again
   * does nothing.
   */
  async close(): Promise<void> {
    if (this.#closing === null && this.loop.isRunning()) {
      throw new InvalidStateError("Cannot close a runner that is running");
    }
    await (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    try {
      await this.#cleanUp();
    } finally {
      this.loop.close();
    }
  }

  async #cleanUp(): Promise<void> {
    const { loop } = this;
    const tasks = [...loop._tasks()];
    if (tasks.length > 0) {
      for (const task of tasks) task.cancel();
      await untilDone(loop, gather(tasks, { returnExceptions: true }));
      for (const task of tasks) {
        if (task.cancelled() || task.exception() === null) continue;
        loop.callExceptionHandler({
          message: `Task ${task.name} failed while its loop was shutting down`,
          exception: task.exception(),
          task,
        });
      }
    }
    if (loop._iterators.size > 0) {
      await untilDone(
        loop,
        loop.createTask(() => closeIterators(loop)),
      );
    }
  }

  /** For `await using`: closes the runner. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** What belongs to another loop is waited for as a promise. */
function own<T>(loop: EventLoop, main: Awaitable<T>): Awaitable<T> {
  if (!isAwaitable(main)) throw notAwaitable(main, "main");
  const home = main instanceof Future ? main.loop : main instanceof Operation ? main._loop : null;
  return home === null || home === loop ? main : until(Promise.resolve(main as PromiseLike<T>));
}

/** Closes the async iterators whose coroutines were abandoned half-way. */
function* closeIterators(loop: EventLoop): Coroutine<void> {
  for (const iterator of loop._iterators) {
    loop._iterators.delete(iterator);
    try {
      yield* until(Promise.resolve(iterator.return?.()));
    } catch (exception) {
      loop.callExceptionHandler({ message: "An async iterator failed to close", exception });
    }
  }
}

/**
 * Runs the loop until the future is done, and for the one turn more that asyncio takes.
 *
 * @throws {DeadlockError} When that can never be.
 */
async function untilDone(loop: EventLoop, future: Future<unknown>): Promise<void> {
  let deadlock: DeadlockError | null = null;
  const stop = () => loop._stop();
  future.addDoneCallback(stop);
  loop._onDeadlock = (error) => {
    deadlock = error;
    future.removeDoneCallback(stop);
    loop.callSoon(stop);
  };
  await new Promise<void>((resolve) => loop._start(resolve));
  loop._onDeadlock = null;
  if (deadlock !== null) throw deadlock;
}

/**
 * Runs a program: makes an event loop, runs `main` on it, cancels and awaits what is left, and closes
 * the loop. Several may run at once; each has its own loop.
 *
 * @param main An awaitable, or a function of no arguments that returns one.
 * @param options See {@linkcode RunOptions}.
 * @returns The result of `main`.
 * @throws What `main` throws.
 *
 * @example
 * ```ts
 * await run(function* () {
 *   console.log("Hello");
 *   yield* sleep("1s");
 *   console.log("Goodbye");
 * });
 * ```
 */
export async function run<T>(
  main: Awaitable<T> | (() => Awaitable<T>),
  options: RunOptions = {},
): Promise<T> {
  const runner = new Runner(options);
  try {
    return await runner.run(main);
  } finally {
    await runner.close();
  }
}
