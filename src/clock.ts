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
   * @param expectsHost Whether a promise of the host's may give the loop work before that.
   */
  set(when: number, expectsHost: boolean): void;
  /** The loop has work again. */
  clear(): void;
  /** The loop is closed. */
  close(): void;
}

/** The longest delay that hosts take: longer ones fire at once. */
const LONGEST = 2 ** 31 - 1;

/**
 * Host timers count whole milliseconds and are late by one on average, so the last one of a wait is
 * spent on turns of the host instead.
 */
const TOO_SHORT = 1;

class HostAlarm implements Alarm {
  #listener: AlarmListener;
  /** When the native timer or the polling ends. */
  #armed = Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #polling = false;

  constructor(listener: AlarmListener) {
    this.#listener = listener;
  }

  set(when: number): void {
    // An alarm that rings too soon costs one look; setting it anew for each change costs a native
    // timer per timeout that isn't hit.
    if (when === this.#armed || (this.#armed < when && when !== Infinity)) return;
    this.close();
    if (when === Infinity) return;
    this.#armed = when;
    this.#arm();
  }

  clear(): void {}

  close(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#armed = Infinity;
  }

  #arm(): void {
    const left = this.#armed - performance.now();
    if (left < TOO_SHORT) {
      if (this.#polling) return;
      this.#polling = true;
      afterHostTurn(this.#poll);
    } else {
      this.#timer = setTimeout(this.#fire, Math.min(left, LONGEST));
    }
  }

  #poll = () => {
    this.#polling = false;
    if (this.#armed === Infinity || this.#timer !== undefined) return;
    this.#fire();
  };

  #fire = () => {
    this.#timer = undefined;
    if (performance.now() < this.#armed) return this.#arm();
    this.#armed = Infinity;
    this.#listener.ring();
  };
}

/** The host's clock: `performance.now()` and one native timer for each loop. */
export const hostClock: Clock = {
  now: () => performance.now(),
  createAlarm: (listener) => new HostAlarm(listener),
};
