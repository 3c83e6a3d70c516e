/**
 * How a task waits: the words that awaitables and tasks exchange.
 *
 * An awaitable's `next()` runs on the stack of the task that waits, below its coroutines. It either
 * returns `done(value)`, and the task goes on without a pause, or arranges to be woken, notes itself
 * as what the task waits for, and returns a result that every `yield*` passes up to the task.
 *
 * The result objects are shared. A `yield*` hands them through untouched and the task reads them at
 * once, so one of each kind is enough, and waiting allocates nothing.
 *
 * @module
 */
import { CancelledError, InvalidStateError, lightCancelledError } from "./errors.ts";
import type { EventLoop } from "./event_loop.ts";
import { running } from "./running.ts";
import { frames, ownFrames } from "./stack.ts";
import type { Task } from "./task.ts";

/** What a task can wait for. */
export interface Waitable {
  /** @internal Ends the wait with a CancelledError; false when it is over already. */
  _cancelWait(task: Task<unknown>, message: string | undefined): boolean;
  /** @internal Whether the wait was ended by a cancel, and will throw its error. */
  _waitCancelled(): boolean;
  /** @internal Leaves a wait that was ended by a cancel; returns the error instead of throwing it. */
  _leaveCancelled(): CancelledError;
  /**
   * @internal Takes the wait back, as if it had never begun; false when the task was woken already.
   */
  _leave(task: Task<unknown>): boolean;
}

/** What `next()` returns when the task has to wait. */
export type Waiting = IteratorYieldResult<unknown>;

/** What a task yields that waits for something; it yields nothing to give up one turn. */
export const parked: unique symbol = Symbol("waiting");

const waiting: Waiting = { done: false, value: parked };
const turn: Waiting = { done: false, value: undefined };

/** What `next()` returns when there is no more to wait for. */
export function done<T>(value: T): IteratorReturnResult<T> {
  return { done: true, value };
}

/**
 * The running task, which is about to wait for something of `loop`'s.
 *
 * @throws {InvalidStateError} When no task runs, or one of another loop does.
 */
export function waitingTask(loop: EventLoop | null): Task<unknown> {
  const task = running.task;
  if (task === null) {
    throw new InvalidStateError(
      "Cannot wait here: no task is running. Use yield* in a coroutine that run() or createTask() runs, or await in an async function",
    );
  }
  if (loop !== task.loop && loop !== null) {
    throw new InvalidStateError("Cannot wait for what belongs to another event loop");
  }
  if (task._waitingOn !== null) throw advancedByHand();
  return task;
}

/** The error for a task that waits for something, and goes on as if it didn't. */
export function advancedByHand(): InvalidStateError {
  return new InvalidStateError(
    "A coroutine that waits was advanced by hand: run it with yield*, or with createTask()",
  );
}

/** Notes what the task waits for, and returns what `next()` must return. */
export function wait(task: Task<unknown>, on: Waitable): Waiting {
  task._waitingOn = on;
  return waiting;
}

/** What `next()` returns to give every other ready task one turn, as a bare `yield` does. */
export function waitOneTurn(): Waiting {
  return turn;
}

/** The error of a cancelled wait. Debug mode remembers it, in case the task swallows it. */
export function cancelledError(message: string | undefined): CancelledError {
  const log = running.loop?._debugLog;
  if (message === undefined && !log) return lightCancelledError();
  const error = new CancelledError(message);
  log?.cancelThrown(running.task, error);
  return error;
}

/*
 * A waiting task's stack does not exist: its generators are suspended. But `next()` on them comes
 * down to the awaitable that they wait for, through all their frames. So to see the stack, a task is
 * resumed with a probe; the awaitable takes the stack and returns the same result as before, and
 * nothing has happened.
 */
let probe: { stack: string } | null = null;

/** Whether `next()` was called to look at the stack only; then return {@linkcode answerProbe}. */
export function probed(): boolean {
  return probe !== null;
}

/** Takes the stack. */
export function answerProbe(): Waiting {
  probe!.stack = new Error().stack ?? "";
  return waiting;
}

/** The frames of a coroutine that waits, innermost first; none when it doesn't answer. */
export function waitingStack(coroutine: Iterator<unknown, unknown, unknown>): string[] {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = Infinity;
  const asked = probe = { stack: "" };
  try {
    const callers = frames(new Error().stack).length;
    coroutine.next();
    const all = frames(asked.stack);
    // Innermost are answerProbe() and the awaitable's next(), outermost those who ask.
    return ownFrames(all.slice(2, all.length - callers));
  } finally {
    probe = null;
    Error.stackTraceLimit = limit;
  }
}
