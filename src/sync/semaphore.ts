/**
 * Semaphores.
 *
 * @module
 */
import { describe } from "./duration.ts";
import { Line, type Policy, Waiter } from "./line.ts";
import type { Operation } from "./operation.ts";

class SemaphorePolicy implements Policy<Disposable> {
  readonly #semaphore: Semaphore;

  constructor(semaphore: Semaphore) {
    this.#semaphore = semaphore;
  }

  attempt(): boolean {
    return this.#semaphore._tryTake();
  }

  /** Its permit was set aside when it was woken. */
  claim(): boolean {
    this.#semaphore._serve();
    return true;
  }

  abandon(woken: boolean): void {
    this.#semaphore._giveBack(woken);
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
export class Semaphore {
  #value: number;
  readonly #line: Line<Disposable> = new Line(new SemaphorePolicy(this));
  /** @internal */
  readonly _guard: Disposable = { [Symbol.dispose]: () => this.release() };

  /**
   * Makes a semaphore whose permits are all free.
   *
   * @param value How many permits there are.
   * @throws {RangeError} When that is negative or no whole number.
   */
  constructor(value: number = 1) {
    if (!Number.isInteger(value) || value < 0) {
      throw new RangeError(`value must be a whole number, zero or more, got ${describe(value)}`);
    }
    this.#value = value;
  }

  /**
   * Waits for a permit. A free one is taken without giving up the turn.
   *
   * @returns An operation of a guard that gives the permit back when disposed.
   */
  acquire(): Operation<Disposable> {
    return new Waiter(this.#line, this._guard);
  }

  /** Gives a permit back, or adds one, and wakes the next in line. */
  release(): void {
    this.#value++;
    this.#wakeNext();
  }

  /** Whether a task that asked for a permit now would have to wait. */
  locked(): boolean {
    return this.#value === 0 || this.#line.live > 0;
  }

  /** @internal How many permits are free. */
  get _value(): number {
    return this.#value;
  }

  /** @internal */
  _tryTake(): boolean {
    if (this.locked()) return false;
    this.#value--;
    return true;
  }

  /** @internal */
  _giveBack(woken: boolean): void {
    if (woken) this.#value++;
    this._serve();
  }

  /** @internal Wakes as many as there are free permits. */
  _serve(): void {
    while (this.#value > 0 && this.#wakeNext());
  }

  /** Sets a permit aside for the next in line. */
  #wakeNext(): boolean {
    if (!this.#line.wakeNext()) return false;
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
   * @throws {RangeError} When that is negative or no whole number.
   */
  constructor(value: number = 1) {
    super(value);
    this.#bound = value;
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
