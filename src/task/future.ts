/**
 * Futures: results that are not there yet.
 *
 * @module
 */
import { describe } from "./duration.ts";
import { CancelledError, InvalidStateError } from "./errors.ts";
import type { EventLoop } from "./event_loop.ts";
import type { Task } from "./task.ts";
import { currentContext, currentLoop, running, type Variables } from "./running.ts";
import {
  answerProbe,
  cancelledError,
  done,
  probed,
  wait,
  type Waiting,
  waitingTask,
} from "./parking.ts";

/** @internal What hears, at once and in the loop's own time, that a future is done. */
export interface Observer {
  _futureDone(future: Future<unknown>): void;
}

const PENDING = 0;
const SUCCEEDED = 1;
const FAILED = 2;
const CANCELLED = 3;

/** How many observers are looked through to find one of them. */
const FEW = 32;

/** @internal A function that the loop calls, soon after the future is done. */
export class DoneCallback<T> implements Observer {
  readonly fn: (future: Future<T>) => void;
  readonly #variables: Variables = currentContext()._variables;

  constructor(fn: (future: Future<T>) => void) {
    this.fn = fn;
  }

  _futureDone(future: Future<unknown>): void {
    future.loop._callSoonIn(this.#variables, this.fn, [future as Future<T>]);
  }
}

function notifyAll(observers: Iterable<Observer>, future: Future<unknown>): void {
  for (const observer of observers) observer._futureDone(future);
}

/**
 * A result that somebody sets later. Inside a coroutine wait for it with `yield*`, in an async
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
export class Future<T> implements PromiseLike<T> {
  /*
   * Tasks, futures and waits are made by the million. V8 inlines no super() of a class that has
   * private methods or initializers of fields, and no more than some 900 bytes of bytecode in all, of
   * which private names take twice as many as these: a task took 10 ns longer to make.
   */

  /** The loop that the future belongs to. */
  declare readonly loop: EventLoop;
  /** @internal */
  declare _state: number;
  /**
   * @internal The result; the error; of a cancelled one the CancelledError, or its message; of a task
   * that is not done, its coroutine.
   */
  declare _value: unknown;
  /** @internal */
  declare _observers: Observer | Observer[] | Set<Observer> | null;

