/**
 * Debug mode: what it watches, and what it says.
 *
 * @module
 */
import { cut } from "../check.ts";
import type { DebugHooks, Fiber, Report, Runnable } from "../kernel/kernel.ts";
import { PATIENCE, QuietTimer } from "../kernel/quiet_timer.ts";
import { leaveFiber } from "../kernel/current.ts";
import { callSite, frames, ownFrames } from "../kernel/stack.ts";
import { Handle } from "../task/handle.ts";
import { Task } from "../task/task.ts";
import { watchDelegation } from "./delegation.ts";
import type { EventLoop } from "./event_loop.ts";
import { below, listTasks, madeAt } from "./report.ts";

/** The memory of a loop in debug mode. */
export class DebugLog implements DebugHooks {
  readonly #loop: EventLoop;
  #warn: (report: Report) => void;
  /** Where tasks were made. */
  readonly #sites = new WeakMap<object, string>();
  /** The last cancellation that was thrown into each task. */
  readonly #thrown = new WeakMap<object, Error>();
  /** The cancelled tasks, and when they were. */
  readonly #cancelled = new Map<Task<unknown>, number>();
  readonly #timer = new QuietTimer();
  readonly #stuckTimer = new QuietTimer();
  #saidStuck = false;

  constructor(loop: EventLoop, warn: (report: Report) => void) {
    watchDelegation();
    this.#loop = loop;
    this.#warn = warn;
  }

  /** Debug mode ends, perhaps in the middle of a turn that it looks at. */
  end(): void {
    this.#timer.clear();
    this.#stuckTimer.clear();
    this.#warn = () => {};
  }

  _onIdle(stuck: boolean): void {
    this.#stuckTimer.clear();
    if (!stuck || this.#saidStuck) return;
    const { step } = this.#loop["_kernel"];
    this.#stuckTimer.set(PATIENCE, () => {
      if (this.#loop["_kernel"].step === step) this.#reportStuck();
    });
  }

  _onSpawn(fiber: Fiber): void {
    this.#sites.set(fiber, callSite());
  }

  _onCancelRequested(fiber: Fiber): void {
    if (this.#cancelled.size === 0) this.#timer.set(PATIENCE, () => this.#reportSurvivors());
    this.#cancelled.set(fiber as unknown as Task<unknown>, performance.now());
  }

  _onCancelThrown(fiber: Fiber | null, error: Error): void {
    if (fiber !== null) this.#thrown.set(fiber, error);
  }

  _onCancelSwallowed(fiber: Fiber): void {
    const task = fiber as unknown as Task<unknown>;
    const thrown = this.#thrown.get(fiber);
    // Where it wasn't thrown here, what the task waited for has swallowed it.
    if (thrown === undefined) return;
    const stack = ownFrames(frames(thrown.stack));
    this.#thrown.delete(fiber);
    this.#warn({
      message:
        `${
          named(task)
        } swallowed a CancelledError and went on: throw it again, or call uncancel()` +
        below("it was thrown at", stack),
      task,
    });
  }

  /** Runs a step in the scheduler's place, and reports it when it is slow. */
  _onStep(runnable: Runnable, slot: number): void {
    const callback = (runnable as object) instanceof Handle
      ? (runnable as unknown as Handle)["_label"]()
      : "";
    const start = performance.now();
    runnable._run(slot);
    const elapsed = performance.now() - start;
    if (elapsed < this.#loop.slowCallbackDuration) return;
    leaveFiber(); // Its step is over: now its stack can be seen.
    const took = `took ${Math.round(elapsed)} ms, and all others had to wait`;
    const task = runnable as object;
    if (task instanceof Task) {
      this.#warnOf(task, took, "it now waits at", "A step of task");
    } else if (callback !== "") this.#warn({ message: `The callback ${callback} ${took}` });
  }

  /** The loop closes, and here is what there is to say of operations. */
  closing(forgotten: string[]): void {
    this.#timer.clear();
    this.#stuckTimer.clear();
    for (const task of this.#loop["_tasks"]()) {
      this.#warnOf(task, "was pending when its loop closed", "it waits at");
    }
    for (const message of forgotten) this.#warn({ message });
  }

  #reportStuck(): void {
    const tasks = [...this.#loop["_tasks"]()];
    if (tasks.length === 0) return;
    this.#saidStuck = true;
    this.#warn({
      message:
        `Nothing has run for a second, and no time and no promise is awaited; only the host could wake:${
          listTasks(tasks)
        }`,
    });
  }

  #reportSurvivors(): void {
    const now = performance.now();
    for (const [task, since] of this.#cancelled) {
      const left = since + PATIENCE - now;
      const survives = !task.done() && task.cancelling() > 0;
      if (survives && left >= 1) return this.#timer.set(left, () => this.#reportSurvivors());
      this.#cancelled.delete(task);
      if (survives) this.#warnOf(task, "still runs a second after it was cancelled", "it waits at");
    }
  }

  #warnOf(task: Task<unknown>, what: string, where: string, kind?: string): void {
    this.#warn({
      message: `${named(task, kind)} ${what}` + below(where, task.getStack()) +
        madeAt(this.#sites.get(task)),
      task,
    });
  }
}

function named(task: Task<unknown>, kind = "Task"): string {
  return `${kind} ${cut(task.name)}`;
}
