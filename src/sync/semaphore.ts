/**
 * Semaphores.
 *
 * @module
 */
import { describe } from "../check.ts";
import { done } from "../kernel/suspend.ts";
import { labelled, Printable } from "../printing.ts";
import type { Operation } from "../task/operation.ts";
import { Guard } from "./guard.ts";
import { nameOf, type NameOptions } from "./names.ts";
import { Waiter, WaitQueue, type WaitQueuePolicy } from "./wait_queue.ts";

class SemaphorePolicy implements WaitQueuePolicy<Disposable> {
  readonly #semaphore: Semaphore;

  constructor(semaphore: Semaphore) {
    this.#semaphore = semaphore;
  }

  tryAcquire(): boolean {
    return this.#semaphore["_tryTake"]();
  }

  /** Its permit was set aside when it was woken. */
  onWoken(): boolean {
    this.#semaphore["_serve"]();
    return true;
  }

  onAbandoned(woken: boolean): void {
    this.#semaphore["_giveBack"](woken);
  }

  label(): string {
    return labelled("semaphore", this.#semaphore.name);
  }
}

/**
 * A number of permits, each held by one task at a time. First come, first served.
 *
 * @example
 * ```ts
 * const connections = new Semaphore(10);
 * function* download(url: string) {
 *   using _permit = yield* connections.acquire();
 *   return yield* load(url); // ten at a time
 * }
 * ```
 */
export class Semaphore extends Printable {
  /** The name, for debugging; "" without one. */
  readonly name: string;
  #value: number;
  readonly #queue: WaitQueue<Disposable> = new WaitQueue(new SemaphorePolicy(this));
  readonly #acquired: IteratorReturnResult<Disposable> = done(new Guard(this));

  /**
   * Makes a semaphore whose permits are all free.
   *
   * @param value How many permits there are.
   * @param options `name`: a name for debugging.
   * @throws {RangeError} When that is negative or no whole number.
   */
  constructor(value: number = 1, options: NameOptions = {}) {
    super();
    if (!Number.isInteger(value) || value < 0) {
      throw new RangeError(`value must be a whole number, zero or more, got ${describe(value)}`);
    }
    this.#value = value;
    this.name = nameOf(options);
  }

  /**
   * Waits for a permit. A free one is taken without giving up the turn.
   *
   * @returns An operation of a guard that gives the permit back when disposed.
   */
  acquire(): Operation<Disposable> {
    return new Waiter(this.#queue, this.#acquired);
  }

  /** Gives a permit back, or adds one, and wakes the next in line. */
  release(): void {
    this.#value++;
    this.#wakeNext();
  }

  /** Whether a task that asked for a permit now would have to wait. */
  locked(): boolean {
    return this.#value === 0 || this.#queue.waiting > 0;
  }

  /** Its kind, its name and its state, in a line. */
  override toString(): string {
    const state = `${this.#value} free, ${this.#queue.waiting} waiting`;
    return `${labelled(this._kind, this.name)} ${state}`;
  }

  /** @ignore */
  protected get _kind(): string {
    return "Semaphore";
  }

  /** @ignore How many permits are free. */
  protected get _value(): number {
    return this.#value;
  }

  /** Takes a permit if one is to be had. */
  private _tryTake(): boolean {
    if (this.locked()) return false;
    this.#value--;
    return true;
  }

  /** A waiter was cancelled, whose permit may have been set aside. */
  private _giveBack(woken: boolean): void {
    if (woken) this.#value++;
    this._serve();
  }

  /** Wakes as many as there are free permits. */
  private _serve(): void {
    while (this.#value > 0 && this.#wakeNext());
  }

  /** Sets a permit aside for the next in line. */
  #wakeNext(): boolean {
    if (!this.#queue.wakeNext()) return false;
    this.#value--;
    return true;
  }
}

/**
 * A semaphore that refuses to hold more permits than it began with: it finds a release too many.
 *
 * @example
 * ```ts
 * const semaphore = new BoundedSemaphore(1);
 * semaphore.release(); // RangeError
 * ```
 */
export class BoundedSemaphore extends Semaphore {
  readonly #bound: number;

  /**
   * Makes a semaphore whose permits are all free.
   *
   * @param value How many permits there are.
   * @param options `name`: a name for debugging.
   * @throws {RangeError} When that is negative or no whole number.
   */
  constructor(value: number = 1, options: NameOptions = {}) {
    super(value, options);
    this.#bound = value;
  }

  /** @ignore */
  protected override get _kind(): string {
    return "BoundedSemaphore";
  }

  /**
   * Gives a permit back and wakes the next in line.
   *
   * @throws {RangeError} When all permits are there already.
   */
  override release(): void {
    if (this._value >= this.#bound) {
      throw new RangeError(
        `Cannot release more often than acquired: all ${this.#bound} permits are free`,
      );
    }
    super.release();
  }
}
