/**
 * Futures: results that are not there yet.
 *
 * @module
 */
import { checkFunction, checkOptions, describe, describeOther, messageText } from "../check.ts";
import { type CancelledError, InvalidStateError, isCancelledError } from "../errors.ts";
import { current, currentKernel } from "../kernel/current.ts";
import type { CancelReason, Fiber, Kernel, Waitable } from "../kernel/kernel.ts";
import { Scheduler } from "../kernel/scheduler.ts";
import {
  advancedByHand,
  answerProbe,
  cancelledError,
  done,
  probed,
  stray,
  type Suspended,
  suspendOn,
  waitingFiber,
} from "../kernel/suspend.ts";
import { tidy } from "../kernel/stack.ts";
import type { EventLoop } from "../loop/event_loop.ts";
import { Printable } from "../printing.ts";
import type { CancelLink } from "./cancel_chain.ts";
import { DoneCallback, type Observer, ObserverSet } from "./observers.ts";

const PENDING = 0;
const SUCCEEDED = 1;
const FAILED = 2;
const CANCELLED = 3;

/** More observers than this are kept in a set; so many are looked through to find one of them. */
const SEARCH_UP_TO = 32;

/**
 * A result that is set later. Inside a coroutine wait for it with `yield*`, in an async
 * function with `await`; any number of tasks may wait for one future.
 *
 * @example
 * ```ts
 * await run(function* () {
 *   const future = new Future<string>();
 *   future.loop.callLater("1s", () => future.setResult("done"));
 *   console.log(yield* future); // "done"
 * });
 * ```
 */
export class Future<T> extends Printable implements Promise<T> {
  /*
   * Tasks, futures and waits are made by the million. V8 inlines no super() of a class that has
   * private methods or initializers of fields, and no more than its inlining budget of some 900 bytes
   * of bytecode in all, of which private names take twice as many as these: a task took 10 ns longer
   * to make. What is private here is used by a few other files, in brackets.
   */

  /** @ignore */
  declare protected readonly _kernel: Kernel;
  /** @ignore */
  declare protected _state: number;
  /**
   * @ignore The result; the error; of a cancelled one the CancelledError, or its message; of a task that is
   * not done, its coroutine.
   */
  declare protected _value: unknown;
  /** @ignore */
  declare protected _observers: Observer | Observer[] | ObserverSet | null;

  /**
   * Makes a future that waits for its result.
   *
   * @param options `loop`: the loop it belongs to; without it the running one, and outside any loop
   * the host's default loop.
   * @throws {TypeError} When `options` are none, or `loop` is no event loop.
   */
  constructor(options?: { loop?: EventLoop }) {
    super();
    this._kernel = options === undefined ? currentKernel() : kernelOf(options);
    this._state = PENDING;
    this._value = undefined;
    this._observers = null;
  }

  /** The loop that the future belongs to. */
  get loop(): EventLoop {
    return this._kernel.loop as EventLoop;
  }

  /** Whether there is a result, an error or a cancellation. */
  done(): boolean {
    return this._state !== PENDING;
  }

  /** Whether the future was cancelled. */
  cancelled(): boolean {
    return this._state === CANCELLED;
  }

  /**
   * The result.
   *
   * @throws {InvalidStateError} When the future is not done.
   * @throws {CancelledError} When it was cancelled.
   * @throws The error that was set.
   */
  result(): T {
    if (this._state === SUCCEEDED) return this._value as T;
    if (this._state === PENDING) {
      throw new InvalidStateError("Cannot get the result: the future is not done");
    }
    this._retrieved();
    throw this._state === CANCELLED ? this._takeError() : this._value;
  }

  /**
   * The error, or `null` when there is a result.
   *
   * @throws {InvalidStateError} When the future is not done.
   * @throws {CancelledError} When it was cancelled.
   */
  exception(): unknown {
    if (this._state === SUCCEEDED) return null;
    if (this._state === FAILED) {
      this._retrieved();
      return this._value;
    }
    if (this._state === CANCELLED) throw this._takeError();
    throw new InvalidStateError("Cannot get the exception: the future is not done");
  }

