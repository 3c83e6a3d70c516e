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

const ENTERED = 0;
const EXPIRING = 1;
const EXPIRED = 2;
const EXITED = 3;

/**
 * A deadline. When it passes, the task is cancelled; on leaving, that cancellation, and no other one,
 * becomes a TimeoutError.
 */
export class Deadline implements Runnable {
  readonly #task: Task<unknown>;
  readonly #kernel: Kernel;
  /** How many cancels were under way on entry: only if there are no more is this one ours. */
  readonly #cancelling: number;
  #slot = -1;
  #state = ENTERED;
  /** Those seen where it was set: whoever hears of the cancel at once is not the task that runs. */
  _variables: Variables | null = null;

  constructor(fiber: Fiber) {
    this.#task = fiber as unknown as Task<unknown>;
    this.#kernel = fiber._kernel;
    this.#cancelling = this.#task.cancelling();
  }

  /** Sets the deadline to a moment, or takes it back with Infinity. */
  at(when: number): void {
    this.#disarm();
    if (when === Infinity) return;
    this.#arm();
    // What is due already goes through the run queue: it comes before the next timer.
    if (when <= this.#kernel.time()) this.#kernel.schedule(this.#slot);
    else this.#kernel.scheduleAt(this.#slot, when);
  }

  /** Sets the deadline to a delay after the loop next reads its clock, which saves reading it. */
  after(delay: number): void {
    if (delay === Infinity) return;
    this.#arm();
    this.#kernel.scheduleAfter(this.#slot, delayTicks(delay));
  }

  /** The deadline, while it stands. */
  get when(): number | undefined {
    return this.#slot < 0 ? undefined : this.#kernel.deadlineOf(this.#slot);
  }

  /** Whether it may still be moved. */
  get isOpen(): boolean {
    return this.#state === ENTERED;
  }

  /** Whether it has passed. */
  get hasExpired(): boolean {
    return this.#state === EXPIRING || this.#state === EXPIRED;
  }

  _run(): void {
    this.#kernel.release(this.#slot);
    this.#slot = -1;
    if (this.#state !== ENTERED) return;
    this.#state = EXPIRING;
    enterCallback(this);
    this.#task.cancel();
  }

  /** The part is over. */
  exit(): void {
    this.#disarm();
    if (this.#state === EXPIRING) {
      this.#state = EXPIRED;
      this.#task.uncancel();
    } else if (this.#state === ENTERED) this.#state = EXITED;
  }

  /** The part is over, without an error. */
  succeed(): void {
    const { debug } = this.#kernel;
    if (debug !== null && this.#state === EXPIRING && !isInterrupted(this.#task)) {
      debug.onCancelSwallowed(this.#task as unknown as Fiber);
    }
    this.exit();
  }

  /** What to throw in place of an error that has left the part. */
  replace(error: unknown, limit: string): unknown {
    const ours = this.#state === EXPIRED && this.#task.cancelling() <= this.#cancelling;
    return ours && isCancelledError(error) ? timedOut(limit, error) : error;
  }

  #arm(): void {
    this.#slot = this.#kernel.register(this);
    this._variables = currentVariables();
  }

  #disarm(): void {
    if (this.#slot >= 0) this.#kernel.withdraw(this.#slot);
    this.#slot = -1;
  }
}

/** The error of a limit, such as "after 50ms". */
export function timedOut(limit: string, cause?: CancelledError): TimeoutError {
  return new TimeoutError(`Timed out ${limit}`, cause && { cause });
}

/** Runs something below a deadline, in the task that awaits it. */
export abstract class DeadlineScope<T> extends LeafOperation<T> {
  readonly _kernel: Kernel | null = current.kernel;
  _awaited = false;
  #inner: Iterator<unknown, T, unknown> | null = null;
  protected deadline: Deadline | null = null;

  /** Sets the deadline and starts what is below it. */
  protected abstract enter(fiber: Fiber): Iterator<unknown, T, unknown>;

  /** The limit, as a TimeoutError says it. */
  protected abstract limit(): string;

  override [Symbol.iterator](): Iterator<unknown, T, unknown> {
    checkStart(this);
    this._awaited = true;
    return this as unknown as Iterator<unknown, T, unknown>;
  }

  override next(): IteratorResult<unknown, T> {
    try {
      if (this.#inner === null) {
        const fiber = waitingFiber(this._kernel);
        if (fiber._waitingOn !== null) return stray();
        this.#inner = this.enter(fiber);
      }
      const inner = this.#inner;
      return this.#leave(isCoroutine(inner) ? resume(inner as Coroutine<T>) : inner.next());
    } catch (error) {
      throw this.#replace(error);
    }
  }

  override throw(error: unknown): IteratorResult<unknown, T> {
    if (this.#inner === null) throw error;
    try {
      return this.#leave(this.#inner.throw!(error));
    } catch (error) {
      throw this.#replace(error);
    }
  }

  override return(value: T): IteratorReturnResult<T> {
    this.deadline?.exit();
    this.#inner?.return?.(value);
    return done(value);
  }

  #leave(result: IteratorResult<unknown, T>): IteratorResult<unknown, T> {
    if (result.done) this.deadline?.succeed();
    return result;
  }

  #replace(error: unknown): unknown {
    this.deadline?.exit();
    return this.deadline === null ? error : this.deadline.replace(error, this.limit());
  }
}
