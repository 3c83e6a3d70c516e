/**
 * Results in the order in which they come.
 *
 * @module
 */
import { checkOptions, describe, notAwaitable } from "../check.ts";
import { type Duration, optionalMilliseconds } from "../duration.ts";
import { TimeoutError } from "../errors.ts";
import { current } from "../kernel/current.ts";
import { currentLoop } from "../loop/default_loop.ts";
import { ensureFuture } from "../loop/create_task.ts";
import { Queue } from "../sync/queue.ts";
import { type Awaitable, isAwaitable, isThenable, listOf, type Result } from "../task/awaitable.ts";
import { checkLives, Future } from "../task/future.ts";
import type { Coroutine } from "../task/generator.ts";
import type { TimerHandle } from "../task/handle.ts";
import type { Observer } from "../task/observers.ts";
import { GeneratorOperation, type Operation } from "../task/operation.ts";

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
export class AsCompleted<T> implements IterableIterator<Operation<T>>, AsyncIterable<T> {
  readonly #running = new Set<Future<T>>();
  /** Those that ended; `null` stands for one that did not end in time. */
  readonly #ended = new Queue<Future<T> | null>();
  #left: number;
  readonly #timeout: number;
  readonly #timer: TimerHandle | null;
  readonly #observer: Observer = {
    _futureDone: (future) => this.#oneDone(future as Future<T>),
  };

  /** @internal */
  constructor(futures: Set<Future<T>>, timeout: number) {
    this.#left = futures.size;
    this.#timeout = timeout;
    const [first] = futures;
    this.#timer = timeout < Infinity && first !== undefined
      ? (current.kernel === null ? first.loop : currentLoop()).callLater(
        timeout,
        () => this.#timeOut(),
      )
      : null;
    for (const future of futures) {
      this.#running.add(future);
      future["_observe"](this.#observer);
    }
  }

  /** An operation of the next result; called by `for … of`. */
  next(): IteratorResult<Operation<T>, undefined> {
    if (this.#left === 0) return { done: true, value: undefined };
    this.#left--;
    const asCompleted = () => this.#waitForOne();
    return { done: false, value: new GeneratorOperation(asCompleted, []) };
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

  #oneDone(future: Future<T>): void {
    if (!this.#running.delete(future)) return;
    this.#ended.putNowait(future);
    if (this.#running.size === 0) this.#timer?.cancel();
  }

  *#waitForOne(): Coroutine<T> {
    const future = yield* this.#ended.get();
    if (future !== null) return future.result();
    throw new TimeoutError(`Timed out after ${this.#timeout}ms`);
  }

  #timeOut(): void {
    for (const future of this.#running) {
      future["_unobserve"](this.#observer);
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
  for (const aw of list) if (aw instanceof Future) checkLives(aw);
  const futures = new Set(list.map((aw) => ensureFuture(aw as Awaitable<Result<A>>)));
  return new AsCompleted(futures, timeout);
}
