/**
 * Barriers.
 *
 * @module
 */
import { describe } from "../check.ts";
import { BrokenBarrierError } from "../errors.ts";
import { labelled, Printable } from "../printing.ts";
import type { Coroutine } from "../task/generator.ts";
import { GeneratorOperation, type Operation } from "../task/operation.ts";
import { nameOf, type NameOptions } from "./names.ts";
import { untilWoken, WaitQueue } from "./wait_queue.ts";

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
export class Barrier extends Printable {
  /** The name, for debugging; "" without one. */
  readonly name: string;
  /** How many tasks must arrive. */
  readonly parties: number;
  #state: State = "filling";
  /** How many have arrived and not left yet. */
  #count = 0;
  readonly #arrived = new WaitQueue(
    untilWoken(() => labelled("barrier", this.name), () => this.#leave()),
  );
  /** Those who came while the last round was still leaving. */
  readonly #early = new WaitQueue(untilWoken(() => labelled("barrier", this.name)));

  /**
   * Makes a barrier.
   *
   * @param parties How many tasks must arrive.
   * @param options `name`: a name for debugging.
   * @throws {RangeError} When that is less than one or no whole number.
   */
  constructor(parties: number, options: NameOptions = {}) {
    super();
    if (!Number.isInteger(parties) || parties < 1) {
      throw new RangeError(`parties must be a whole number, one or more, got ${describe(parties)}`);
    }
    this.parties = parties;
    this.name = nameOf(options);
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
    return new GeneratorOperation(wait, []);
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

  /** Its kind, its name and its state, in a line. */
  override toString(): string {
    const state = `${this.#state}, ${this.nWaiting} of ${this.parties} waiting`;
    return `${labelled("Barrier", this.name)} ${state}`;
  }

  *#wait(): Coroutine<number> {
    while (this.#is("draining", "resetting")) yield* this.#early.wait();
    if (this.broken) throw new BrokenBarrierError("The barrier was aborted");
    const index = this.#count++;
    try {
      if (index + 1 === this.parties) {
        this.#state = "draining";
        this.#arrived.wakeAll();
      } else {
        while (this.#is("filling")) yield* this.#arrived.wait();
        if (this.#is("broken", "resetting")) {
          throw new BrokenBarrierError("The barrier was reset or aborted");
        }
      }
      return index;
    } finally {
      this.#leave();
    }
  }

  #leave(): void {
    if (--this.#count > 0) return;
    if (this.#is("draining", "resetting")) this.#state = "filling";
    this.#early.wakeAll();
  }

  #is(...states: State[]): boolean {
    return states.includes(this.#state);
  }

  #wakeAll(): void {
    this.#arrived.wakeAll();
    this.#early.wakeAll();
  }
}