  /**
   * Sets the result and wakes who waits.
   *
   * @param value The result.
   * @throws {InvalidStateError} When the future is done already, or is a task.
   */
  setResult(value: T): void {
    this._prepare("a result");
    this._succeed(value);
  }

  /**
   * Sets the error that is thrown to who waits.
   *
   * @param exception Usually an `Error`.
   * @throws {InvalidStateError} When the future is done already, or is a task.
   */
  setException(exception: unknown): void {
    this._prepare("an exception");
    this._fail(exception);
  }

  /**
   * Cancels the future: who waits gets a {@linkcode CancelledError}.
   *
   * @param message The error's message.
   * @returns False when the future was done already. That of a failed one counts as having dealt with
   * the failure: it isn't reported.
   */
  cancel(message?: string): boolean {
    return this._cancel(messageText(message));
  }

  /**
   * Has `fn(future)` called by the loop, soon after the future is done; soon, if it is done already.
   * It runs in a copy of the context that is current now.
   *
   * @param fn What to call.
   * @throws {TypeError} When `fn` is no function.
   */
  addDoneCallback(fn: (future: this) => void): void {
    checkFunction(fn, "fn");
    if (this._state !== PENDING) this._kernel.reserve(1); // Throws where it can't be called.
    this._observe(new DoneCallback(fn as (future: Future<T>) => void));
  }

  /**
   * Removes a callback, each time that it was added, unless the future is done.
   *
   * @param fn The function that was added.
   * @returns How many were removed.
   */
  removeDoneCallback(fn: (future: this) => void): number {
    let observers = this._observers;
    if (Array.isArray(observers) && observers.length > SEARCH_UP_TO) {
      this._observers = observers = new ObserverSet(observers);
    }
    if (observers instanceof ObserverSet) return observers.deleteCallbacks(fn);
    const before = observers === null ? [] : Array.isArray(observers) ? observers : [observers];
    const after = before.filter((o) => !(o instanceof DoneCallback && o.fn === fn));
    this._observers = after.length > 0 ? after : null;
    return before.length - after.length;
  }

  /**
   * For `await` in async functions. The callbacks run in a microtask after the loop's turn.
   *
   * @param onfulfilled Is called with the result.
   * @param onrejected Is called with the error, or the {@linkcode CancelledError}.
   */
  then<R1 = T, R2 = never>(
    onfulfilled?: ((value: T) => R1 | PromiseLike<R1>) | null,
    onrejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    return new Promise<T>((resolve, reject) => {
      this._observe({
        _futureDone: () => {
          try {
            resolve(this.result());
          } catch (error) {
            tidy(error); // From here on it is the host's, which may print it.
            reject(error);
          }
        },
      });
    }).then(onfulfilled, onrejected);
  }

  /**
   * As `then` with a handler of errors only: gives a native promise.
   *
   * @param onrejected Is called with the error.
   */
  catch<R = never>(onrejected?: ((reason: unknown) => R | PromiseLike<R>) | null): Promise<T | R> {
    return this.then(null, onrejected);
  }

  /**
   * Calls a function when the future is done, however that ends: gives a native promise.
   *
   * @param onfinally Is called without arguments.
   */
  finally(onfinally?: (() => void) | null): Promise<T> {
    return this.then().finally(onfinally);
  }

  /** "Future", or "Task". */
  get [Symbol.toStringTag](): string {
    return "Future";
  }

  /** Its kind and state, in a line. */
  override toString(): string {
    return `${this[Symbol.toStringTag]} ${this._stateName()}`;
  }

  /**
   * A future is its own iterator, and keeps no state in that role: it yields itself while it is
   * pending, and then returns the result or throws. So any number of tasks may wait at no cost.
   */
  [Symbol.iterator](): Iterator<unknown, T, unknown> {
    return this as unknown as Iterator<unknown, T, unknown>;
  }

