/**
 * Mutual exclusion.
 *
 * @module
 */
import { InvalidStateError } from "../errors.ts";
import { done } from "../kernel/suspend.ts";
import { labelled, Printable } from "../printing.ts";
import type { Operation } from "../task/operation.ts";
import { Guard } from "./guard.ts";
import { nameOf, type NameOptions } from "./names.ts";
import { Waiter, WaitQueue, type WaitQueuePolicy } from "./wait_queue.ts";

class LockPolicy implements WaitQueuePolicy<Disposable> {
  private readonly _lock: Lock;

  constructor(lock: Lock) {
    this._lock = lock;
  }

  tryAcquire(): boolean {
    // Whoever was woken has not run yet, but comes first.
    return this._lock["_queue"].waiting === 0 && this.onWoken();
  }

  onWoken(): boolean {
    return this._lock["_take"]();
  }

  onAbandoned(): void {
    if (!this._lock.locked()) this._lock["_wakeFirst"]();
  }

  label(): string {
    return labelled("lock", this._lock.name);
  }
}

/**
 * A lock that one task holds at a time. First come, first served.
 *
 * @example
 * ```ts
 * const lock = new Lock();
 * function* deposit(amount: number) {
 *   using _held = yield* lock.acquire();
 *   const balance = yield* load();
 *   yield* save(balance + amount);
 * }
 * ```
 */
export class Lock extends Printable {
  /** The name, for debugging; "" without one. */
  readonly name: string;
  private _locked = false;
  private readonly _queue: WaitQueue<Disposable> = new WaitQueue(new LockPolicy(this));
  private readonly _acquired: IteratorReturnResult<Disposable> = done(new Guard(this));

  /**
   * Makes a lock that nobody holds.
   *
   * @param options `name`: a name for debugging.
   */
  constructor(options: NameOptions = {}) {
    super();
    this.name = nameOf(options);
  }

  /**
   * Waits until the lock is free, and takes it. A free lock is taken without giving up the turn.
   *
   * @returns An operation of a guard that releases the lock when disposed.
   */
  acquire(): Operation<Disposable> {
    return new Waiter(this._queue, this._acquired);
  }

  /**
   * Releases the lock and wakes the next in line.
   *
   * @throws {InvalidStateError} When nobody holds it.
   */
  release(): void {
    if (!this._locked) throw new InvalidStateError("Cannot release a lock that is not held");
    this._locked = false;
    this._wakeFirst();
  }

  /** Whether a task holds the lock. */
  locked(): boolean {
    return this._locked;
  }

  /** Its kind, its name and its state, in a line. */
  override toString(): string {
    const { waiting } = this._queue;
    return `${labelled("Lock", this.name)} ${
      this._locked ? "locked" : "unlocked"
    }, ${waiting} waiting`;
  }

  /** Takes the lock if it is free. */
  private _take(): boolean {
    if (this._locked) return false;
    this._locked = true;
    return true;
  }

  /** If the first was cancelled, it wakes the next one itself when it leaves the queue. */
  private _wakeFirst(): void {
    this._queue["_wakeFirst"]();
  }
}
