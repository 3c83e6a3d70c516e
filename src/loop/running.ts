/**
 * What runs at this moment, as programs ask for it.
 *
 * @module
 */
import { InvalidStateError } from "../errors.ts";
import { current } from "../kernel/current.ts";
import { otherCopyRuns } from "../kernel/suspend.ts";
import { Task } from "../task/task.ts";
import type { EventLoop } from "./event_loop.ts";

/**
 * The task that is running, or `null` in a plain callback and outside any loop.
 *
 * @example
 * ```ts
 * await run(function* () {
 *   console.log(currentTask()?.name); // "Task-1"
 * });
 * ```
 */
export function currentTask(): Task<unknown> | null {
  const { fiber } = current;
  return fiber instanceof Task ? fiber : null;
}

/**
 * The loop that is running this very moment.
 *
 * @throws {InvalidStateError} Outside a coroutine and outside a loop's callback.
 *
 * @example
 * ```ts
 * await run(function* () {
 *   getRunningLoop().callSoon(console.log, "in the next turn");
 *   yield* sleep(0);
 * });
 * ```
 */
export function getRunningLoop(): EventLoop {
  if (current.kernel === null) {
    throw new InvalidStateError(
      otherCopyRuns()
        ? "The running event loop belongs to another copy of wasyncio. Load it once"
        : "No event loop is running: call this from a coroutine or a loop's callback",
    );
  }
  return current.kernel.loop as EventLoop;
}
