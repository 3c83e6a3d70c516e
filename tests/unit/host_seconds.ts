/**
 * Seconds of the host's that pass when a test says so: for what is reported when one has passed.
 *
 * @module
 */

/** Timers shorter than this are the host's own, as they are. */
const LONG = 20;

interface LongTimer {
  due: number;
  callback: () => void;
}

/** Stands in for the host's clock and its long timers, from when it is made until it is disposed of. */
export class HostSeconds implements Disposable {
  readonly #timers = new Map<unknown, LongTimer>();
  #passed = 0;
  #made = 0;
  readonly #set = globalThis.setTimeout;
  readonly #clear = globalThis.clearTimeout;
  readonly #now = performance.now;

  constructor() {
    globalThis.setTimeout =
      ((callback: (...args: unknown[]) => void, delay = 0, ...args: unknown[]) => {
        if (delay < LONG) return this.#set(() => callback(...args), delay);
        // No timer of the host's has such a number.
        const id = -++this.#made;
        this.#timers.set(id, { due: performance.now() + delay, callback });
        return id;
      }) as typeof setTimeout;
    globalThis.clearTimeout = (id) => {
      if (!this.#timers.delete(id)) this.#clear.call(globalThis, id);
    };
    performance.now = () => this.#now.call(performance) + this.#passed;
  }

  /** Lets so many milliseconds pass, and all long timers fire that are due by then. */
  pass(milliseconds: number): void {
    this.#passed += milliseconds;
    for (const [id, { due, callback }] of [...this.#timers]) {
      if (due <= performance.now() && this.#timers.delete(id)) callback();
    }
  }

  /** How many long timers are set. */
  get timers(): number {
    return this.#timers.size;
  }

  [Symbol.dispose](): void {
    globalThis.setTimeout = this.#set;
    globalThis.clearTimeout = this.#clear;
    performance.now = this.#now;
  }
}
