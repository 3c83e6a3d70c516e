/**
 * Standing in line: what locks, semaphores, events, conditions, barriers and queues have in common.
 *
 * A waiter is the operation that the program awaits, and a link of the line at the same time, so
 * waiting makes no future and no list entry. It keeps its place after it was woken or cancelled until
 * its task runs again, because fairness and hand-over hinge on who is still in line. What it stands in
 * line for, and when it gets that, is the policy of the line.
 *
 * @module
 */
import type { CancelledError } from "./errors.ts";
import type { EventLoop } from "./event_loop.ts";
import { checkStart, made, Step } from "./operation.ts";
import {
  answerProbe,
  cancelledError,
  done,
  probed,
  wait,
  type Waitable,
  type Waiting,
  waitingTask,
} from "./parking.ts";
import { running } from "./running.ts";

const NEW = 0;
const BEGUN = 1;
const WAITING = 2;
const WOKEN = 3;
const CANCELLED = 4;
const LEFT = 5;

/** How a primitive treats those who want something of it. */
export interface Policy<T> {
  /** Takes what is wanted, if it can be had without waiting. */
  attempt(waiter: Waiter<T>): boolean;
  /** The waiter was woken and has left the line: takes what is wanted; false sends it back in line. */
  claim(waiter: Waiter<T>): boolean;
  /** The waiter was cancelled and has left the line; if it had been woken, another one should be. */
  abandon(woken: boolean): void;
}

/** Waiters, first come, first served. */
export class Line<T> {
  readonly policy: Policy<T>;
  /**
   * The one at the head of the line, woken or not. The line is a circle, so it's also the way to the
   * last one: whatever is old and refers to what is young costs 2 ns to set.
   */
  first: Waiter<T> | null = null;
  /** How many are in line that were not cancelled. */
  live = 0;
  /**
   * No one up to here is left to be woken. They leave the line only when they run: searching from its
   * head, waking n of them would take n² steps.
   */
  private _searched: Waiter<T> | null = null;

  constructor(policy: Policy<T>) {
    this.policy = policy;
  }

  /** Wakes the first who waits and was not woken yet; returns whether there was one. */
  wakeNext(): boolean {
    const { first } = this;
    if (first === null) return false;
    if (first._wake()) return true;
    let waiter = (this._searched ?? first)._next;
    while (waiter !== first && !waiter._wake()) waiter = waiter._next;
    this._searched = waiter === first ? first._previous : waiter;
    return waiter !== first;
  }

  /** Wakes all. */
  wakeAll(): void {
    while (this.wakeNext());
  }

  /** @internal */
  _append(waiter: Waiter<T>): void {
    const { first } = this;
    if (first === null) this.first = waiter;
    else {
      const last = first._previous;
      last._next = first._previous = waiter;
      waiter._previous = last;
      waiter._next = first;
    }
    this.live++;
  }

  /** @internal */
  _remove(waiter: Waiter<T>): void {
    const { _previous: previous, _next: next } = waiter;
    if (this._searched === waiter) this._searched = null;
    if (next === waiter) this.first = null;
    else {
      previous._next = next;
      next._previous = previous;
      waiter._previous = waiter._next = waiter;
      if (this.first === waiter) this.first = next;
    }
    if (!waiter._waitCancelled()) this.live--;
  }
}

/** An operation that may have to stand in line. */
export class Waiter<T> extends Step<T> implements Waitable {
  // Declared for the reason that Future gives.
  declare _loop: EventLoop | null;
  declare private _phase: number;
  declare private readonly _line: Line<T>;
  /** What the operation results in; the policy may set it. Of a cancelled one, the message. */
  declare result: T;
  declare private _slot: number;
  /** @internal Its neighbours in the line; itself, if it is alone or in none. */
  declare _previous: Waiter<T>;
  /** @internal */
  declare _next: Waiter<T>;

  constructor(line: Line<T>, result: T) {
    super();
    this._loop = running.loop;
    this._phase = NEW;
    this._line = line;
    this.result = result;
    this._slot = -1;
    this._previous = this;
    this._next = this;
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
    if (this._phase !== BEGUN) return this._resume();
    if (running.slot < 0) waitingTask(this._loop); // Throws.
    return this._line.policy.attempt(this) ? done(this.result) : this._stand();
  }

  private _resume(): Waiting | IteratorReturnResult<T> {
    if (probed()) return answerProbe();
    if (this._phase === CANCELLED) throw this._leaveCancelled();
    this._line._remove(this);
    this._phase = LEFT;
    return this._line.policy.claim(this) ? done(this.result) : this._stand();
  }

  /** A cancel came too late to end the wait, and takes effect now. */
  override throw(error: unknown): never {
    if (this._phase > BEGUN && this._phase < LEFT) this._leave();
    throw error;
  }

  override return(value: T): IteratorReturnResult<T> {
    if (this._phase > BEGUN && this._phase < LEFT) this._line._remove(this);
    this._phase = LEFT;
    return done(value);
  }

  private _stand(): Waiting {
    const task = waitingTask(this._loop);
    this._loop = task.loop;
    this._slot = task._slot;
    this._phase = WAITING;
    this._line._append(this);
    return wait(task, this);
  }

  /** @internal */
  _wake(): boolean {
    if (this._phase !== WAITING) return false;
    this._phase = WOKEN;
    this._loop!._ready(this._slot);
    return true;
  }

  /** @internal */
  _cancelWait(_task: unknown, message: string | undefined): boolean {
    if (this._phase !== WAITING) return false;
    this._phase = CANCELLED;
    this.result = message as T;
    this._line.live--;
    this._loop!._ready(this._slot);
    return true;
  }

  /** @internal */
  _leaveCancelled(): CancelledError {
    this._line._remove(this);
    this._phase = LEFT;
    this._line.policy.abandon(false);
    return cancelledError(this.result as string | undefined);
  }

  /** @internal */
  _leave(): boolean {
    const woken = this._phase === WOKEN;
    const waiting = this._phase === WAITING;
    this._line._remove(this);
    this._phase = LEFT;
    this._line.policy.abandon(woken);
    return waiting;
  }

  /** @internal */
  _waitCancelled(): boolean {
    return this._phase === CANCELLED;
  }

  override _describe(): string {
    return "The wait for a lock, queue or the like";
  }
}

/** The policy of a line in which one waits for nothing but to be woken. */
export const parking: Policy<void> = {
  attempt: () => false,
  claim: () => true,
  abandon: () => {},
};
