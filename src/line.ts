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
import type { Task } from "./task.ts";

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
  #first: Waiter<T> | null = null;
  #last: Waiter<T> | null = null;
  /** How many are in line that were not cancelled. */
  live = 0;

  constructor(policy: Policy<T>) {
    this.policy = policy;
  }

  /** The one at the head of the line, woken or not. */
  get first(): Waiter<T> | null {
    return this.#first;
  }

  /** Wakes the first who waits and was not woken yet; returns whether there was one. */
  wakeNext(): boolean {
    for (let waiter = this.#first; waiter !== null; waiter = waiter._next) {
      if (waiter._wake()) return true;
    }
    return false;
  }

  /** Wakes all. */
  wakeAll(): void {
    for (let waiter = this.#first; waiter !== null; waiter = waiter._next) waiter._wake();
  }

  /** @internal */
  _append(waiter: Waiter<T>): void {
    waiter._previous = this.#last;
    if (this.#last === null) this.#first = waiter;
    else this.#last._next = waiter;
    this.#last = waiter;
    this.live++;
  }

  /** @internal */
  _remove(waiter: Waiter<T>): void {
    const { _previous: previous, _next: next } = waiter;
    if (previous === null) this.#first = next;
    else previous._next = next;
    if (next === null) this.#last = previous;
    else next._previous = previous;
    waiter._previous = waiter._next = null;
    if (!waiter._waitCancelled()) this.live--;
  }
}

/** An operation that may have to stand in line. */
export class Waiter<T> extends Step<T> implements Waitable {
  readonly _loop: EventLoop | null = running.loop;
  #phase = NEW;
  readonly #line: Line<T>;
  /** What the operation results in; the policy may set it. */
  result: T;
  #task: Task<unknown> | null = null;
  #message: string | undefined = undefined;
  /** @internal */
  _previous: Waiter<T> | null = null;
  /** @internal */
  _next: Waiter<T> | null = null;

  constructor(line: Line<T>, result: T) {
    super();
    this.#line = line;
    this.result = result;
    made(this);
  }

  get _awaited(): boolean {
    return this.#phase !== NEW;
  }

  override [Symbol.iterator](): Iterator<unknown, T, unknown> {
    if (this.#phase !== NEW || this._loop !== running.loop) checkStart(this);
    this.#phase = BEGUN;
    return this as unknown as Iterator<unknown, T, unknown>;
  }

  override next(): Waiting | IteratorReturnResult<T> {
    const line = this.#line;
    if (this.#phase === BEGUN) {
      this.#task = waitingTask(this._loop);
      return line.policy.attempt(this) ? done(this.result) : this.#stand();
    }
    if (probed()) return answerProbe();
    if (this.#phase === CANCELLED) throw this._leaveCancelled();
    line._remove(this);
    this.#phase = LEFT;
    return line.policy.claim(this) ? done(this.result) : this.#stand();
  }

  /** A cancel came too late to end the wait, and takes effect now. */
  override throw(error: unknown): never {
    if (this.#phase > BEGUN && this.#phase < LEFT) {
      const woken = this.#phase === WOKEN;
      this.#line._remove(this);
      this.#phase = LEFT;
      this.#line.policy.abandon(woken);
    }
    throw error;
  }

  override return(value: T): IteratorReturnResult<T> {
    if (this.#phase > BEGUN && this.#phase < LEFT) this.#line._remove(this);
    this.#phase = LEFT;
    return done(value);
  }

  #stand(): Waiting {
    this.#phase = WAITING;
    this.#line._append(this);
    return wait(this.#task!, this);
  }

  /** @internal */
  _wake(): boolean {
    if (this.#phase !== WAITING) return false;
    this.#phase = WOKEN;
    this.#task!.loop._ready(this.#task!._slot);
    return true;
  }

  /** @internal */
  _cancelWait(task: Task<unknown>, message: string | undefined): boolean {
    if (this.#phase !== WAITING) return false;
    this.#phase = CANCELLED;
    this.#message = message;
    this.#line.live--;
    task.loop._ready(task._slot);
    return true;
  }

  /** @internal */
  _leaveCancelled(): CancelledError {
    this.#line._remove(this);
    this.#phase = LEFT;
    this.#line.policy.abandon(false);
    return cancelledError(this.#message);
  }

  /** @internal */
  _leave(): boolean {
    const woken = this.#phase !== WAITING;
    this.#line._remove(this);
    this.#phase = LEFT;
    this.#line.policy.abandon(woken);
    return !woken;
  }

  /** @internal */
  _waitCancelled(): boolean {
    return this.#phase === CANCELLED;
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
