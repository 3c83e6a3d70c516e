/**
 * What a loop asks of a clock, and the host's clock.
 *
 * @module
 */
import { afterHostTurn } from "./host.ts";

/**
 * What a loop tells the time by. `VirtualClock` in `testing.ts` is another one.
 *
 * @example
 * ```ts
 * const clock: Clock = new VirtualClock();
 * await run(main, { clock });
 * ```
 */
export interface Clock {
  /** Milliseconds since a moment that never changes; never goes back. */
  now(): number;
  /** Makes the alarm of one loop. */
  createAlarm(listener: AlarmListener): Alarm;
}

/** What an alarm tells its loop. */
export interface AlarmListener {
  /** The time has come, or may have: the loop looks for itself. */
  ring(): void;
  /** No alarm of this clock will ever ring, and nothing else is awaited: the loop is stuck. */
  stuck(): void;
}

/** A loop's one alarm. */
export interface Alarm {
  /**
   * The loop has nothing to do before `when`, which may be `Infinity`.
   *
   * @param when Milliseconds on the clock.
   * @param precise Whether somebody sleeps for less than a millisecond, and wants no more than that.
   * @param expectsHost Whether a promise of the host's may give the loop work before that.
   */
  set(when: number, precise: boolean, expectsHost: boolean): void;
  /** The loop has work again. */
  clear(): void;
  /** The loop is closed. */
  close(): void;
}

/** The longest delay that hosts take: longer ones fire at once. */
const LONGEST = 2 ** 31 - 1;

class HostAlarm implements Alarm {
  #listener: AlarmListener;
  /** When the native timer or the polling ends. */
  #armed = Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #polling = false;

  constructor(listener: AlarmListener) {
    this.#listener = listener;
  }

  set(when: number, precise: boolean): void {
    if (precise) return this.#setPrecise(when);
    // An alarm that rings too soon costs one look; setting it anew for each change costs a native
    // timer per timeout that isn't hit.
    if (when === this.#armed || (this.#armed < when && when !== Infinity)) return;
    this.close();
    if (when === Infinity) return;
    this.#armed = when;
    const left = Math.ceil(when - performance.now());
    if (left <= 0) this.#poll();
    else this.#timer = setTimeout(this.#fire, Math.min(left, LONGEST));
  }

  /**
   * Host timers count whole milliseconds and are one or two late. Where that matters the wait is spent
   * on turns of the host, which keep a processor busy: on longer waits that would be a waste.
   */
  #setPrecise(when: number): void {
    this.close();
    this.#armed = when;
    this.#poll();
  }

  clear(): void {}

  close(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#armed = Infinity;
  }

  #poll(): void {
    if (this.#polling) return;
    this.#polling = true;
    afterHostTurn(() => {
      this.#polling = false;
      if (this.#armed !== Infinity && this.#timer === undefined) this.#fire();
    });
  }

  #fire = () => {
    this.#timer = undefined;
    const left = this.#armed - performance.now();
    if (left > 1) {
      const when = this.#armed;
      this.#armed = Infinity;
      this.set(when, false);
    } else if (left > 0) {
      this.#poll(); // Some hosts round down.
    } else {
      this.#armed = Infinity;
      this.#listener.ring();
    }
  };
}

/** The host's clock: `performance.now()` and one native timer for each loop. */
export const hostClock: Clock = {
  now: () => performance.now(),
  createAlarm: (listener) => new HostAlarm(listener),
};
