/**
 * Running a program, from its first coroutine to the last clean-up.
 *
 * @module
 */
import { checkOptions, cut, describe, notAwaitable } from "./check.ts";
import { gather } from "./combinators/gather.ts";
import { until } from "./combinators/until.ts";
import {
  type CancelledError,
  causedCancelledError,
  type DeadlockError,
  InvalidStateError,
} from "./errors.ts";
import { asCallback, current } from "./kernel/current.ts";
import {
  addInterruptListener,
  endInterrupted,
  endQuietly,
  interruptions,
  removeInterruptListener,
} from "./kernel/interrupts.ts";
import { PATIENCE, QuietTimer } from "./kernel/quiet_timer.ts";
import { tidy } from "./kernel/stack.ts";
import { EventLoop, type LoopOptions } from "./loop/event_loop.ts";
import { reported } from "./loop/failures.ts";
import { listTasks } from "./loop/report.ts";
import { type AbortSignalLike, makeDisposable } from "./portable.ts";
import { type Awaitable, isAwaitable, toAwaitable } from "./task/awaitable.ts";
import { cancelAll } from "./task/cancel_chain.ts";
import { copyContext } from "./task/context.ts";
import { Future } from "./task/future.ts";
import type { Coroutine } from "./task/generator.ts";
import { Operation, type OperationState } from "./task/operation.ts";
import type { Task } from "./task/task.ts";

/** Settings of {@linkcode run} and {@linkcode Runner}. */
export interface RunOptions extends LoopOptions {
  /** Aborting it cancels the main coroutine, with its reason as the error's cause. */
  signal?: AbortSignalLike;
  /**
   * Whether the first Ctrl-C cancels the main coroutine; without it true. It never does in a run that
   * was started inside another, on a clock other than the host's, or in a worker thread.
   */
  signals?: boolean;
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
  /** For `await using`: closes the runner. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;
  readonly #signal: AbortSignalLike | undefined;
  readonly #signals: boolean;
  readonly #context = copyContext();
  #busy = false;
  #closing: Promise<void> | null = null;

  /**
   * Makes a runner and its loop.
   *
   * @param options See {@linkcode RunOptions}.
   * @throws {TypeError | RangeError} When an option is of the wrong kind.
   */
  constructor(options: RunOptions = {}) {
    makeDisposable(Runner.prototype, "asyncDispose", Runner.prototype.close);
    checkOptions(options);
    const { signal, signals = true } = options;
    if (signal !== undefined && typeof signal?.addEventListener !== "function") {
      throw new TypeError(`signal must be an AbortSignal, got ${describe(signal)}`);
    }
    this.loop = new EventLoop(options);
    this.#signal = signal;
    if (signal !== undefined) interruptions.get(signal)?.enter();
    this.#signals = signals && this.loop["_kernel"].isOnHostClock();
  }

