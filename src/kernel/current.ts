/**
 * What runs at this moment: the only state that all loops share.
 *
 * @module
 */
import type { EventLoop } from "./event_loop.ts";
import type { Task } from "./task.ts";
import { InvalidStateError } from "./errors.ts";

/** Values of context variables, by variable. Never changed in place: a set makes a new one. */
export type Variables = ReadonlyMap<unknown, unknown> | null;

/** Whatever carries the variables that running code sees: a task, or a context of its own. */
export interface VariablesHolder {
  /** @internal */
  _variables: Variables;
}

class Running {
  loop: EventLoop | null = null;
  /**
   * The running task's slot, or -1. The number, because noting a young object in an old one costs
   * 2 ns: the garbage collector has to be told.
   */
  slot = -1;
  /** Whose variables are seen, if they are not the running task's own: most steps leave it alone. */
  context: VariablesHolder | null = null;

  // deno-lint-ignore no-explicit-any -- any task may run; its result's type is of no interest here
  get task(): Task<any> | null {
    return this.slot < 0 ? null : this.loop!._table[this.slot] as Task<unknown>;
  }
}

/** The running loop and task, set by each step. */
export const running = new Running();

const outside: VariablesHolder = { _variables: null };

/** Whose context variables are seen and set. */
export function currentContext(): VariablesHolder {
  return running.context ?? running.task ?? outside;
}

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
  return running.task;
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
  if (running.loop === null) {
    throw new InvalidStateError(
      "No event loop is running: call this from a coroutine or a loop's callback",
    );
  }
  return running.loop;
}

let makeDefaultLoop: () => EventLoop;
let defaultLoop: EventLoop | null = null;

/** @internal Tells how to make the default loop; the loop's own module does, being above this one. */
export function provideDefaultLoop(make: () => EventLoop): void {
  makeDefaultLoop = make;
}

/** @internal The running loop; outside any loop, the host's default one, made on first use. */
export function currentLoop(): EventLoop {
  return running.loop ?? (defaultLoop ??= makeDefaultLoop());
}
