/**
 * Standing in line: what locks, semaphores, events, conditions, barriers and queues have in common.
 *
 * CPython gives each primitive a deque of futures, and each primitive its own care for a waiter that
 * was cancelled before, or after, it was woken; most of asyncio's old bugs were there. Trio has one
 * `ParkingLot` under all of them, and so do WebKit and parking_lot, from which it has the name. Here a
 * *wait queue* is the place, and its *policy* says what is waited for and when it is to be had.
 *
 * A waiter is the operation that the program awaits, and a link of the queue at the same time, so
 * waiting makes no future and no list entry. Two rules are all that there is to it:
 *
 * - **A waiter keeps its place until its task runs again,** also when it was woken or cancelled. A wake
 *   hands nothing over: the task takes what it wants when it runs (`onWoken`). Until then, who is
 *   still in the queue tells newcomers that another task has a prior claim.
 * - **A wake is never lost.** A waiter that was woken, and is cancelled before it runs, can't use the
 *   wake; its policy passes it on (`onAbandoned`). So does one whose loop was closed.
 *
 * Handing over on release was considered, as Go's starving mutex does: it saves a look at the queue,
 * and costs asyncio's semantics, in which a lock is free until the woken task runs. The links could be
 * integers in the core's memory; docs/how_it_works.md has what that gave when it was tried. And a place
 * in the queue could be an object of its own, for those who have to wait only: taking a free lock then
 * took a tenth less, and taking one that others want a quarter more.
 *
 * In doubt: the queue is a circle of objects, and cancelled waiters in its middle stay until they run.
 * Searching for the next one to wake goes on where the last search ended, so that waking n of them
 * takes n steps, but a queue of which all but the last were cancelled is walked once.
 *
 * @module
 */
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
  waitingFiber,
} from "../kernel/suspend.ts";
import { checkStart, LeafOperation, type Operation, trackOperation } from "../task/operation.ts";

const NEW = 0;
const BEGUN = 1;
const WAITING = 2;
const WOKEN = 3;
const CANCELLED = 4;
const LEFT = 5;

/** How a primitive treats those who want something of it. */
export interface WaitQueuePolicy<T> {
  /**
   * Takes what is wanted, if it can be had without waiting.
   *
   * @param waiter Who wants it; its `result` may be set.
   */
  tryAcquire(waiter: { result: T }): boolean;
  /** The waiter was woken and has left the queue: takes what is wanted; false sends it back. */
  onWoken(waiter: { result: T }): boolean;
  /**
   * The waiter was cancelled and has left the queue; if it had been woken, another one should be. It is
   * `gone` where its loop was closed: then no code of its task's will run any more.
   */
  onAbandoned(woken: boolean, gone: boolean): void;
  /** What waits are for, as one says it behind "waiting for"; without it, "a wait queue". */
  label?(): string;
}

/**
 * Waiters, first come, first served.
 *
 * @example
 * ```ts
 * let open = false;
 * const gate = new WaitQueue<void>({
 *   tryAcquire: () => open,
 *   onWoken: () => true,
 *   onAbandoned: () => {},
 * });
 * function* pass() {
 *   yield* gate.wait();
 * }
 * function openGate() {
 *   open = true;
 *   gate.wakeAll();
 * }
 * ```
 */
export class WaitQueue<T> {
  /** @ignore */
  protected readonly _policy: WaitQueuePolicy<T>;
  /**
   * @ignore The one at the head of the queue, woken or not. The queue is a circle, so it's also the
   * way to the last one: whatever is old and refers to what is young costs 2 ns to set, the write
   * barrier.
   */
  protected _first: Waiter<T> | null = null;
  private _waiting = 0;
  /**
   * No one up to here is left to be woken. They leave the queue only when they run: searching from
   * its head, waking n of them would take n² steps.
   */
  private _scanFrom: Waiter<T> | null = null;

  /**
   * Makes a queue in which nobody waits.
   *
   * @param policy What is waited for, and when it is to be had.
   */
  constructor(policy: WaitQueuePolicy<T>) {
    this._policy = policy;
  }

  /** How many are in the queue that were not cancelled; those that were woken and have not run count. */
  get waiting(): number {
    return this._waiting;
  }

  /** An operation that waits in this queue, unless the policy says that it needn't. */
  wait(): Operation<T> {
    return new Waiter<T>(this, nothing as IteratorReturnResult<T>);
  }

  /** Wakes the first who waits and was not woken yet; returns whether there was one. */
  wakeNext(): boolean {
    const first = this._first;
    if (first === null) return false;
    if (first._wake()) return true;
    let waiter = (this._scanFrom ?? first)._next;
    while (waiter !== first && !waiter._wake()) waiter = waiter._next;
    this._scanFrom = waiter === first ? first._previous : waiter;
    return waiter !== first;
  }

  /** Wakes all who wait. */
  wakeAll(): void {
    while (this.wakeNext());
  }

  /** @ignore Wakes the first one, and nobody if that was woken or cancelled already. */
  protected _wakeFirst(): void {
    this._first?._wake();
  }

  /** @ignore */
  protected _append(waiter: Waiter<T>): void {
    const first = this._first;
    if (first === null) this._first = waiter;
    else {
      const last = first._previous;
      last._next = first._previous = waiter;
      waiter._previous = last;
      waiter._next = first;
    }
    this._waiting++;
  }

