/**
 * Conditions.
 *
 * @module
 */
import { checkFunction, describe, describeOther } from "../check.ts";
import { type CancelledError, InvalidStateError, isCancelledError } from "../errors.ts";
import { labelled, Printable } from "../printing.ts";
import { type Coroutine, isCoroutine } from "../task/generator.ts";
import { GeneratorOperation, type Operation } from "../task/operation.ts";
import { Lock } from "./lock.ts";
import { nameOf, type NameOptions } from "./names.ts";
import { untilWoken, WaitQueue } from "./wait_queue.ts";

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
export class Condition extends Printable {
  /** The name, for debugging; "" without one. */
  readonly name: string;
  readonly #lock: Lock;
  readonly #queue = new WaitQueue(untilWoken(
    () => labelled("condition", this.name),
    (woken) => woken && this.#wake(1),
  ));

  /**
   * Makes a condition.
   *
   * @param lock The lock to use; without one the condition makes its own.
   * @param options `name`: a name for debugging.
   * @throws {TypeError} When `lock` is no lock.
   */
  constructor(lock: Lock = new Lock(), options: NameOptions = {}) {
    super();
    if (!(lock instanceof Lock)) {
      throw new TypeError(`lock must be a Lock, got ${describeOther(lock, "Lock")}`);
    }
    this.#lock = lock;
    this.name = nameOf(options);
  }

  /** Acquires the lock; see {@linkcode Lock.acquire}. */
  acquire(): Operation<Disposable> {
    return this.#lock.acquire();
  }

  /** Releases the lock; see {@linkcode Lock.release}. */
  release(): void {
    this.#lock.release();
  }

  /** Whether a task holds the lock. */
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
    return new GeneratorOperation(wait, []);
  }

  /**
   * Waits until the predicate is true, looking again after each notify.
   *
   * @param predicate What to wait for; called while the lock is held.
   * @returns What the predicate returned.
   * @throws {TypeError} When `predicate` is no function; when awaited, if it returns a coroutine.
   * @throws {InvalidStateError} When awaited, if the lock is not held.
   */
  waitFor<T>(predicate: () => T): Operation<T> {
    checkFunction(predicate, "predicate");
    const waitFor = () => this.#waitFor(predicate);
    return new GeneratorOperation(waitFor, []);
  }

  /**
   * Wakes tasks that wait. They go on when the lock is released.
   *
   * @param n How many at most.
   * @throws {RangeError} When `n` is negative or no number.
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

  /** Its kind, its name and its state, in a line. */
  override toString(): string {
    const state = `${this.locked() ? "locked" : "unlocked"}, ${this.#queue.waiting} waiting`;
    return `${labelled("Condition", this.name)} ${state}`;
  }

  #wake(n: number): void {
    for (let i = 0; i < n && this.#queue.wakeNext(); i++);
  }

  *#wait(): Coroutine<true> {
    if (!this.locked()) throw new InvalidStateError("Cannot wait: the lock is not held");
    const place = this.#queue.wait();
    this.release();
    try {
      try {
        yield* place;
      } finally {
        yield* this.#reacquire();
      }
      return true;
    } catch (error) {
      // It may have been notified, and can't make use of it: another waiter shall.
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
        if (!isCancelledError(error)) throw error;
        cancelled = error;
      }
    }
    if (cancelled !== null) throw cancelled;
  }

  *#waitFor<T>(predicate: () => T): Coroutine<T> {
    for (;;) {
      const result = predicate();
      if (isCoroutine(result)) {
        throw new TypeError("predicate must return a value, got a coroutine: it can't wait");
      }
      if (result) return result;
      yield* this.#wait();
    }
  }
}