  /** Answers the task that waits, or has the running one wait. */
  private next(): Suspended | IteratorReturnResult<T> {
    const { fiber } = current;
    if (fiber !== null && fiber._waitingOn !== null) {
      if (fiber._waitingOn !== this as unknown) return stray();
      if (this._state === PENDING) return advancedByHand(fiber);
      fiber._waitingOn = null;
    }
    if (this._state === SUCCEEDED) return done(this._value as T);
    return this._state === PENDING ? this._park() : this._throwInto();
  }

  /** @ignore Has the running task wait. */
  protected _park(): Suspended {
    if (probed()) return answerProbe();
    const fiber = waitingFiber(this._kernel);
    if (fiber as unknown === this) throw new InvalidStateError("A task cannot wait for itself");
    this._observe(fiber as unknown as Observer);
    return suspendOn(fiber, this as unknown as Waitable);
  }

  /** Something was thrown into the task while it waited; lets it pass. */
  private throw(error: unknown): never {
    throw error;
  }

  /** The wait was abandoned. */
  private return(value: T): IteratorReturnResult<T> {
    return done(value);
  }

  /** @ignore As `cancel`, for those who have more to say than a message. */
  protected _cancel(reason: CancelReason): boolean {
    if (this._state !== PENDING) {
      this._retrieved();
      return false;
    }
    this._prepare("a cancellation");
    this._settleCancelled(reason);
    return true;
  }

  /** @ignore A task that waits is cancelled by cancelling what it waits for. */
  protected _abort(_fiber: Fiber | null, reason: CancelReason): boolean {
    // A subclass may have its own way.
    if (this.cancel === Future.prototype.cancel) return this._cancel(reason);
    return this.cancel(typeof reason === "string" ? reason : reason?.message);
  }

  /** @ignore */
  protected _aborted(): boolean {
    return this._state === CANCELLED;
  }

  /** @ignore The error of a cancelled future, made on first use. */
  protected _takeError(): CancelledError {
    const reason = this._value as CancelReason;
    if (isCancelledError(reason)) return reason;
    const error = cancelledError(reason);
    this._value = error;
    return error;
  }

  /** @ignore */
  protected _detach(fiber: Fiber): boolean {
    return this._unobserve(fiber as unknown as Observer);
  }

  /** @ignore What it is, as one says it behind "waiting for". */
  protected _label(): string {
    return "a future";
  }

  /** @ignore */
  protected _observe(observer: Observer): void {
    const observers = this._observers;
    if (this._state !== PENDING) observer._futureDone(this);
    else if (observers === null) this._observers = observer;
    else if (Array.isArray(observers)) observers.push(observer);
    else if (observers instanceof ObserverSet) observers.add(observer);
    else this._observers = [observers, observer];
  }

  /** @ignore Returns whether it was among the observers. */
  protected _unobserve(observer: Observer): boolean {
    let observers = this._observers;
    if (observers === observer) {
      this._observers = null;
      return true;
    }
    if (Array.isArray(observers)) {
      const i = observers.length > SEARCH_UP_TO ? -1 : observers.indexOf(observer);
      if (i >= 0) observers.splice(i, 1);
      if (observers.length <= SEARCH_UP_TO) return i >= 0;
      // Those who wait for what lasts, such as a shutdown, come and go by the thousand.
      this._observers = observers = new ObserverSet(observers);
    }
    return observers instanceof ObserverSet && observers.delete(observer);
  }

  /** @ignore Whether this is the one that was added last, or one of many. */
  protected _isLastObserver(observer: Observer): boolean {
    const observers = this._observers;
    if (Array.isArray(observers)) return observers.at(-1) === observer;
    return observers instanceof ObserverSet ? observers.has(observer) : observers === observer;
  }

  /** @ignore */
  protected _succeed(value: T): void {
    this._state = SUCCEEDED;
    this._value = value;
    if (this._observers !== null) this._notify();
  }

  /** @ignore */
  protected _fail(error: unknown): void {
    this._state = FAILED;
    this._value = error;
    if (!isCancelledError(error)) this._kernel.onFailed(this);
    if (this._observers !== null) this._notify();
  }

  /** @ignore Ends it as cancelled, with the error itself or with the message for one. */
  protected _settleCancelled(reason: CancelReason): void {
    this._state = CANCELLED;
    this._value = reason;
    if (this._observers !== null) this._notify();
  }

