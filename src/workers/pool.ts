/**
 * Pools of threads, as programs see them.
 *
 * @module
 */
import { checkName, checkOptions, checkWhole, describe } from "../check.ts";
import { CancelledError } from "../errors.ts";
import { currentKernel } from "../kernel/current.ts";
import { Suspension } from "../kernel/suspend.ts";
import type { Executor } from "../loop/event_loop.ts";
import { makeDisposable } from "../portable.ts";
import { Printable } from "../printing.ts";
import { type Future, futureOf } from "../task/future.ts";
import { GeneratorOperation, type Operation } from "../task/operation.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { Callee } from "./job.ts";

/**
 * What a pool is taken to have that wasn't told the type of its module: any names, arguments and results.
 *
 * @example
 * ```ts
 * const pool: WorkerPool<Jobs> = new WorkerPool(new URL("./jobs.ts", import.meta.url));
 * ```
 */
export type Jobs = Record<string, (...args: unknown[]) => unknown>;

/**
 * The names of the functions that a module exports.
 *
 * @example
 * ```ts
 * const names: JobName<typeof import("./jobs.ts")>[] = ["resize", "rotate"];
 * ```
 */
export type JobName<M> = string extends keyof M ? string
  : { [K in keyof M]: M[K] extends (...args: never[]) => unknown ? K : never }[keyof M] & string;

/**
 * The arguments of a module's function.
 *
 * @example
 * ```ts
 * const args: JobArgs<typeof import("./jobs.ts"), "resize"> = [picture, 800, 600];
 * ```
 */
export type JobArgs<M, K> = K extends keyof M
  ? M[K] extends (...args: infer A) => unknown ? A : never
  : never;

/**
 * What a module's function results in, which may be asynchronous.
 *
 * @example
 * ```ts
 * let resized: JobResult<typeof import("./jobs.ts"), "resize">;
 * ```
 */
export type JobResult<M, K> = K extends keyof M
  ? M[K] extends (...args: never[]) => infer T ? Awaited<T> : never
  : never;

/** How a pool is made. */
export interface WorkerPoolOptions {
  /** How many threads there may be; without it, as many as the host has processors. */
  size?: number;
  /**
   * What becomes of a thread whose job is cancelled: it is told and then ended, as is without this
   * option, or it runs on (`"abandon"`) and is used again when the job is over, as in asyncio.
   */
  onCancel?: "terminate" | "abandon";
  /** What it is called in messages, and its threads in debuggers. */
  name?: string;
}

/**
 * Threads that run functions, so that a computation takes no time of the event loop's. Jobs are functions
 * that a module exports, which they name, or functions as {@linkcode toThread} takes them. CPython's
 * counterpart is `concurrent.futures.ProcessPoolExecutor`: nothing is shared but what was sent.
 *
 * Arguments and results are structured clones. An argument is cloned when a thread can take the job,
 * and must not change until then. A pool belongs to the loop on which it is first used, and ends with it.
 *
 * @example
 * ```ts
 * const pool = new WorkerPool<typeof import("./jobs.ts")>(new URL("./jobs.ts", import.meta.url));
 * const thumbnails = yield* gather(pictures.map((picture) => pool.run("shrink", picture, 128)));
 * yield* pool.shutdown();
 * ```
 */
