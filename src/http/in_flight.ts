/**
 * A request that is in flight: whatever ends the wait for it ends the request, too.
 *
 * The host's `fetch` gives a promise, and so do a body's methods. Each is waited for by a suspension;
 * what they have in common is the controller whose signal the request was given.
 *
 * @module
 */
import type { HostResource, Kernel } from "../kernel/kernel.ts";
import { Suspension } from "../kernel/suspend.ts";
import type { AbortSignalLike } from "../portable.ts";
import { follow, type Following } from "./follow_signal.ts";

/** A request and its response, until what was wanted of it is the program's. */
export class InFlight implements HostResource {
  readonly #kernel: Kernel;
  readonly #following: Following;
  #ended = false;

  /**
   * Begins it; it ends with its loop at the latest.
   *
   * @param theirs The program's own signal, if it has given one.
   */
  constructor(kernel: Kernel, theirs: AbortSignalLike | null) {
    this.#kernel = kernel;
    this.#following = follow(theirs);
    kernel.hold(this);
  }

  /** What the host's `fetch` is to be given. */
  get signal(): AbortSignalLike {
    return this.#following.signal;
  }

  /**
   * A wait for a part of it.
   *
   * @param start Begins that part.
   * @param discard Gets what comes although nobody waits any more.
   */
  wait<T>(start: () => PromiseLike<T>, discard: (late: T) => void): Suspension<T> {
    return new Suspension<T>((wake, fail) => {
      let arrived: { value: T } | null = null;
      start().then((value) => {
        if (this.#ended) return discard(value);
        arrived = { value };
        wake(value);
      }, fail);
      return (reason) => {
        this.#abort(reason);
        // It came, and the cancel was quicker than the task.
        if (arrived !== null) discard(arrived.value);
      };
    }, "a response");
  }

  /** It is over, and what has come of it is the program's. */
  end(): void {
    this.#ended = true;
    this.#kernel.letGo(this);
    this.#following.end();
  }

  #abort(reason?: unknown): void {
    this.end();
    this.#following.controller.abort(reason);
  }

  /** Aborts what is in flight. */
  _onLoopClosed(): void {
    this.#abort();
  }
}
