/**
 * Cancellations at random moments, and what becomes of the tasks that they hit.
 *
 * @module
 */

import { assert } from "@std/assert";
import fc from "fast-check";
import { CancelledError, type Coroutine, type Task, TimeoutError } from "../../mod.ts";
import { at, type Moment, moments } from "./seeded.ts";

/** Which task is cancelled when. */
export const cancellations = fc.array(fc.record({ when: moments(), whom: fc.nat({ max: 9 }) }), {
  maxLength: 8,
});

/** Cancels tasks at those moments. */
export function cancelAll(
  cancellations: { when: Moment; whom: number }[],
  tasks: Task<unknown>[],
): void {
  for (const { when, whom } of cancellations) {
    at(when, () => void tasks[whom % tasks.length]?.cancel());
  }
}

/** Lets a wait be cut short by a cancel or a limit. */
export function* interruptible(wait: Coroutine<void>): Coroutine<void> {
  try {
    yield* wait;
  } catch (error) {
    if (!(error instanceof CancelledError || error instanceof TimeoutError)) throw error;
  }
}

/** All tasks have ended, and none by an error of its own. */
export function assertAllEnded(tasks: Task<unknown>[]): void {
  for (const task of tasks) {
    assert(task.done());
    if (!task.cancelled() && task.exception() !== null) throw task.exception();
  }
}