export class WorkerPool<M extends object = Jobs> extends Printable implements Executor {
  /** For `await using`: waits for the jobs, and ends the threads. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;
  readonly #dispatcher: Dispatcher;

  /**
   * Makes a pool. Its threads start when jobs need them.
   *
   * @param module The URL of the module whose exported functions jobs name; each thread imports it.
   * Without it, jobs are functions.
   * @param options See {@linkcode WorkerPoolOptions}.
   * @throws {TypeError | RangeError} When an argument or an option is of the wrong kind.
   */
  constructor(
    module?: string | { readonly href: string } | null,
    options: WorkerPoolOptions = {},
  ) {
    super();
    makeDisposable(WorkerPool.prototype, "asyncDispose", function () {
      return this.shutdown().then();
    });
    checkOptions(options);
    const { size, onCancel = "terminate", name = "pool" } = options;
    if (size !== undefined) checkWhole(size, "size", 1);
    if (onCancel !== "terminate" && onCancel !== "abandon") {
      throw new RangeError(`onCancel must be "terminate" or "abandon", got ${describe(onCancel)}`);
    }
    checkName(name);
    this.#dispatcher = new Dispatcher({
      module: checkModule(module),
      size: size ?? null,
      abandons: onCancel === "abandon",
      name,
    });
  }

  /**
   * Calls a function in one of the threads.
   *
   * @param name The name of a function that the module exports.
   * @param args Its arguments.
   * @returns An operation of its result. Cancelled, it ends the job: in the queue it never runs, and
   * otherwise its thread is given up.
   * @throws {TypeError} When it is no function that can travel, and no name.
   * @throws {InvalidStateError} When the pool was shut down, or has ended with its loop.
   * @throws {WorkerError} When its thread dies, when awaited.
   * @throws What the function throws, when awaited; a `DataCloneError` for what can't be cloned.
   */
  run<K extends JobName<M>>(name: K, ...args: JobArgs<M, K>): Operation<JobResult<M, K>>;
  /** As above, with a function in place of a name. */
  run<A extends unknown[], T>(fn: (...args: A) => T, ...args: A): Operation<Awaited<T>>;
  /** As above. */
  run(fn: unknown, ...args: unknown[]): Operation<never> {
    const dispatcher = this.#dispatcher;
    dispatcher.checkOpen();
    const callee = dispatcher.callee(fn);
    return new GeneratorOperation(function run() {
      return jobSuspension<never>(dispatcher, callee, args);
    }, []);
  }

  /**
   * Calls a function in one of the threads, whether or not anybody waits for its result.
   *
   * @param name The name of a function that the module exports.
   * @param args Its arguments.
   * @returns A future of its result; cancelling it ends the job, as with {@linkcode run}.
   * @throws {TypeError} When it is no function that can travel, and no name.
   * @throws {InvalidStateError} When the pool was shut down, or has ended with its loop.
   */
  submit<K extends JobName<M>>(name: K, ...args: JobArgs<M, K>): Future<JobResult<M, K>>;
  /** As above, with a function in place of a name. */
  submit<A extends unknown[], T>(fn: (...args: A) => T, ...args: A): Future<Awaited<T>>;
  /** As above. */
  submit(fn: unknown, ...args: unknown[]): Future<never> {
    const dispatcher = this.#dispatcher;
    dispatcher.checkOpen();
    const callee = dispatcher.callee(fn);
    const future = futureOf<never>(currentKernel());
    const job = dispatcher.submit(callee, args, {
      _onReturned: (value) => future["_succeed"](value as never),
      _onThrew: (error) => future["_fail"](error),
      _onCancelled: () => void future.cancel(),
    });
    future["_observe"]({ _futureDone: () => dispatcher.cancel(job) });
    return future;
  }

  /**
   * Takes no more jobs, waits until those there are have ended, and ends the threads.
   *
   * @param options `cancel`: whether to cancel the jobs instead of waiting for them.
   * @throws {TypeError} When `options` are none, or `cancel` is neither true nor false.
   */
  shutdown(options: { cancel?: boolean } = {}): Operation<void> {
    checkOptions(options);
    const { cancel = false } = options;
    if (typeof cancel !== "boolean") {
      throw new TypeError(`cancel must be true or false, got ${describe(cancel)}`);
    }
    const dispatcher = this.#dispatcher;
    return new GeneratorOperation(function shutdown() {
      return new Suspension<void>((wake) => {
        dispatcher.close(cancel);
        if (dispatcher.isEnded) wake();
        else return dispatcher.onEnd(wake);
      }, "the end of a pool");
    }, []);
  }

  /** Its name and what its threads do, in a line. */
  override toString(): string {
    return this.#dispatcher.toString();
  }
}

/** A wait for a job that begins with it. */
export function jobSuspension<T>(
  dispatcher: Dispatcher,
  callee: Callee,
  args: unknown[],
): Suspension<T> {
  return new Suspension<T>((wake, fail) => {
    const job = dispatcher.submit(callee, args, {
      _onReturned: wake as (value: unknown) => void,
      _onThrew: fail,
      _onCancelled: () => fail(new CancelledError()),
    });
    return () => dispatcher.cancel(job);
  }, `${callee.name}() in a thread`);
}

/** The URL of a module, as text. */
function checkModule(module: unknown): string | null {
  if (module === undefined || module === null) return null;
  const url = typeof module === "string" ? module : (module as { href?: unknown }).href;
  if (typeof url !== "string") {
    throw new TypeError(`module must be the URL of a module, got ${describe(module)}`);
  }
  if (!/^[a-z][a-z\d+.-]+:/i.test(url)) {
    throw new RangeError(
      `module must be an absolute URL, got ${describe(url)}: write new URL(${
        JSON.stringify(url)
      }, import.meta.url)`,
    );
  }
  return url;
}