  /**
   * Runs an awaitable to its end. Tasks that it leaves behind stand still until the next run.
   *
   * @param main An awaitable, or a function of no arguments that returns one.
   * @returns Its result.
   * @throws {InvalidStateError} When the runner is closed, or is running already.
   * @throws What `main` throws; a {@linkcode CancelledError} when the signal or Ctrl-C has cancelled it.
   */
  async run<T>(main: Awaitable<T> | (() => Awaitable<T>)): Promise<T> {
    if (this.#closing !== null) throw new InvalidStateError("The runner is closed");
    if (this.#busy) throw new InvalidStateError("The runner is running already");
    this.#busy = true;
    try {
      return await this.#run(main);
    } catch (error) {
      tidy(error);
      throw error;
    } finally {
      this.#busy = false;
    }
  }

  async #run<T>(main: Awaitable<T> | (() => Awaitable<T>)): Promise<T> {
    const { loop } = this;
    const kernel = loop["_kernel"];
    const inside = current.kernel !== null;
    const task = asCallback(
      kernel,
      () => loop.createTask(adopt(loop, toAwaitable(main, "main")), { context: this.#context }),
    );
    const stopListening = this.#listen(task, inside);
    try {
      await untilDone(loop, task);
    } finally {
      stopListening();
    }
    const result = task.result();
    loop["_tellForgotten"]();
    return result;
  }

  /** Has the signal and Ctrl-C cancel the task; the result ends that. */
  #listen(task: Task<unknown>, inside: boolean): () => void {
    const kernel = this.loop["_kernel"];
    const signal = this.#signal;
    let interruption: Error | null = null;
    const interrupt = () => {
      interruption = new Error("SIGINT");
      task["_cancel"](causedCancelledError(interruption));
    };
    const deafen = () => {
      kernel._onIdle = null;
      removeInterruptListener(interrupt);
    };
    const given = signal && interruptions.get(signal);
    const abort = () => {
      if (interruption === null) deafen();
      const { reason } = signal!;
      if (given) interruption ??= reason as Error;
      task["_cancel"](causedCancelledError(reason));
    };
    // A run that never waits is over before anybody could press a key, and pays nothing for it.
    if (this.#signals && !inside) {
      kernel._onIdle = () => {
        kernel._onIdle = null;
        addInterruptListener(interrupt);
      };
    }
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
    const stopWaiting = given?.wait();
    return () => {
      stopWaiting?.();
      signal?.removeEventListener("abort", abort);
      deafen();
      if (interruption === null || !task.cancelled()) return;
      const error = task["_outcome"]() as CancelledError;
      // It may be one of main's own.
      error.cause ??= interruption;
      if (error.cause !== interruption) return;
      if (interruption === signal?.reason) endQuietly(error, given!.exitCode);
      else endInterrupted(error);
    };
  }

  /**
   * Cancels and awaits what is left, reports what of it failed, and closes the loop. Closing again
   * does nothing.
   *
   * @throws {InvalidStateError} When the runner is running.
   */
  async close(): Promise<void> {
    if (this.#closing === null && this.#busy) {
      throw new InvalidStateError("Cannot close a runner that is running");
    }
    await (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    const { loop } = this;
    try {
      await cleanUp(loop);
    } catch (exception) {
      // What main results in is worth more than how its clean-up fails.
      loop.callExceptionHandler({ message: "The loop's clean-up failed", exception });
    } finally {
      loop.close();
      await untilClosed(loop["_kernel"].closings);
      if (this.#signal !== undefined) interruptions.get(this.#signal)?.leave();
    }
  }
}

/** How often handlers are ended that have begun while others came to their end. */
const ROUNDS = 3;

async function cleanUp(loop: EventLoop): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const tasks = [...loop["_tasks"]()];
    if (tasks.length === 0) break;
    await endAll(loop, tasks);
    // What the others have made meanwhile is abandoned, as in CPython. But a server that is still open may
    // have accepted a client.
    if (!loop["_kernel"].holdsAny) break;
  }
  if (loop["_iterators"].size > 0) {
    await untilDone(
      loop,
      loop.createTask(() => closeIterators(loop)),
    );
  }
}

/** Cancels tasks, waits for their end, and reports those that failed. */
async function endAll(loop: EventLoop, tasks: Task<unknown>[]): Promise<void> {
  cancelAll(tasks);
  const timer = new QuietTimer();
  timer.set(PATIENCE, () => reportSurvivors(loop, tasks));
  try {
    await untilDone(loop, gather(tasks, { returnExceptions: true }));
  } finally {
    timer.clear();
  }
  for (const task of tasks) {
    if (!task["_hasFailed"]() || reported.has(task)) continue;
    loop.callExceptionHandler({
      message: `Task ${cut(task.name)} failed while its loop was shutting down`,
      exception: task.exception(),
      task,
    });
  }
}

/** Waits for what the host is at, such as the end of children that were killed; but not for ever. */
async function untilClosed(closings: PromiseLike<unknown>[]): Promise<void> {
  if (closings.length === 0) return;
  const timer = new QuietTimer();
  await Promise.race([
    Promise.allSettled(closings),
    new Promise<void>((resolve) => timer.set(PATIENCE, resolve)),
  ]);
  timer.clear();
}

/** Says what keeps a program from ending. */
function reportSurvivors(loop: EventLoop, tasks: Task<unknown>[]): void {
  const left = tasks.filter((task) => !task.done());
  loop.callExceptionHandler({
    message:
      `The loop can't close: of the tasks that were cancelled at its end, ${left.length} still run:${
        listTasks(left)
      }`,
  });
}

/** What belongs to another loop is waited for as a promise. */
function adopt<T>(loop: EventLoop, main: Awaitable<T>): Awaitable<T> {
  if (!isAwaitable(main)) throw notAwaitable(main, "main");
  const kernel = main instanceof Future
    ? main["_kernel"]
    : main instanceof Operation
    ? (main as unknown as OperationState)._kernel
    : null;
  if (kernel === null || kernel === loop["_kernel"]) return main;
  if (kernel.isClosed() && !(main instanceof Future && main.done())) {
    throw new InvalidStateError("Cannot run what belongs to an event loop that is closed");
  }
  return untilSettled(main as PromiseLike<T>);
}

/** A coroutine, so that a run that is cancelled before it begins starts nothing. */
function* untilSettled<T>(promise: PromiseLike<T>): Coroutine<T> {
  return yield* until(Promise.resolve(promise));
}

/** Closes the async iterators whose coroutines were abandoned half-way. */
function* closeIterators(loop: EventLoop): Coroutine<void> {
  const iterators = loop["_iterators"];
  for (const iterator of iterators) {
    iterators.delete(iterator);
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
  const kernel = loop["_kernel"];
  let deadlock: DeadlockError | null = null;
  const stop = () => kernel.stop();
  future.addDoneCallback(stop);
  loop["_onDeadlock"] = (error) => {
    deadlock = error;
    future.removeDoneCallback(stop);
    loop.callSoon(stop);
  };
  await new Promise<void>((resolve) => kernel.start(resolve));
  loop["_onDeadlock"] = null;
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
