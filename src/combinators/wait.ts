/**
 * Waiting for several futures without taking their results.
 *
 * @module
 */
import { checkOptions, describe, describeOther } from "../check.ts";
import { type Duration, optionalMilliseconds } from "../duration.ts";
import { getRunningLoop } from "../loop/running.ts";
import { isThenable, listOf } from "../task/awaitable.ts";
import { checkLives, Future } from "../task/future.ts";
import type { Coroutine } from "../task/generator.ts";
import { GeneratorOperation, type Operation } from "../task/operation.ts";

/** When {@linkcode wait} returns. */
export type ReturnWhen = "ALL_COMPLETED" | "FIRST_COMPLETED" | "FIRST_EXCEPTION";

/** Settings of {@linkcode wait}. */
export interface WaitOptions {
  /** How long to wait at most; `null` for no limit. */
  timeout?: Duration | null;
  /**
   * Whether to wait for all, the default, for the first one that ends, or for all unless one fails.
   */
  returnWhen?: ReturnWhen;
}

/** What {@linkcode wait} results in: the very futures that it was given. */
export interface WaitResult<F> {
  /** Those that are done. */
  done: Set<F>;
  /** Those that are not. */
  pending: Set<F>;
}

const MODES: readonly unknown[] = ["ALL_COMPLETED", "FIRST_COMPLETED", "FIRST_EXCEPTION"];

/**
 * Waits until futures or tasks are done, or the time is up. It throws neither their errors nor a
 * TimeoutError, and it cancels none of them.
 *
 * @param aws Futures and tasks, in any iterable.
 * @param options See {@linkcode WaitOptions}.
 * @throws {TypeError} When `aws` holds anything else: wrap coroutines with {@linkcode createTask}.
 * @throws {RangeError} When `aws` is empty, `returnWhen` unknown, or `timeout` no duration.
 *
 * @example
 * ```ts
 * const tasks = mirrors.map((url) => createTask(download(url)));
 * const { done, pending } = yield* wait(tasks, { returnWhen: "FIRST_COMPLETED" });
 * for (const task of pending) task.cancel();
 * ```
 */
export function wait<F extends Future<unknown>>(
  aws: Iterable<F>,
  options: WaitOptions = {},
): Operation<WaitResult<F>> {
  const futures = new Set(futuresOf(aws));
  if (futures.size === 0) throw new RangeError("aws must not be empty");
  checkOptions(options);
  const { returnWhen = "ALL_COMPLETED" } = options;
  if (!MODES.includes(returnWhen)) {
    throw new RangeError(
      `returnWhen must be one of ${MODES.join(", ")}, got ${describe(returnWhen)}`,
    );
  }
  const timeout = optionalMilliseconds(options.timeout, "timeout");
  return new GeneratorOperation(function wait() {
    return waitUntilDone(futures, timeout, returnWhen);
  }, []);
}

function futuresOf<F extends Future<unknown>>(aws: Iterable<F>): F[] {
  if (isThenable(aws) || typeof (aws as Iterable<F>)?.[Symbol.iterator] !== "function") {
    throw new TypeError(`aws must be an iterable of futures and tasks, got ${describe(aws)}`);
  }
  const futures = listOf(aws, "aws", "futures and tasks");
  futures.forEach((future, i) => {
    if (future instanceof Future) return;
    throw new TypeError(
      `aws[${i}] must be a future or task, got ${
        describeOther(future, "Task", "Future")
      }: wrap it with createTask()`,
    );
  });
  return futures;
}

function* waitUntilDone<F extends Future<unknown>>(
  futures: Set<F>,
  timeout: number,
  returnWhen: ReturnWhen,
): Coroutine<WaitResult<F>> {
  for (const future of futures) checkLives(future);
  const loop = getRunningLoop();
  const waiter = loop.createFuture<void>();
  const release = () => void (waiter.done() || waiter.setResult());
  let left = futures.size;
  const observer = {
    _futureDone(future: Future<unknown>) {
      left--;
      const failed = returnWhen === "FIRST_EXCEPTION" && future["_hasFailed"]();
      if (left === 0 || failed || returnWhen === "FIRST_COMPLETED") {
        try {
          loop.callSoon(release);
        } catch {
          release(); // The one who sets a future must not hear that a loop is closed, or full.
        }
      }
    },
  };
  const timer = timeout < Infinity ? loop.callLater(timeout, release) : null;
  for (const future of futures) future["_observe"](observer);
  try {
    yield* waiter;
  } finally {
    timer?.cancel();
    for (const future of futures) future["_unobserve"](observer);
  }
  const done = new Set<F>();
  const pending = new Set<F>();
  for (const future of futures) (future.done() ? done : pending).add(future);
  return { done, pending };
}
