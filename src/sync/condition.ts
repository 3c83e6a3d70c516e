/**
 * Conditions.
 *
 * @module
 */
import { checkFunction } from "./awaitable.ts";
import { describe } from "./duration.ts";
import { CancelledError, InvalidStateError } from "./errors.ts";
import { Line, parking, Waiter } from "./line.ts";
import { Lock } from "./lock.ts";
import { type Operation, Routine } from "./operation.ts";
import type { Coroutine } from "./generator.ts";

/**
 * Lets tasks wait for a change of something that a lock protects.
 *
 * @example
 * ```ts
 * const condition = new Condition();
 * function* consumer() {
 *   using _held = yield* condition.acquire();
 *   yield* condition.waitFor(() => stock.length > 0);
 *   return stock.pop();
 * }
 * function* producer(item: string) {
 *   using _held = yield* condition.acquire();
 *   stock.push(item);
 *   condition.notify();
 * }
 * ```
 */
export class Condition {
  readonly #lock: Lock;
  readonly #line = new Line(parking);

  /**
   * Makes a condition.
   *
   * @param lock The lock to use; without one the condition makes its own.
   */
  constructor(lock: Lock = new Lock()) {
    if (!(lock instanceof Lock)) throw new TypeError(`lock must be a Lock, got ${describe(lock)}`);
    this.#lock = lock;
  }

  /** Acquires the lock; see {@linkcode Lock.acquire}. */
  acquire(): Operation<Disposable> {
    return this.#lock.acquire();
  }

  /** Releases the lock; see {@linkcode Lock.release}. */
  release(): void {
    this.#lock.release();
  }

  /** Whether somebody holds the lock. */
  locked(): boolean {
    return this.#lock.locked();
  }

  /**
   * Releases the lock, waits for a notify, and acquires the lock again. When it ends with an error,
   * a cancellation included, the lock is held again, too.
   *
   * @throws {InvalidStateError} When awaited, if the lock is not held.
   */
  wait(): Operation<true> {
    const wait = () => this.#wait();
    return new Routine(wait, []);
  }

  /**
   * Waits until the predicate is true, looking again after each notify.
   *
   * @param predicate What to wait for; called while the lock is held.
   * @returns What the predicate returned.
   * @throws {InvalidStateError} When awaited, if the lock is not held.
   */
  waitFor<T>(predicate: () => T): Operation<T> {
    checkFunction(predicate, "predicate");
    const waitFor = () => this.#waitFor(predicate);
    return new Routine(waitFor, []);
  }

  /**
   * Wakes tasks that wait. They go on when the lock is released.
   *
   * @param n How many at most.
   * @throws {InvalidStateError} When the lock is not held.
   */
  notify(n: number = 1): void {
    if (typeof n !== "number" || !(n >= 0)) {
      throw new RangeError(`n must be a number, zero or more, got ${describe(n)}`);
    }
    if (!this.locked()) throw new InvalidStateError("Cannot notify: the lock is not held");
    this.#wake(n);
  }

  /**
   * Wakes all tasks that wait.
   *
   * @throws {InvalidStateError} When the lock is not held.
   */
  notifyAll(): void {
    this.notify(Infinity);
  }

  #wake(n: number): void {
    for (let i = 0; i < n && this.#line.wakeNext(); i++);
  }

  *#wait(): Coroutine<true> {
    if (!this.locked()) throw new InvalidStateError("Cannot wait: the lock is not held");
    const place = new Waiter(this.#line, undefined);
    this.release();
    try {
      try {
        yield* place;
      } finally {
        yield* this.#reacquire();
      }
      return true;
    } catch (error) {
      // It may have been notified, and can't make use of it: somebody else shall.
      this.#wake(1);
      throw error;
    }
  }

  /** Acquires the lock however often it is cancelled meanwhile; throws the last cancel afterwards. */
  *#reacquire(): Coroutine<void> {
    let cancelled: CancelledError | null = null;
    for (;;) {
      try {
        yield* this.acquire();
        break;
      } catch (error) {
        if (!(error instanceof CancelledError)) throw error;
        cancelled = error;
      }
    }
    if (cancelled !== null) throw cancelled;
  }

  *#waitFor<T>(predicate: () => T): Coroutine<T> {
    for (;;) {
      const result = predicate();
      if (result) return result;
      yield* this.#wait();
    }
  }
}
