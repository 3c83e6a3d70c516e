/**
 * Those who want to hear that a future is done.
 *
 * @module
 */
import { functionName } from "../check.ts";
import { currentVariables } from "../kernel/current.ts";
import type { Variables } from "../kernel/kernel.ts";
import type { Future } from "./future.ts";
import { Handle } from "./handle.ts";

/** What hears, at once and in the loop's own time, that a future is done. */
export interface Observer {
  _futureDone(future: Future<unknown>): void;
}

/** A function that the loop calls, soon after the future is done. */
export class DoneCallback<T> implements Observer {
  readonly fn: (future: Future<T>) => void;
  readonly #variables: Variables | null = currentVariables();

  constructor(fn: (future: Future<T>) => void) {
    this.fn = fn;
  }

  _futureDone(future: Future<unknown>): void {
    const kernel = future["_kernel"];
    try {
      if (!kernel.isClosed()) new Handle(kernel, this.fn, [future], this.#variables)["_schedule"]();
    } catch (exception) {
      // The future is done all the same.
      const message = `Cannot call the done callback ${functionName(this.fn)}`;
      kernel.report({ message, exception, future });
    }
  }
}

/** Many observers, in the order in which they came. */
export class ObserverSet {
  readonly #all: Set<Observer>;
  /** The callbacks among them by function, so that removing thousands takes no search for each. */
  #byFunction: Map<unknown, Set<Observer>> | null = null;

  constructor(observers: Observer[]) {
    this.#all = new Set(observers);
  }

  add(observer: Observer): void {
    this.#all.add(observer);
    if (this.#byFunction !== null) this.#index(observer, this.#byFunction);
  }

  delete(observer: Observer): boolean {
    if (observer instanceof DoneCallback) this.#byFunction?.get(observer.fn)?.delete(observer);
    return this.#all.delete(observer);
  }

  has(observer: Observer): boolean {
    return this.#all.has(observer);
  }

  /** Removes all callbacks of this function; returns how many there were. */
  deleteCallbacks(fn: unknown): number {
    if (this.#byFunction === null) {
      this.#byFunction = new Map();
      for (const observer of this.#all) this.#index(observer, this.#byFunction);
    }
    const found = this.#byFunction.get(fn);
    if (found === undefined) return 0;
    this.#byFunction.delete(fn);
    for (const observer of found) this.#all.delete(observer);
    return found.size;
  }

  #index(observer: Observer, byFunction: Map<unknown, Set<Observer>>): void {
    if (!(observer instanceof DoneCallback)) return;
    const same = byFunction.get(observer.fn);
    if (same === undefined) byFunction.set(observer.fn, new Set([observer]));
    else same.add(observer);
  }

  [Symbol.iterator](): Iterator<Observer> {
    return this.#all[Symbol.iterator]();
  }
}
