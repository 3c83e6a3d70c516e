/**
 * Threads that are given up, and have a while to end what they are at.
 *
 * @module
 */
import type { PoolThread } from "./pool_thread.ts";

declare const setTimeout: (fn: () => void, delay: number) => unknown;
declare const clearTimeout: (timer: unknown) => void;

/** How many milliseconds a job has to heed `cancelled()` before its thread is ended. */
const GRACE = 250;

/** See the module's description. */
export class LeavingThreads {
  readonly #timers = new Map<PoolThread, unknown>();

  /** How many there are. */
  get size(): number {
    return this.#timers.size;
  }

  /** Whether it is one of them. */
  has(thread: PoolThread): boolean {
    return this.#timers.has(thread);
  }

  /**
   * Adds one.
   *
   * @param thread Which one.
   * @param onTimeUp Is called when it has had its while.
   */
  add(thread: PoolThread, onTimeUp: () => void): void {
    this.#timers.set(thread, setTimeout(onTimeUp, GRACE));
  }

  /** Ends one, if it is among them. */
  end(thread: PoolThread): void {
    clearTimeout(this.#timers.get(thread));
    if (this.#timers.delete(thread)) thread.end();
  }

  /** Ends all. */
  endAll(): void {
    for (const thread of [...this.#timers.keys()]) this.end(thread);
  }
}
