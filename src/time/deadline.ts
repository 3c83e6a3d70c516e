/**
 * Deadlines over a part of a task.
 *
 * @module
 */
import { type CancelledError, isCancelledError, TimeoutError } from "../errors.ts";
import { current, currentVariables, enterCallback } from "../kernel/current.ts";
import type { Fiber, Kernel, Runnable, Variables } from "../kernel/kernel.ts";
import { done, stray, waitingFiber } from "../kernel/suspend.ts";
import { delayTicks } from "../kernel/ticks.ts";
import { type Coroutine, isCoroutine, resume } from "../task/generator.ts";
import { checkStart, LeafOperation } from "../task/operation.ts";
import { isInterrupted, type Task } from "../task/task.ts";

/** No deadline was set yet. */
const NEW = 0;
const ENTERED = 1;
const EXPIRING = 2;
const EXPIRED = 3;
const EXITED = 4;

/** The error of a limit, such as "after 50ms". */
export function timedOut(limit: string, cause?: CancelledError): TimeoutError {
  return new TimeoutError(`Timed out ${limit}`, cause && { cause });
}

/**
 * Runs something below a deadline, in the task that awaits it. When the deadline passes, the task is
 * cancelled; on leaving, that cancellation, and no other one, becomes a TimeoutError.
 *
 * It is the operation, the iterator and the timer in one object: most limits are never hit, and cost no
 * more than to set a timer and to take it back.
 */
export abstract class DeadlineScope<T> extends LeafOperation<T> implements Runnable {
  // Declared for the reason that Future gives.
  declare _kernel: Kernel | null;
  declare _awaited: boolean;
  declare private _inner: Iterator<unknown, T, unknown> | null;
  declare private _task: Task<unknown> | null;
  /** How many cancels were under way on entry: only if there are no more is this one ours. */
  declare private _cancelling: number;
  declare private _state: number;
  declare private _slot: number;
  /** Those seen where it was set: whoever hears of the cancel at once is not the task that runs. */
  declare _variables: Variables | null;

  constructor() {
    super();
    this._kernel = current.kernel;
    this._awaited = false;
    this._inner = null;
    this._task = null;
    this._cancelling = 0;
    this._state = NEW;
    this._slot = -1;
    this._variables = null;
  }

  /** Sets the deadline and starts what is below it. */
  protected abstract _enter(fiber: Fiber): Iterator<unknown, T, unknown>;

  /** The limit, as a TimeoutError says it. */
  protected abstract _limit(): string;

  override [Symbol.iterator](): Iterator<unknown, T, unknown> {
    checkStart(this);
    this._awaited = true;
    return this as unknown as Iterator<unknown, T, unknown>;
  }

  override next(): IteratorResult<unknown, T> {
    try {
      if (this._inner === null) {
        const fiber = waitingFiber(this._kernel);
        if (fiber._waitingOn !== null) return stray();
        this._kernel = fiber._kernel;
        this._task = fiber as unknown as Task<unknown>;
        this._cancelling = this._task.cancelling();
        this._inner = this._enter(fiber);
      }
      const inner = this._inner;
      return this._leave(isCoroutine(inner) ? resume(inner as Coroutine<T>) : inner.next());
    } catch (error) {
      throw this._replace(error);
    }
  }

  override throw(error: unknown): IteratorResult<unknown, T> {
    if (this._inner === null) throw error;
    try {
      return this._leave(this._inner.throw!(error));
    } catch (error) {
      throw this._replace(error);
    }
  }

  override return(value: T): IteratorReturnResult<T> {
    this._exit();
    this._inner?.return?.(value);
    return done(value);
  }

  /** Sets the deadline to a moment, or takes it back with Infinity. */
  protected _expireAt(when: number): void {
    const kernel = this._kernel!;
    this._disarm();
    this._state = ENTERED;
    if (when === Infinity) return;
    this._arm();
    // What is due already goes through the run queue: it comes before the next timer.
    if (when <= kernel.time()) kernel.schedule(this._slot);
    else kernel.scheduleAt(this._slot, when);
  }

  /** Sets the deadline to a delay after the loop next reads its clock, which saves reading it. */
  protected _expireAfter(delay: number): void {
    this._state = ENTERED;
    if (delay === Infinity) return;
    this._arm();
    this._kernel!.scheduleAfter(this._slot, delayTicks(delay));
  }

  /** The deadline, while it stands. */
  protected _deadline(): number | undefined {
    return this._slot < 0 ? undefined : this._kernel!.deadlineOf(this._slot);
  }

  /** Whether the deadline may still be moved. */
  protected _isOpen(): boolean {
    return this._state === ENTERED;
  }

  /** Whether the deadline has passed. */
  protected _hasExpired(): boolean {
    return this._state === EXPIRING || this._state === EXPIRED;
  }

  /** The deadline has passed. */
  _run(): void {
    this._kernel!.release(this._slot);
    this._slot = -1;
    if (this._state !== ENTERED) return;
    this._state = EXPIRING;
    enterCallback(this);
    this._task!.cancel();
  }

  private _arm(): void {
    this._slot = this._kernel!.register(this);
    this._variables = currentVariables();
  }

  private _disarm(): void {
    if (this._slot >= 0) this._kernel!.withdraw(this._slot);
    this._slot = -1;
  }

  /** What is below has come to an end, if the result says so. */
  private _leave(result: IteratorResult<unknown, T>): IteratorResult<unknown, T> {
    if (!result.done) return result;
    const task = this._task!;
    if (this._state === EXPIRING && !isInterrupted(task)) {
      this._kernel!.debug?._onCancelSwallowed(task as unknown as Fiber);
    }
    this._exit();
    return result;
  }

  private _exit(): void {
    this._disarm();
    if (this._state === EXPIRING) {
      this._state = EXPIRED;
      this._task!.uncancel();
    } else if (this._state === ENTERED) this._state = EXITED;
  }

  /** What to throw in place of an error that has come from below. */
  private _replace(error: unknown): unknown {
    this._exit();
    const ours = this._state === EXPIRED && this._task!.cancelling() <= this._cancelling;
    return ours && isCancelledError(error) ? timedOut(this._limit(), error) : error;
  }
}