  /**
   * Makes a future that waits for its result.
   *
   * @param options `loop`: the loop it belongs to; without it the running one, and outside any loop
   * the host's default loop.
   */
  constructor(options: { loop?: EventLoop } = {}) {
    this.loop = options.loop ?? currentLoop();
    this._state = PENDING;
    this._value = undefined;
    this._observers = null;
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
    this._markSeen();
    throw this._state === CANCELLED ? this._cancelledError() : this._value;
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
      this._markSeen();
      return this._value;
    }
    if (this._state === CANCELLED) throw this._cancelledError();
    throw new InvalidStateError("Cannot get the exception: the future is not done");
  }

  /**
   * Sets the result and wakes who waits.
   *
   * @throws {InvalidStateError} When the future is done already, or is a task.
   */
  setResult(value: T): void {
    this._refuse("a result");
    this._succeed(value);
  }

  /**
   * Sets the error that is thrown to who waits.
   *
   * @param exception Usually an `Error`.
   * @throws {InvalidStateError} When the future is done already, or is a task.
   */
  setException(exception: unknown): void {
    this._refuse("an exception");
    this._fail(exception);
  }

  /**
   * Cancels the future: who waits gets a {@linkcode CancelledError}.
   *
   * @param message The error's message.
   * @returns False when the future was done already.
   */
  cancel(message?: string): boolean {
    if (this._state !== PENDING) return false;
    this._settleCancelled(message);
    return true;
  }

  /**
   * Has `fn(future)` called by the loop, soon after the future is done; soon, if it is done already.
   * It runs in a copy of the context that is current now.
   */
  addDoneCallback(fn: (future: this) => void): void {
    if (typeof fn !== "function") {
      throw new TypeError(`fn must be a function, got ${describe(fn)}`);
    }
    this._observe(new DoneCallback(fn as (future: Future<T>) => void));
  }

  /**
   * Removes a callback, each time that it was added, unless the future is done.
   *
   * @returns How many were removed.
   */
  removeDoneCallback(fn: (future: this) => void): number {
    const before = this._observerList();
    const after = before.filter((o) => !(o instanceof DoneCallback && o.fn === fn));
    this._observers = after.length > 0 ? after : null;
    return before.length - after.length;
  }

  /** For `await` in async functions. The callbacks run in a microtask after the loop's turn. */
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
            reject(error);
          }
        },
      });
    }).then(onfulfilled, onrejected);
  }

  /**
   * A future is its own iterator, and keeps no state in that role: it yields itself while it is
   * pending, and then returns the result or throws. So any number of tasks may wait at no cost.
   */
  [Symbol.iterator](): Iterator<unknown, T, unknown> {
    return this as unknown as Iterator<unknown, T, unknown>;
  }

  /** @internal */
  next(): Waiting | IteratorReturnResult<T> {
    if (this._state === SUCCEEDED) return done(this._value as T);
    return this._state === PENDING ? this._park() : this._throwInto();
  }

  /** @internal Has the running task wait. */
  private _park(): Waiting {
    if (probed()) return answerProbe();
    const task = waitingTask(this.loop);
    if ((task as Future<unknown>) === this) {
      throw new InvalidStateError("A task cannot wait for itself");
    }
    this._observe(task);
    return wait(task, this);
  }

  /** @internal */
  throw(error: unknown): never {
    throw error;
  }

  /** @internal */
  return(value: T): IteratorReturnResult<T> {
    return done(value);
  }

  /** @internal A task that waits is cancelled by cancelling what it waits for. */
  _cancelWait(_task: unknown, message: string | undefined): boolean {
    return this.cancel(message);
  }

  /** @internal */
  _leave(task: Task<unknown>): boolean {
    return this._unobserve(task);
  }

  /** @internal */
  _leaveCancelled(): CancelledError {
    return this._cancelledError();
  }

  /** @internal */
  _waitCancelled(): boolean {
    return this._state === CANCELLED;
  }

  /** @internal */
  _observe(observer: Observer): void {
    const observers = this._observers;
    if (this._state !== PENDING) observer._futureDone(this);
    else if (observers === null) this._observers = observer;
    else if (Array.isArray(observers)) observers.push(observer);
    else if (observers instanceof Set) observers.add(observer);
    else this._observers = [observers, observer];
  }

  /** @internal Returns whether it was among the observers. */
  _unobserve(observer: Observer): boolean {
    let observers = this._observers;
    if (observers === observer) {
      this._observers = null;
      return true;
    }
    if (Array.isArray(observers)) {
      const i = observers.length > FEW ? -1 : observers.indexOf(observer);
      if (i >= 0) observers.splice(i, 1);
      if (observers.length <= FEW) return i >= 0;
      // Those who wait for what lasts, such as a shutdown, come and go by the thousand.
      this._observers = observers = new Set(observers);
    }
    return observers instanceof Set && observers.delete(observer);
  }

  /** @internal Whether this is the one that was added last. */
  _isLastObserver(observer: Observer): boolean {
    const observers = this._observers;
    if (Array.isArray(observers)) return observers.at(-1) === observer;
    return observers instanceof Set ? observers.has(observer) : observers === observer;
  }

  /** @internal */
  _observerList(): Observer[] {
    const observers = this._observers;
    if (observers === null) return [];
    return Array.isArray(observers) || observers instanceof Set ? [...observers] : [observers];
  }

  /** @internal */
  _succeed(value: T): void {
    this._state = SUCCEEDED;
    this._value = value;
    this._notify();
  }

  /** @internal */
  _fail(error: unknown): void {
    this._state = FAILED;
    this._value = error;
    if (!(error instanceof CancelledError)) this.loop._failed(this);
    this._notify();
  }

  /** @internal Ends it as cancelled, with the error itself or with the message for one. */
  _settleCancelled(reason: CancelledError | string | undefined): void {
    this._state = CANCELLED;
    this._value = reason;
    this._notify();
  }

  /** @internal Takes over how another future ended, as its observer. */
  _follow(future: Future<T>): void {
    if (this._state !== PENDING) return;
    if (future._state === SUCCEEDED) this._succeed(future._value as T);
    else if (future._state === FAILED) this._fail(future.exception());
    else this._settleCancelled(future._value as string | undefined);
  }

  /** @internal Whether it ended with an error that is not a cancellation; doesn't mark it as seen. */
  _hasFailed(): boolean {
    return this._state === FAILED;
  }

  /** @internal The result, or the error as a value. Throwing it would cost a hundred times as much. */
  _outcome(): unknown {
    return this._state === CANCELLED ? this._cancelledError() : this._value;
  }

  /** @internal Somebody has looked at the failure. */
  _markSeen(): void {
    if (this._state === FAILED) this.loop._failureSeen(this);
  }

  /** @internal Throws if the result is not for the caller to set. */
  private _refuse(what: string): void {
    if (this._owned()) {
      throw new InvalidStateError(`Cannot set ${what}: a task gets its result from its coroutine`);
    }
    if (this._state !== PENDING) {
      throw new InvalidStateError(`Cannot set ${what}: the future is already done`);
    }
  }

  /** @internal Whether only its owner may set the result. */
  _owned(): boolean {
    return false;
  }

  /** @internal Tells the observers, each once. */
  private _notify(): void {
    const observers = this._observers;
    if (observers === null) return;
    this._observers = null;
    if (Array.isArray(observers) || observers instanceof Set) notifyAll(observers, this);
    else observers._futureDone(this);
  }

  /** Throws into the running task, which debug mode remembers if it is a cancellation. */
  private _throwInto(): never {
    const cancelled = this._outcome() instanceof CancelledError;
    if (cancelled) running.loop?._debugLog?.cancelThrown(running.task, new Error());
    return this.result() as never;
  }

  /** @internal The error of a cancelled future, made on first use. */
  private _cancelledError(): CancelledError {
    const reason = this._value as CancelledError | string | undefined;
    if (reason instanceof CancelledError) return reason;
    const error = cancelledError(reason);
    this._value = error;
    return error;
  }
}