  /** @ignore Takes over how another future ended, as its observer. */
  protected _follow(future: Future<T>): void {
    if (this._state !== PENDING) return;
    if (future._state === SUCCEEDED) this._succeed(future._value as T);
    else if (future._state === FAILED) this._fail(future.exception());
    else this._settleCancelled(future._value as CancelReason);
  }

  /** @ignore Whether it ended with an error that is not a cancellation; doesn't mark it as retrieved. */
  protected _hasFailed(): boolean {
    return this._state === FAILED;
  }

  /** @ignore The result, or the error as a value. Throwing it would cost a hundred times as much. */
  protected _outcome(): unknown {
    return this._state === CANCELLED ? this._takeError() : this._value;
  }

  /** @ignore The program has looked at the failure, if it is one. */
  protected _retrieved(): void {
    if (this._state === FAILED) this._kernel.onRetrieved(this);
  }

  /** @ignore Makes sure that it can be settled from outside, before anything has changed. */
  protected _prepare(what: string): void {
    if (this._asLink() !== null) {
      throw new InvalidStateError(`Cannot set ${what}: a task gets its result from its coroutine`);
    }
    if (this._state !== PENDING) {
      throw new InvalidStateError(`Cannot set ${what}: the future is already done`);
    }
    const observers = this._observers;
    // Mostly nobody, or one task or gathering.
    if (observers === null || observers instanceof Future) return;
    if (observers instanceof DoneCallback) this._kernel.reserve(1);
    else if (Array.isArray(observers) || observers instanceof ObserverSet) {
      let count = 0;
      for (const observer of observers) if (observer instanceof DoneCallback) count++;
      if (count > 0) this._kernel.reserve(count);
    }
  }

  /** @ignore The future itself, if it is one that is cancelled by cancelling others. */
  protected _asLink(): CancelLink | null {
    return null;
  }

  /** @ignore Tells the observers, each once. */
  protected _notify(): void {
    const observers = this._observers!;
    this._observers = null;
    if (Array.isArray(observers) || observers instanceof ObserverSet) notifyAll(observers, this);
    else observers._futureDone(this);
  }

  /** @ignore Throws into the running task, which debug mode remembers if it is a cancellation. */
  protected _throwInto(): never {
    const outcome = this._outcome();
    if (isCancelledError(outcome)) {
      current.kernel?.debug?._onCancelThrown(current.fiber, new Error());
    }
    return this.result() as never;
  }

  /** @ignore */
  protected _stateName(): string {
    if (this._state === FAILED) return `failed: ${describe(this._value)}`;
    return this._state === PENDING ? "pending" : this._state === SUCCEEDED ? "done" : "cancelled";
  }
}

function notifyAll(observers: Iterable<Observer>, future: Future<unknown>): void {
  for (const observer of observers) observer._futureDone(future);
}

/** The kernel of the loop in the options; or the kernel itself, where the library gives that. */
function kernelOf(options: { loop?: EventLoop }): Kernel {
  if (options instanceof Scheduler) return options;
  checkOptions(options);
  const { loop } = options;
  if (loop === undefined) return currentKernel();
  const kernel = (loop as unknown as { _kernel?: unknown } | null)?._kernel;
  if (kernel instanceof Scheduler) return kernel;
  throw new TypeError(`loop must be an EventLoop, got ${describeOther(loop, "EventLoop")}`);
}

/** The options of a future of this loop, which are the kernel itself: the library makes millions. */
export function onKernel(kernel: Kernel): { loop?: EventLoop } {
  return kernel as { loop?: EventLoop };
}

/** Makes a future of this loop. */
export function futureOf<T>(kernel: Kernel): Future<T> {
  return new Future<T>(onKernel(kernel));
}

/**
 * Refuses to wait for what can never be done.
 *
 * @throws {InvalidStateError} When the future is pending and its loop is closed.
 */
export function checkLives(future: Future<unknown>): void {
  if (!future.done() && future["_kernel"].isClosed()) {
    throw new InvalidStateError("Cannot wait for what belongs to an event loop that is closed");
  }
}
