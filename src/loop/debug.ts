/**
 * Debug mode: what it watches, and what it says.
 *
 * @module
 */
import type { EventLoop } from "./event_loop.ts";
import { Handle } from "./handle.ts";
import type { Operation } from "./operation.ts";
import { running } from "./running.ts";
import type { Runnable } from "./scheduler.ts";
import { frames, ownFrames } from "./stack.ts";
import { Task } from "./task.ts";

/** The memory of a loop in debug mode. */
export class DebugLog {
  readonly #loop: EventLoop;
  /** Operations, and where they were made. */
  readonly #operations = new Map<Operation<unknown>, string>();
  #sweepAt = 1000;
  /** The last cancellation that was thrown into a task. */
  readonly #cancels = new WeakMap<Task<unknown>, Error>();
  readonly #origins = new WeakMap<Task<unknown>, string>();

  constructor(loop: EventLoop) {
    this.#loop = loop;
    loop._observe = (runnable, elapsed) => this.#stepped(runnable, elapsed);
  }

  /** Forgets everything: debug mode ends. */
  end(): void {
    this.#loop._observe = null;
  }

  taskMade(task: Task<unknown>): void {
    this.#origins.set(task, origin());
  }

  operationMade(operation: Operation<unknown>): void {
    if (this.#operations.size >= this.#sweepAt) this.#sweep();
    this.#operations.set(operation, origin());
  }

  cancelThrown(task: Task<unknown> | null, error: Error): void {
    if (task !== null) this.#cancels.set(task, error);
  }

  cancelSwallowed(task: Task<unknown>): void {
    const stack = ownFrames(frames(this.#cancels.get(task)?.stack));
    this.#warn(
      `Task ${task.name} swallowed a CancelledError and went on: throw it again, or call uncancel()` +
        list("it was thrown at", stack),
      task,
    );
  }

  /** The loop closes. */
  closing(): void {
    for (const task of this.#loop._tasks()) {
      this.#warn(
        `Task ${task.name} was pending when its loop closed` +
          list("it waits at", task.getStack()) + made(this.#origins.get(task)),
        task,
      );
    }
    this.#sweep();
    for (const [operation, where] of this.#operations) {
      this.#warn(
        `${operation._describe()} was made and never awaited: write yield* before it` + made(where),
      );
    }
    this.#operations.clear();
  }

  /** Forgets the operations that were awaited after all. */
  #sweep(): void {
    for (const operation of this.#operations.keys()) {
      if (operation._awaited) this.#operations.delete(operation);
    }
    this.#sweepAt = Math.max(1000, 2 * this.#operations.size);
  }

  #stepped(runnable: Runnable, elapsed: number): void {
    if (elapsed < this.#loop.slowCallbackDuration) return;
    running.slot = -1; // Its step is over: now its stack can be seen.
    const took = `took ${Math.round(elapsed)} ms, and all others had to wait`;
    if (runnable instanceof Task) {
      this.#warn(
        `A step of task ${runnable.name} ${took}` + list("it now waits at", runnable.getStack()) +
          made(this.#origins.get(runnable)),
        runnable,
      );
    } else if (runnable instanceof Handle) {
      this.#warn(`The callback ${runnable._name} ${took}`);
    }
  }

  #warn(message: string, task?: Task<unknown>): void {
    this.#loop._warn(task === undefined ? { message } : { message, task });
  }
}

/** Where the program called into this library. */
function origin(): string {
  return ownFrames(frames(new Error().stack))[0] ?? "";
}

function made(where: string | undefined): string {
  return list("it was made at", where === undefined || where === "" ? [] : [where]);
}

function list(title: string, stack: string[]): string {
  return stack.length === 0 ? "" : `\n  ${title}\n${stack.map((line) => `    ${line}`).join("\n")}`;
}
