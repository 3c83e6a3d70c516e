/**
 * Sleeping.
 *
 * @module
 */
import { delayTicks, type Duration, milliseconds } from "./duration.ts";
import type { CancelledError } from "./errors.ts";
import type { EventLoop } from "./event_loop.ts";
import { checkStart, made, type Operation, Step } from "./operation.ts";
import {
  answerProbe,
  cancelledError,
  done,
  probed,
  wait,
  type Waitable,
  type Waiting,
  waitingTask,
  waitOneTurn,
} from "./parking.ts";
import { running } from "./running.ts";
import type { Task } from "./task.ts";

const NEW = 0;
const BEGUN = 1;
const ASLEEP = 2;
const CANCELLED = 3;

/** A sleeping task's own slot is in the timer heap: no handle, no callback, no future. */
class Sleep<T> extends Step<T> implements Waitable {
  // Declared for the reason that Future gives.
  declare readonly _loop: EventLoop | null;
  declare private _phase: number;
  declare private readonly _delay: number;
  /** What it results in; of a cancelled one, the message. */
  declare private _result: T;

  constructor(delay: number, result: T) {
    super();
    this._loop = running.loop;
    this._phase = NEW;
    this._delay = delay;
    this._result = result;
    made(this);
  }

  get _awaited(): boolean {
    return this._phase !== NEW;
  }

  override [Symbol.iterator](): Iterator<unknown, T, unknown> {
    if (this._phase !== NEW || this._loop !== running.loop) checkStart(this);
    this._phase = BEGUN;
    return this as unknown as Iterator<unknown, T, unknown>;
  }

  override next(): Waiting | IteratorReturnResult<T> {
    if (this._phase === BEGUN) {
      const task = waitingTask(this._loop);
      this._phase = ASLEEP;
      if (this._delay <= 0) return waitOneTurn();
      task.loop._readyAfter(task._slot, delayTicks(this._delay));
      return wait(task, this);
    }
    if (probed()) return answerProbe();
    if (this._phase === CANCELLED) throw this._leaveCancelled();
    return done(this._result);
  }

  _waitCancelled(): boolean {
    return this._phase === CANCELLED;
  }

  _leaveCancelled(): CancelledError {
    return cancelledError(this._result as string | undefined);
  }

  _leave(task: Task<unknown>): boolean {
    return task.loop._unready(task._slot);
  }

  _cancelWait(task: Task<unknown>, message: string | undefined): boolean {
    if (!task.loop._unready(task._slot)) return false;
    this._phase = CANCELLED;
    this._result = message as T;
    task.loop._ready(task._slot);
    return true;
  }

  override _describe(): string {
    return "sleep()";
  }
}

/**
 * Waits for a time. With zero or less, every other ready task gets one turn.
 *
 * @param delay How long; `Infinity` waits until the task is cancelled.
 * @param result What the operation results in.
 * @throws {RangeError | TypeError} When `delay` is no duration.
 *
 * @example
 * ```ts
 * yield* sleep(250); // milliseconds
 * yield* sleep("1.5s");
 * ```
 */
export function sleep(delay: Duration): Operation<void>;
/** As above, with a result. */
export function sleep<T>(delay: Duration, result: T): Operation<T>;
export function sleep<T>(delay: Duration, result?: T): Operation<T | undefined> {
  return new Sleep(milliseconds(delay, "delay"), result);
}
