/**
 * Sleeping.
 *
 * @module
 */
import { type Duration, milliseconds } from "../duration.ts";
import type { CancelledError } from "../errors.ts";
import { current } from "../kernel/current.ts";
import type { CancelReason, Fiber, Kernel, Waitable } from "../kernel/kernel.ts";
import {
  advancedByHand,
  answerProbe,
  cancelledError,
  done,
  probed,
  stray,
  type Suspended,
  suspendOn,
  suspendOneTurn,
  waitingFiber,
} from "../kernel/suspend.ts";
import { delayTicks } from "../kernel/ticks.ts";
import { checkStart, LeafOperation, type Operation, trackOperation } from "../task/operation.ts";

const NEW = 0;
const BEGUN = 1;
const ASLEEP = 2;
const CANCELLED = 3;
/** It gives up one turn, as a bare yield does, and no wake can be missed. */
const YIELDING = 4;

/** A sleeping task's own slot is in the timer heap: no handle, no callback, no future. */
class Sleep<T> extends LeafOperation<T> implements Waitable {
  // Declared for the reason that Future gives.
  declare readonly _kernel: Kernel | null;
  declare private _phase: number;
  /** How long; once it has begun, in which step that was: it can't be over in the same one. */
  declare private _delay: number;
  /** What it results in; of a cancelled one, the reason. */
  declare private _result: T;

  constructor(delay: number, result: T) {
    super();
    this._kernel = current.kernel;
    this._phase = NEW;
    this._delay = delay;
    this._result = result;
    trackOperation(this);
  }

  get _awaited(): boolean {
    return this._phase !== NEW;
  }

  override [Symbol.iterator](): Iterator<unknown, T, unknown> {
    if (this._phase !== NEW || this._kernel !== current.kernel) checkStart(this);
    this._phase = BEGUN;
    return this as unknown as Iterator<unknown, T, unknown>;
  }

  override next(): Suspended | IteratorReturnResult<T> {
    if (this._phase === BEGUN) return this._begin(waitingFiber(this._kernel));
    if (probed()) return answerProbe();
    const { fiber } = current;
    if (this._phase !== YIELDING) {
      if (fiber === null || fiber._waitingOn !== this) return stray();
      if (this._delay === fiber._kernel.step) return advancedByHand(fiber);
      fiber._waitingOn = null;
      if (this._phase === CANCELLED) throw this._takeError();
    }
    return done(this._result);
  }

  private _begin(fiber: Fiber): Suspended {
    if (fiber._waitingOn !== null) return stray();
    if (this._delay <= 0) {
      this._phase = YIELDING;
      return suspendOneTurn();
    }
    this._phase = ASLEEP;
    fiber._kernel.scheduleAfter(fiber._slot, delayTicks(this._delay));
    this._delay = fiber._kernel.step;
    return suspendOn(fiber, this);
  }

  _aborted(): boolean {
    return this._phase === CANCELLED;
  }

  _takeError(): CancelledError {
    return cancelledError(this._result as CancelReason);
  }

  _detach(fiber: Fiber): boolean {
    return fiber._kernel.cancelTimer(fiber._slot);
  }

  _abort(fiber: Fiber, reason: CancelReason): boolean {
    if (!fiber._kernel.cancelTimer(fiber._slot)) return false;
    this._phase = CANCELLED;
    this._result = reason as T;
    fiber._kernel.schedule(fiber._slot);
    return true;
  }

  override _label(): string {
    return "sleep()";
  }
}

/**
 * Waits for a time. With zero or less, every other ready task gets one turn.
 *
 * @param delay How long; `Infinity` waits until the task is cancelled.
 * @throws {RangeError | TypeError} When `delay` is no duration.
 *
 * @example
 * ```ts
 * yield* sleep(250); // milliseconds
 * yield* sleep("1.5s");
 * ```
 */
export function sleep(delay: Duration): Operation<void>;
/**
 * As above, with a result.
 *
 * @param result What the operation results in.
 */
export function sleep<T>(delay: Duration, result: T): Operation<T>;
export function sleep<T>(delay: Duration, result?: T): Operation<T | undefined> {
  return new Sleep(milliseconds(delay, "delay"), result);
}
