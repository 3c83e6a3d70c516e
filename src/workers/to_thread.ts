/**
 * A function called in another thread, without a pool of one's own.
 *
 * @module
 */
import { currentKernel } from "../kernel/current.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { GeneratorOperation, type Operation } from "../task/operation.ts";
import { Dispatcher } from "./dispatcher.ts";
import { jobSuspension } from "./pool.ts";

/** The pool of each loop that has asked for one. */
const pools = /* @__PURE__ */ new WeakMap<Kernel, Dispatcher>();

/**
 * Calls a function in another thread, so that it doesn't keep the event loop from other work. The threads
 * are a pool's that the loop makes on first use, as many as there are processors.
 *
 * The function travels as its source text: there, it sees its arguments and what is global, and nothing of
 * what surrounds it here. It may be a function, an arrow function or a method, plain or async. Arguments
 * and result are structured clones. {@linkcode WorkerPool} calls functions of a module, with all that
 * these import. CPython's counterpart is `asyncio.to_thread`, whose threads share their memory.
 *
 * @param fn What to call.
 * @param args Its arguments.
 * @returns An operation of its result. Cancelled, it gives up the thread, unless the job hasn't begun.
 * @throws {TypeError} When `fn` is no function, or can't travel: a generator function, a class, a bound
 * or built-in function.
 * @throws {ReferenceError} When awaited: `fn` uses a name that it sees only here.
 * @throws What `fn` throws, when awaited; a `DataCloneError` for what can't be cloned.
 *
 * @example
 * ```ts
 * const digest = yield* toThread(
 *   (bytes: Uint8Array<ArrayBuffer>) => crypto.subtle.digest("SHA-256", bytes),
 *   new Uint8Array(100_000_000),
 * );
 * ```
 */
export function toThread<A extends unknown[], T>(
  fn: (...args: A) => T,
  ...args: A
): Operation<Awaited<T>> {
  poolOf(currentKernel()).callee(fn);
  return new GeneratorOperation(function toThread() {
    // The loop that awaits it may be another than that where it was made.
    const pool = poolOf(currentKernel());
    return jobSuspension<Awaited<T>>(pool, pool.callee(fn), args);
  }, []);
}

function poolOf(kernel: Kernel): Dispatcher {
  let pool = pools.get(kernel);
  if (pool === undefined) {
    pool = new Dispatcher({ module: null, size: null, abandons: false, name: "toThread" });
    pools.set(kernel, pool);
  }
  return pool;
}
