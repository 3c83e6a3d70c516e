// Cancels at random moments, and what becomes of those whom they hit.

import { assert } from "@std/assert";
import fc from "fast-check";
import { CancelledError, type Coroutine, type Task, TimeoutError } from "../../mod.ts";
import { at, type Moment, moments } from "./seeded.ts";

/** Who is cancelled when. */
export const strikes = fc.array(fc.record({ when: moments(), whom: fc.nat({ max: 9 }) }), {
  maxLength: 8,
});

/** Cancels them. */
export function strikeAll(strikes: { when: Moment; whom: number }[], tasks: Task<unknown>[]): void {
  for (const { when, whom } of strikes) {
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