  /** @ignore */
  protected _remove(waiter: Waiter<T>): void {
    const { _previous: previous, _next: next } = waiter;
    if (this._scanFrom === waiter) this._scanFrom = null;
    if (next === waiter) this._first = null;
    else {
      previous._next = next;
      next._previous = previous;
      waiter._previous = waiter._next = waiter;
      if (this._first === waiter) this._first = next;
    }
    if (!waiter._aborted()) this._waiting--;
  }

  /** @ignore One of them was cancelled, and keeps its place until it runs. */
  protected _cancelled(): void {
    this._waiting--;
  }
}

/** An operation that may have to stand in line. */
export class Waiter<T> extends LeafOperation<T> implements Waitable {
  // Declared for the reason that Future gives.
  declare _kernel: Kernel | null;
  declare private _phase: number;
  declare private readonly _queue: WaitQueue<T>;
  /**
   * What `next()` returns in the end. The operations of a lock share one, since making it took 2 to
   * 4 ns, of 20 for a free lock. Of a putter, first the item; of a cancelled one, the reason.
   */
  declare _answer: IteratorReturnResult<T>;
  declare private _slot: number;
  /** Its neighbours in the queue; itself, if it is alone or in none. */
  declare _previous: Waiter<T>;
  declare _next: Waiter<T>;

  constructor(queue: WaitQueue<T>, answer: IteratorReturnResult<T>) {
    super();
    this._kernel = current.kernel;
    this._phase = NEW;
    this._queue = queue;
    this._answer = answer;
    this._slot = -1;
    this._previous = this;
    this._next = this;
    trackOperation(this);
  }

  /** What the operation results in, as policies know it. */
  get result(): T {
    return this._answer.value;
  }

  set result(value: T) {
    this._answer = done(value);
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
    if (this._phase !== BEGUN) return this._resume();
    const fiber = waitingFiber(this._kernel);
    if (fiber._waitingOn !== null) return stray();
    return this._queue["_policy"].tryAcquire(this) ? this._answer : this._park(fiber);
  }

  private _resume(): Suspended | IteratorReturnResult<T> {
    if (probed()) return answerProbe();
    const { fiber } = current;
    if (fiber === null || fiber._waitingOn !== this) return stray();
    if (this._phase === WAITING) return advancedByHand(fiber);
    fiber._waitingOn = null;
    if (this._phase === CANCELLED) throw this._takeError();
    this._queue["_remove"](this);
    this._phase = LEFT;
    let served: boolean;
    try {
      served = this._queue["_policy"].onWoken(this);
    } catch (error) {
      this._tellAbandoned(true);
      throw error;
    }
    return served ? this._answer : this._park(fiber);
  }

  /** A cancel came too late to end the wait, and takes effect now. */
  override throw(error: unknown): never {
    if (this._isInQueue()) this._detach();
    throw error;
  }

  override return(value: T): IteratorReturnResult<T> {
    if (this._isInQueue()) this._detach();
    this._phase = LEFT;
    return done(value);
  }

  private _isInQueue(): boolean {
    return this._phase > BEGUN && this._phase < LEFT;
  }

  private _park(fiber: Fiber): Suspended {
    this._kernel = fiber._kernel;
    this._slot = fiber._slot;
    this._phase = WAITING;
    this._queue["_append"](this);
    return suspendOn(fiber, this);
  }

  _wake(): boolean {
    if (this._phase !== WAITING) return false;
    this._phase = WOKEN;
    this._kernel!.schedule(this._slot);
    return true;
  }

  _abort(_fiber: Fiber, reason: CancelReason): boolean {
    if (this._phase !== WAITING) return false;
    this._phase = CANCELLED;
    this._answer = reason as unknown as IteratorReturnResult<T>;
    this._queue["_cancelled"]();
    this._kernel!.schedule(this._slot);
    return true;
  }

  _aborted(): boolean {
    return this._phase === CANCELLED;
  }

  _takeError(): CancelledError {
    this._queue["_remove"](this);
    this._phase = LEFT;
    this._tellAbandoned(false);
    return cancelledError(this._answer as unknown as CancelReason);
  }

  _detach(): boolean {
    const woken = this._phase === WOKEN;
    const waiting = this._phase === WAITING;
    this._queue["_remove"](this);
    this._phase = LEFT;
    this._tellAbandoned(woken);
    return waiting;
  }

  /** Tells the policy; whatever that throws, who cancels or closes must come to an end with it. */
  private _tellAbandoned(woken: boolean): void {
    const kernel = this._kernel!;
    try {
      this._queue["_policy"].onAbandoned(woken, kernel.isClosed());
    } catch (exception) {
      kernel.report({ message: "A wait queue's policy failed", exception });
    }
  }

  override _label(): string {
    return this._queue["_policy"].label?.() ?? "a wait queue";
  }
}

/** The answer of operations that have no result, or none yet. */
export const nothing: IteratorReturnResult<void> = /* @__PURE__ */ done(undefined);

/**
 * The policy of a queue in which one waits for nothing but to be woken.
 *
 * @param onGone Is told of a waiter whose loop was closed.
 */
export function untilWoken(
  label: () => string,
  onGone: (woken: boolean) => void = () => {},
): WaitQueuePolicy<void> {
  return {
    tryAcquire: () => false,
    onWoken: () => true,
    onAbandoned: (woken, gone) => gone && onGone(woken),
    label,
  };
}
