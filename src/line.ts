/**
 * Standing in line: what locks, semaphores, events, conditions, barriers and queues have in common.
 *
 * A waiter is the operation that the program awaits, and a link of the line at the same time, so
 * waiting makes no future and no list entry. It keeps its place after it was woken or cancelled until
 * its task runs again, because fairness and hand-over hinge on who is still in line.
 *
 * @module
 */
import { Step } from "./operation.ts";
import type { Task } from "./task.ts";
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

const NEW = 0;
const WAITING = 1;
const WOKEN = 2;
const CANCELLED = 3;

/** Waiters, first come, first served. */
export class Line {
  #first: Waiter<unknown> | null = null;
  #last: Waiter<unknown> | null = null;
  /** How many are in line that were not cancelled. */
  live = 0;

  /** The one at the head of the line, woken or not. */
  get first(): Waiter<unknown> | null {
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
  _append(waiter: Waiter<unknown>): void {
    waiter._previous = this.#last;
    waiter._next = null;
    if (this.#last === null) this.#first = waiter;
    else this.#last._next = waiter;
    this.#last = waiter;
    waiter._inLine = true;
    this.live++;
  }

  /** @internal */
  _remove(waiter: Waiter<unknown>): void {
    if (!waiter._inLine) return;
    const { _previous: previous, _next: next } = waiter;
    if (previous === null) this.#first = next;
    else previous._next = next;
    if (next === null) this.#last = previous;
    else next._previous = previous;
    waiter._previous = waiter._next = null;
    waiter._inLine = false;
    if (!waiter._waitCancelled()) this.live--;
  }
}

/** An operation that may have to stand in line. */
export abstract class Waiter<T> extends Step<T> implements Waitable {
  /** @internal */
  _previous: Waiter<unknown> | null = null;
  /** @internal */
  _next: Waiter<unknown> | null = null;
  /** @internal */
  _inLine = false;
  #phase = NEW;
  #task: Task<unknown> | null = null;
  #message: string | undefined = undefined;
  protected readonly line: Line;

  constructor(line: Line) {
    super();
    this.line = line;
  }

  /** Takes what is wanted, if it can be had without waiting; called once, at the start. */
  protected abstract attempt(): boolean;

  /** Was woken and left the line: takes what is wanted. Returns false to stand in line again. */
  protected abstract claim(): boolean;

  /** Was cancelled and left the line; if it had been woken, somebody else must get the chance. */
  protected abstract abandon(woken: boolean): void;

  /** What the operation results in. */
  protected abstract value(): T;

  override next(): Waiting | IteratorReturnResult<T> {
    if (this.#phase === NEW) {
      this.#task = waitingTask(this._loop);
      if (this.attempt()) return done(this.value());
      return this.#stand();
    }
    if (probed()) return answerProbe(this);
    this.line._remove(this);
    if (this.#phase === CANCELLED) {
      this.abandon(false);
      throw cancelledError(this.#message);
    }
    return this.claim() ? done(this.value()) : this.#stand();
  }

  /** Only a waiter that was woken gets here: others are cancelled in line. */
  override throw(error: unknown): never {
    this.line._remove(this);
    this.abandon(true);
    throw error;
  }

  override return(value: T): IteratorReturnResult<T> {
    this.line._remove(this);
    return done(value);
  }

  #stand(): Waiting {
    this.#phase = WAITING;
    this.line._append(this);
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
    if (this._inLine) this.line.live--;
    task.loop._ready(task._slot);
    return true;
  }

  /** @internal */
  _waitCancelled(): boolean {
    return this.#phase === CANCELLED;
  }
}

/** Waits in a line until woken. */
export class Place extends Waiter<void> {
  protected override attempt(): boolean {
    return false;
  }
  protected override claim(): boolean {
    return true;
  }
  protected override abandon(): void {}
  protected override value(): void {}
}
