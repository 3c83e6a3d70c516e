/**
 * Protection from cancellation.
 *
 * @module
 */
import { notAwaitable } from "../check.ts";
import { ensureFuture } from "../loop/create_task.ts";
import { type Awaitable, isAwaitable } from "../task/awaitable.ts";
import { Future } from "../task/future.ts";
import { DoneCallback } from "../task/observers.ts";

/**
 * Waits for something that goes on even if the wait is cancelled.
 *
 * Keep the task yourself if you want to hear how it ended after all.
 *
 * @param aw What to wait for; a coroutine is made a task.
 * @returns A future of the same result. Cancelling it leaves `aw` running.
 * @throws {TypeError} When `aw` can't be awaited.
 *
 * @example
 * ```ts
 * const saving = createTask(save(document));
 * yield* shield(saving); // a cancel interrupts this wait, not the saving
 * ```
 */
export function shield<T>(aw: Awaitable<T>): Future<T> {
  if (!isAwaitable(aw)) throw notAwaitable(aw, "aw");
  const inner = ensureFuture(aw);
  if (inner.done()) return inner;
  const outer = new Future<T>({ loop: inner.loop });
  const following = new DoneCallback<T>(() => void (outer.done() || outer["_follow"](inner)));
  inner["_observe"](following);
  outer.addDoneCallback(() => void inner["_unobserve"](following));
  return outer;
}
