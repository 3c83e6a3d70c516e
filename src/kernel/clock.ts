/**
 * What a loop asks of a clock, and the host's clock.
 *
 * @module
 */
import { afterHostTurn, clampsTimers, TIMERS_LAG } from "./yield_to_host.ts";

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
  /**
   * Makes the alarm of one loop.
   *
   * @param listener The loop.
   */
  createAlarm(listener: AlarmListener): Alarm;
}

/** What an alarm tells its loop. */
export interface AlarmListener {
  /** The time has come, or may have: the loop looks for itself. */
  onAlarm(): void;
  /** No alarm of this clock will ever ring, and nothing else is awaited: the loop can never go on. */
  onDeadlock(): void;
}

/** A loop's one alarm. */
export interface Alarm {
  /**
   * The loop has nothing to do before `when`, which may be `Infinity`.
   *
   * @param when Milliseconds on the clock.
   * @param precise Whether a task sleeps for less than a millisecond, and not for longer than that.
   * @param expectsHost Whether a promise of the host's may give the loop work before that.
   */
  set(when: number, precise: boolean, expectsHost: boolean): void;
  /** The loop has work again. */
  clear(): void;
  /** The loop is closed. */
  close(): void;
}

/** The longest delay that hosts take: longer ones fire at once. */
export const MAX_DELAY: number = 2 ** 31 - 1;

/** A browser makes shorter delays as long as this where a timer's callback sets them. */
const CLAMPED = 4;

/** By how many milliseconds a wait may end late if that saves a timer, or a millisecond of polling. */
const TOLERANCE = 1 / 4;

/** How many timers it takes, or so, to learn how late they are. */
const MEMORY = 8;

/** One millisecond, and what rounding to ticks adds to it. */
const SHORT = 1.01;

class HostAlarm implements Alarm {
  #listener: AlarmListener;
  /** When the native timer or the polling ends. */
  #armed = Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the native timer should fire, and how much later they have fired of late. */
  #expected = 0;
  #lag = TIMERS_LAG;
  #polling = false;
  /** Whether a turn of the host is on its way. */
  #turning = false;

  constructor(listener: AlarmListener) {
    this.#listener = listener;
  }

  set(when: number, precise: boolean): void {
    // An alarm that rings too soon costs one look; setting it anew for each change costs a native
    // timer per timeout that isn't hit.
    if (!precise && (when === this.#armed || (this.#armed < when && when !== Infinity))) return;
    this.close();
    if (when === Infinity) return;
    this.#armed = when;
    const left = when - performance.now();
    this.#polling = precise || left <= 0 ||
      (TIMERS_LAG > 0 && left > 1 - TOLERANCE && left < SHORT);
    this.#wait(left, false);
  }

  clear(): void {}

  close(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#armed = Infinity;
  }

  /**
   * Native timers count whole milliseconds and are late, by more on a busy machine than on a quiet one:
   * what that makes of the wait is rounded down, and the rest is polled for, turn after turn of the host.
   * That is exact, and keeps a processor busy. So in a page, where a turn takes ten times as long, the
   * wait is rounded up, and polling is for waits below a millisecond that a task asked for. Deadlines
   * that follow one another closely are not polled for either, it would never end: there one timer
   * serves several.
   */
  #wait(left: number, inTurn: boolean): void {
    const inPage = clampsTimers();
    const whole = inPage ? Math.round(left + TOLERANCE) : Math.floor(left + TOLERANCE - this.#lag);
    const delay = Math.max(1, Math.min(whole, MAX_DELAY));
    if (this.#polling || (inPage && delay < CLAMPED && !inTurn)) return this.#turn();
    this.#expected = this.#armed - left + delay;
    this.#timer = setTimeout(this.#onTimer, delay);
  }

  #turn(): void {
    if (this.#turning) return;
    this.#turning = true;
    afterHostTurn(() => {
      this.#turning = false;
      if (this.#armed !== Infinity && this.#timer === undefined) this.#look(true);
    });
  }

  #onTimer = () => {
    this.#timer = undefined;
    // A page that was frozen, or a long step, says nothing about timers.
    const late = Math.max(0, Math.min(performance.now() - this.#expected, 2));
    this.#lag += (late - this.#lag) / MEMORY;
    this.#look(false);
  };

  #look(inTurn: boolean): void {
    const left = this.#armed - performance.now();
    if (left <= 0) {
      this.#armed = Infinity;
      this.#listener.onAlarm();
    } else {
      if (!inTurn && left < (clampsTimers() ? TOLERANCE : SHORT)) this.#polling = true;
      this.#wait(left, inTurn);
    }
  }
}

/** The host's clock: `performance.now()` and one native timer for each loop. */
export const hostClock: Clock = {
  now: () => performance.now(),
  createAlarm: (listener) => new HostAlarm(listener),
};
