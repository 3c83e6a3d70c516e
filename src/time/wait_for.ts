/**
 * A time limit over one wait.
 *
 * @module
 */
import { notAwaitable } from "../check.ts";
import { type Duration, limitMilliseconds } from "../duration.ts";
import { isCancelledError } from "../errors.ts";
import { waitingFiber } from "../kernel/suspend.ts";
import { createTask } from "../loop/create_task.ts";
import { type Awaitable, isAwaitable, iteratorOf } from "../task/awaitable.ts";
import { Future } from "../task/future.ts";
import type { Coroutine } from "../task/generator.ts";
import { type Operation, trackOperation } from "../task/operation.ts";
import { DeadlineScope, timedOut } from "./deadline.ts";

class WaitFor<T> extends DeadlineScope<T> {
  declare private readonly _aw: Awaitable<T>;
  declare private readonly _delay: number;

  constructor(aw: Awaitable<T>, delay: number) {
    super();
    this._aw = aw;
    this._delay = delay;
    trackOperation(this);
  }

  protected override _enter(): Iterator<unknown, T, unknown> {
    if (this._delay <= 0) return atOnce(this._aw, this._limit());
    this._expireAfter(this._delay);
    return iteratorOf(this._aw, "aw", true);
  }

  protected override _limit(): string {
    return `after ${this._delay}ms`;
  }

  override _label(): string {
    return "waitFor()";
  }
}

/** With no time at all, only what is done already has a result; the rest is cancelled unstarted. */
function* atOnce<T>(aw: Awaitable<T>, limit: string): Coroutine<T> {
  // Not eagerly: it must not be started at all.
  const future = aw instanceof Future ? aw : createTask(aw, { eager: false });
  if (future.done()) return future.result();
  waitingFiber(future["_kernel"]); // Throws before anything is cancelled.
  yield* cancelAndWait(future);
  try {
    return future.result();
  } catch (error) {
    throw isCancelledError(error) ? timedOut(limit, error) : error;
  }
}

/** Cancels, and waits until the cancellation is done, without taking the outcome over. */
function* cancelAndWait(future: Future<unknown>): Coroutine<void> {
  const ended = future.loop.createFuture<void>();
  // By a callback and not at once, so that it waits in any case, and a cancel under way strikes here.
  const release = () => void (ended.done() || ended.setResult());
  future.addDoneCallback(release);
  try {
    future.cancel();
    yield* ended;
  } finally {
    future.removeDoneCallback(release);
  }
}

/**
 * Waits for an awaitable, but not for longer than `timeout`. When the time is up it is cancelled, and
 * the wait goes on until that cancellation is done: nothing is left running behind your back.
 *
 * A coroutine runs in the task that awaits.
 *
 * @param aw What to wait for.
 * @param timeout The limit; `null` or `Infinity` for none. With zero or less, a coroutine is not even
 * started.
 * @throws {TimeoutError} When awaited, if the time is up.
 * @throws {TypeError} When `aw` can't be awaited.
 * @throws {RangeError | TypeError} When `timeout` is no duration.
 *
 * @example
 * ```ts
 * const body = yield* waitFor(download(url), "2s");
 * ```
 */
export function waitFor<T>(aw: Awaitable<T>, timeout: Duration | null): Operation<T> {
  const delay = limitMilliseconds(timeout, "timeout");
  if (!isAwaitable(aw)) throw notAwaitable(aw, "aw");
  return new WaitFor(aw, delay);
}
