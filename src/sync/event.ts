/**
 * Events.
 *
 * @module
 */
import { Line, Waiter } from "./line.ts";
import type { Operation } from "./operation.ts";

/**
 * A flag that tasks can wait for.
 *
 * @example
 * ```ts
 * const ready = new Event();
 * function* client() {
 *   yield* ready.wait();
 *   console.log("the server is up");
 * }
 * ```
 */
export class Event {
  #set = false;
  readonly #line = new Line<true>({
    attempt: () => this.#set,
    claim: () => true,
    abandon: () => {},
  });

  /** Whether the flag is set. */
  isSet(): boolean {
    return this.#set;
  }

  /** Sets the flag and wakes all who wait; they are woken even if it is cleared at once. */
  set(): void {
    this.#set = true;
    this.#line.wakeAll();
  }

  /** Clears the flag: whoever waits from now on, waits for the next {@linkcode set}. */
  clear(): void {
    this.#set = false;
  }

  /** Waits until the flag is set. If it is, this does not give up the turn. */
  wait(): Operation<true> {
    return new Waiter<true>(this.#line, true);
  }
}
