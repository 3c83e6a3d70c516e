/**
 * The errors of asyncio, under its own names.
 *
 * Each class sets `name` by hand, because a minifier renames classes and an error's name is API. It does
 * so for a field that nobody needs, since a bundler keeps every class with a static block, whether a
 * program uses it or not.
 *
 * @module
 */

/** Gives a class of errors its name, and says whether that is done. */
export function named(errorClass: abstract new (...args: never[]) => Error, name: string): true {
  // Where it is right already: redefining it would make `instanceof` ten times as slow in V8.
  if (errorClass.name !== name) {
    Object.defineProperty(errorClass, "name", { value: name, configurable: true });
  }
  define(errorClass.prototype, "name", name);
  return true;
}

function define(error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, configurable: true, writable: true });
}

/**
 * Thrown at the `yield*` where a cancelled task waits. Clean up in `finally`, and let it pass:
 * swallowing it keeps a task alive that should have ended.
 *
 * @example
 * ```ts
 * function* worker() {
 *   try {
 *     yield* sleep("1h");
 *   } catch (error) {
 *     if (error instanceof CancelledError) console.log("asked to stop");
 *     throw error;
 *   }
 * }
 * ```
 */
export class CancelledError extends Error {
  /** "CancelledError", minified or not. */
  static override get name(): string {
    return "CancelledError";
  }

  static {
    named(this, "CancelledError");
    Object.defineProperty(this.prototype, "stack", {
      get(this: Error) {
        return String(this);
      },
      set(this: Error, value: unknown) {
        define(this, "stack", value);
      },
      configurable: true,
    });
  }
}

/** Whether it is one; a proxy may throw when it is asked. */
export function isCancelledError(x: unknown): x is CancelledError {
  try {
    return x instanceof CancelledError;
  } catch {
    return false;
  }
}

function Light(): void {}
Light.prototype = CancelledError.prototype;

/**
 * A CancelledError without stack trace. `new CancelledError()` takes 1 to 3 µs, nearly all of what
 * cancelling a task costs, for a trace that nobody reads: most are thrown by the thousand and caught by
 * the scheduler. Without a message this takes a nanosecond.
 */
export function lightCancelledError(message?: string): CancelledError {
  const error = new (Light as unknown as new () => CancelledError)();
  if (message !== undefined) define(error, "message", message);
  return error;
}

/**
 * A CancelledError with a cause. It is what a program may end with, so it is one that hosts know as an
 * error; it has no stack trace either.
 */
export function causedCancelledError(cause: unknown): CancelledError {
  return withoutFrames(() => new CancelledError(undefined, { cause }));
}

/** Calls a function while errors note no frames; where a page has frozen `Error`, they do. */
export function withoutFrames<T>(fn: () => T): T {
  const limit = Error.stackTraceLimit;
  try {
    Error.stackTraceLimit = 0;
  } catch { /* It is frozen. */ }
  try {
    return fn();
  } finally {
    if (Error.stackTraceLimit !== limit) Error.stackTraceLimit = limit;
  }
}

/**
 * Thrown by {@linkcode waitFor}, {@linkcode timeout}, {@linkcode timeoutAt} and
 * {@linkcode asCompleted} when the time is up. Its `cause` is the cancellation that it replaces.
 *
 * @example
 * ```ts
 * try {
 *   yield* waitFor(download(), "2s");
 * } catch (error) {
 *   if (!(error instanceof TimeoutError)) throw error;
 *   console.log("too slow");
 * }
 * ```
 */
export class TimeoutError extends Error {
  static readonly #named = /* @__PURE__ */ named(this, "TimeoutError");
}

/**
 * Thrown when something is asked of an object that its state forbids: a second result for a future,
 * the result of one that is not done, a lock released by nobody, a loop used after its end.
 *
 * @example
 * ```ts
 * const future = new Future<number>();
 * future.setResult(1);
 * future.setResult(2); // InvalidStateError: Cannot set a result: the future is already done
 * ```
 */
export class InvalidStateError extends Error {
  static readonly #named = /* @__PURE__ */ named(this, "InvalidStateError");
}

/**
 * Thrown by {@linkcode Queue.getNowait} when the queue has nothing to give.
 *
 * @example
 * ```ts
 * new Queue<number>().getNowait(); // QueueEmpty
 * ```
 */
export class QueueEmpty extends Error {
  static readonly #named = /* @__PURE__ */ named(this, "QueueEmpty");
}

/**
 * Thrown by {@linkcode Queue.putNowait} when the queue has no room.
 *
 * @example
 * ```ts
 * const queue = new Queue<number>(1);
 * queue.putNowait(1);
 * queue.putNowait(2); // QueueFull
 * ```
 */
export class QueueFull extends Error {
  static readonly #named = /* @__PURE__ */ named(this, "QueueFull");
}

/**
 * Thrown by the methods of a queue that was shut down: by puts at once, by gets when it is empty.
 *
 * @example
 * ```ts
 * const queue = new Queue<number>();
 * queue.shutdown();
 * queue.putNowait(1); // QueueShutDown
 * ```
 */
export class QueueShutDown extends Error {
  static readonly #named = /* @__PURE__ */ named(this, "QueueShutDown");
}

/**
 * Thrown by {@linkcode Barrier.wait} when the barrier was reset or aborted.
 *
 * @example
 * ```ts
 * const barrier = new Barrier(2);
 * barrier.abort();
 * yield* barrier.wait(); // BrokenBarrierError
 * ```
 */
export class BrokenBarrierError extends Error {
  static readonly #named = /* @__PURE__ */ named(this, "BrokenBarrierError");
}

/**
 * Thrown by {@linkcode run} on a virtual clock when every task waits and nothing is left that could
 * wake one: no timer, no promise of the host's. Its message lists who waits for what.
 *
 * @example
 * ```ts
 * await run(() => new Event().wait(), { clock: new VirtualClock() }); // DeadlockError
 * ```
 */
export class DeadlockError extends Error {
  static readonly #named = /* @__PURE__ */ named(this, "DeadlockError");
}
