/**
 * Events.
 *
 * @module
 */
import { done } from "../kernel/suspend.ts";
import { labelled, Printable } from "../printing.ts";
import type { Operation } from "../task/operation.ts";
import { nameOf, type NameOptions } from "./names.ts";
import { Waiter, WaitQueue } from "./wait_queue.ts";

const isSet: IteratorReturnResult<true> = /* @__PURE__ */ done(true);

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
export class Event extends Printable {
  /** The name, for debugging; "" without one. */
  readonly name: string;
  #set = false;
  readonly #queue = new WaitQueue<true>({
    tryAcquire: () => this.#set,
    onWoken: () => true,
    onAbandoned: () => {},
    label: () => labelled("event", this.name),
  });

  /**
   * Makes an event whose flag is not set.
   *
   * @param options `name`: a name for debugging.
   */
  constructor(options: NameOptions = {}) {
    super();
    this.name = nameOf(options);
  }

  /** Whether the flag is set. */
  isSet(): boolean {
    return this.#set;
  }

  /** Sets the flag and wakes all who wait; they are woken even if it is cleared at once. */
  set(): void {
    this.#set = true;
    this.#queue.wakeAll();
  }

  /** Clears the flag: whoever waits from now on, waits for the next {@linkcode set}. */
  clear(): void {
    this.#set = false;
  }

  /** Waits until the flag is set. If it is, this does not give up the turn. */
  wait(): Operation<true> {
    return new Waiter(this.#queue, isSet);
  }

  /** Its kind, its name and its state, in a line. */
  override toString(): string {
    const state = `${this.#set ? "set" : "not set"}, ${this.#queue.waiting} waiting`;
    return `${labelled("Event", this.name)} ${state}`;
  }
}
