/**
 * Barriers.
 *
 * @module
 */
import { describe } from "./duration.ts";
import { BrokenBarrierError } from "./errors.ts";
import { Line, parking, Waiter } from "./line.ts";
import { type Operation, Routine } from "./operation.ts";
import type { Coroutine } from "./generator.ts";

type State = "filling" | "draining" | "resetting" | "broken";

/**
 * A place where a fixed number of tasks wait for one another. When the last one arrives all go on, and
 * the barrier can be used again.
 *
 * @example
 * ```ts
 * const barrier = new Barrier(3);
 * function* worker() {
 *   yield* prepare();
 *   yield* barrier.wait(); // until all three are here
 *   yield* compute();
 * }
 * ```
 */
export class Barrier {
  /** How many tasks must arrive. */
  readonly parties: number;
  #state: State = "filling";
  /** How many have arrived and not left yet. */
  #count = 0;
  readonly #arrived = new Line(parking);
  /** Those who came while the last round was still leaving. */
  readonly #early = new Line(parking);

  /**
   * Makes a barrier.
   *
   * @param parties How many tasks must arrive.
   * @throws {RangeError} When that is less than one or no whole number.
   */
  constructor(parties: number) {
    if (!Number.isInteger(parties) || parties < 1) {
      throw new RangeError(`parties must be a whole number, one or more, got ${describe(parties)}`);
    }
    this.parties = parties;
  }

  /**
   * Waits until all have arrived.
   *
   * @returns An operation of an index from 0 to `parties - 1`: how many had arrived before. Each task
   * of a round gets another one, unless one of them was cancelled before the others came.
   * @throws {BrokenBarrierError} When awaited, if the barrier is or gets reset or aborted.
   */
  wait(): Operation<number> {
    const wait = () => this.#wait();
    return new Routine(wait, []);
  }

  /** Empties the barrier: who waits gets a {@linkcode BrokenBarrierError}, and it is as new. */
  reset(): void {
    this.#state = this.#count > 0 ? "resetting" : "filling";
    this.#wakeAll();
  }

  /** Breaks the barrier for good: who waits or will wait gets a {@linkcode BrokenBarrierError}. */
  abort(): void {
    this.#state = "broken";
    this.#wakeAll();
  }

  /** How many tasks wait for the others. */
  get nWaiting(): number {
    return this.#state === "filling" ? this.#count : 0;
  }

  /** Whether the barrier was aborted. */
  get broken(): boolean {
    return this.#state === "broken";
  }

  *#wait(): Coroutine<number> {
    while (this.#is("draining", "resetting")) yield* new Waiter(this.#early, undefined);
    if (this.broken) throw new BrokenBarrierError("The barrier was aborted");
    const index = this.#count++;
    try {
      if (index + 1 === this.parties) {
        this.#state = "draining";
        this.#arrived.wakeAll();
      } else {
        while (this.#is("filling")) yield* new Waiter(this.#arrived, undefined);
        if (this.#is("broken", "resetting")) {
          throw new BrokenBarrierError("The barrier was reset or aborted");
        }
      }
      return index;
    } finally {
      if (--this.#count === 0) {
        if (this.#is("draining", "resetting")) this.#state = "filling";
        this.#early.wakeAll();
      }
    }
  }

  #is(...states: State[]): boolean {
    return states.includes(this.#state);
  }

  #wakeAll(): void {
    this.#arrived.wakeAll();
    this.#early.wakeAll();
  }
}
