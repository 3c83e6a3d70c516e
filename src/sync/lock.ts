/**
 * Mutual exclusion.
 *
 * @module
 */
import { InvalidStateError } from "./errors.ts";
import { Line, type Policy, Waiter } from "./line.ts";
import type { Operation } from "./operation.ts";

class LockPolicy implements Policy<Disposable> {
  private readonly _lock: Lock;

  constructor(lock: Lock) {
    this._lock = lock;
  }

  attempt(): boolean {
    // Whoever was woken has not run yet, but comes first.
    return this._lock._line.live === 0 && this.claim();
  }

  claim(): boolean {
    return this._lock._take();
  }

  abandon(): void {
    if (!this._lock.locked()) this._lock._wakeFirst();
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
export class Lock {
  private _locked = false;
  /** @internal */
  readonly _line: Line<Disposable> = new Line(new LockPolicy(this));
  /** @internal */
  readonly _guard: Disposable = { [Symbol.dispose]: () => this.release() };

  /**
   * Waits until the lock is free, and takes it. A free lock is taken without giving up the turn.
   *
   * @returns An operation of a guard that releases the lock when disposed.
   */
  acquire(): Operation<Disposable> {
    return new Waiter(this._line, this._guard);
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

  /** Whether somebody holds the lock. */
  locked(): boolean {
    return this._locked;
  }

  /** @internal */
  _take(): boolean {
    if (this._locked) return false;
    this._locked = true;
    return true;
  }

  /** @internal If the first was cancelled, it wakes the next one itself when it leaves the line. */
  _wakeFirst(): void {
    this._line.first?._wake();
  }
}
