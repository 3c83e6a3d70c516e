/**
 * Results in the order in which they come.
 *
 * @module
 */
import {
  type Awaitable,
  checkOptions,
  isAwaitable,
  isThenable,
  listOf,
  notAwaitable,
  type Result,
} from "./awaitable.ts";
import { ensureFuture } from "./create_task.ts";
import { describe, type Duration, optionalMilliseconds } from "./duration.ts";
import { TimeoutError } from "./errors.ts";
import type { Future, Observer } from "./future.ts";
import type { TimerHandle } from "./handle.ts";
import { type Operation, Routine } from "./operation.ts";
import { Queue } from "./queue.ts";
import type { Coroutine } from "./generator.ts";

/** Settings of {@linkcode asCompleted}. */
export interface AsCompletedOptions {
  /** How long to wait for all of them; `null` for no limit. */
  timeout?: Duration | null;
}

/**
 * What {@linkcode asCompleted} returns: an iterable of operations, and an async iterable of results.
 * A loop that was left can be taken up again.
 *
 * @example
 * ```ts
 * const completed: AsCompleted<string> = asCompleted([download(a), download(b)]);
 * ```
 */
export class AsCompleted<T>
  implements IterableIterator<Operation<T>, undefined>, AsyncIterable<T>, Observer {
  readonly #running = new Set<Future<T>>();
  /** Those that ended; `null` stands for one that did not end in time. */
  readonly #ended = new Queue<Future<T> | null>();
  #left: number;
  readonly #timer: TimerHandle | null;

  /** @internal */
  constructor(futures: Set<Future<T>>, timeout: number) {
    this.#left = futures.size;
    const [first] = futures;
    this.#timer = timeout < Infinity && first !== undefined
      ? first.loop.callLater(timeout, () => this.#timeOut())
      : null;
    for (const future of futures) {
      this.#running.add(future);
      future._observe(this);
    }
  }

  /** An operation of the next result; called by `for … of`. */
  next(): IteratorResult<Operation<T>, undefined> {
    if (this.#left === 0) return { done: true, value: undefined };
    this.#left--;
    const next = () => this.#waitForOne();
    return { done: false, value: new Routine(next, []) };
  }

  /** The object itself: a second loop goes on where the first one stopped. */
  [Symbol.iterator](): this {
    return this;
  }

  /** The results, for `for await`; stops with an error where an operation fails. */
  [Symbol.asyncIterator](): AsyncIterator<T, undefined> {
    return {
      next: async () => {
        const step = this.next();
        return step.done ? step : { done: false, value: await step.value };
      },
    };
  }

  /** @internal */
  _futureDone(future: Future<unknown>): void {
    if (!this.#running.delete(future as Future<T>)) return;
    this.#ended.putNowait(future as Future<T>);
    if (this.#running.size === 0) this.#timer?.cancel();
  }

  *#waitForOne(): Coroutine<T> {
    const future = yield* this.#ended.get();
    if (future !== null) return future.result();
    throw new TimeoutError("The time is up");
  }

  #timeOut(): void {
    for (const future of this.#running) {
      future._unobserve(this);
      this.#ended.putNowait(null);
    }
    this.#running.clear();
  }
}

/**
 * Runs awaitables concurrently and gives their results in the order in which they come.
 *
 * @param aws Awaitables, in any iterable.
 * @param options See {@linkcode AsCompletedOptions}.
 * @returns An iterable of operations, and an async iterable of results. When the time is up, the
 * operations that are left throw {@linkcode TimeoutError}; nothing is cancelled.
 * @throws {TypeError} When `aws` is not iterable, or holds what can't be awaited.
 *
 * @example
 * ```ts
 * for (const next of asCompleted(urls.map(download))) {
 *   console.log(yield* next); // the fastest first
 * }
 * ```
 */
export function asCompleted<const A extends Awaitable<unknown>>(
  aws: Iterable<A>,
  options: AsCompletedOptions = {},
): AsCompleted<Result<A>> {
  checkOptions(options);
  const timeout = optionalMilliseconds(options.timeout, "timeout");
  if (isThenable(aws) || typeof (aws as Iterable<A>)?.[Symbol.iterator] !== "function") {
    throw new TypeError(`aws must be an iterable of awaitables, got ${describe(aws)}`);
  }
  const list = [...new Set(listOf(aws as Iterable<A>, "aws", "awaitables"))];
  list.forEach((aw, i) => {
    if (!isAwaitable(aw)) throw notAwaitable(aw, `aws[${i}]`);
  });
  const futures = new Set(list.map((aw) => ensureFuture(aw as Awaitable<Result<A>>)));
  return new AsCompleted(futures, timeout);
}
