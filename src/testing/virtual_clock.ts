/**
 * Time for tests: it passes when told to, or when nobody has anything better to do.
 *
 * @module
 */
import type { Alarm, AlarmListener, Clock } from "../kernel/clock.ts";
import { NEVER } from "../core/core.ts";
import { describe } from "../check.ts";
import { type Duration, milliseconds } from "../duration.ts";
import { deadlineTick, delayTicks } from "../kernel/ticks.ts";
import { afterHostTurn } from "../kernel/yield_to_host.ts";

/** Settings of {@linkcode VirtualClock}. */
export interface VirtualClockOptions {
  /** Whether time jumps to the next deadline when nothing is ready; it does unless this is false. */
  autojump?: boolean;
}

/**
 * A clock whose hours pass in microseconds. Give it to `run`; as soon as all tasks wait, it jumps
 * to the next deadline. With `autojump: false` it stands still until {@linkcode advance}.
 *
 * Several loops may share one clock: it jumps when all of them have nothing to do. Where a task waits
 * for a promise of the host's, the host gets a turn before each jump.
 *
 * @example
 * ```ts
 * const clock = new VirtualClock();
 * await run(() => sleep("24h"), { clock }); // returns at once
 * console.log(clock.now()); // 86400000
 * ```
 */
export class VirtualClock implements Clock {
  readonly #autojump: boolean;
  readonly #alarms = new Set<VirtualAlarm>();
  /** In whole microseconds, so that no sum of sleeps is ever off by a rounding error. */
  #ticks = 0;
  #jumping = false;
  /** Advances follow one another. */
  #advanced = Promise.resolve();
  /** Those who wait until time has nothing left to do for the moment. */
  #onQuiet: (() => void) | null = null;

  /**
   * Makes a clock that shows zero.
   *
   * @param options See {@linkcode VirtualClockOptions}.
   */
  constructor(options: VirtualClockOptions = {}) {
    this.#autojump = options.autojump ?? true;
  }

  /** Virtual milliseconds since the clock was made. */
  now(): number {
    return this.#ticks / 1000;
  }

  /**
   * Moves time on, from one deadline to the next, and lets the loops do at each what is due.
   *
   * @param duration How far.
   * @returns Settles when the time is reached and the loops have nothing left to do at it.
   * @throws {RangeError} When `duration` is negative.
   *
   * @example
   * ```ts
   * const clock = new VirtualClock({ autojump: false });
   * const done = run(() => sleep("1h"), { clock });
   * await clock.advance("59m"); // not yet
   * await clock.advance("1m");
   * await done;
   * ```
   */
  async advance(duration: Duration): Promise<void> {
    const delay = milliseconds(duration, "duration");
    if (!(delay >= 0 && delay < Infinity)) {
      throw new RangeError(`duration must be positive and finite, got ${describe(duration)}`);
    }
    await (this.#advanced = this.#advanced.then(() => this.#advance(delayTicks(delay))));
  }

  async #advance(ticks: number): Promise<void> {
    const end = this.#ticks + ticks;
    for (;;) {
      await this.#quiet();
      const next = this.#next();
      if (next > end) break;
      this.#fire(next);
    }
    this.#ticks = Math.max(this.#ticks, end);
  }

  /**
   * Makes the alarm of one loop.
   *
   * @param listener The loop.
   */
  createAlarm(listener: AlarmListener): Alarm {
    const alarm = new VirtualAlarm(this, listener);
    this.#alarms.add(alarm);
    return alarm;
  }

  /** A loop waits, or is closed. */
  private _changed(): void {
    if (!this.#isQuiet()) return;
    if (this.#onQuiet !== null) {
      this.#onQuiet();
      this.#onQuiet = null;
    } else if (this.#autojump) this.#jumpSoon();
  }

  /** A loop is closed. */
  private _closed(alarm: VirtualAlarm): void {
    this.#alarms.delete(alarm);
    this._changed();
  }

  #isQuiet(): boolean {
    for (const alarm of this.#alarms) if (alarm.busy) return false;
    return true;
  }

  /** Settles when every loop waits, and the host's promises have had a turn to wake one. */
  async #quiet(): Promise<void> {
    do {
      await new Promise<void>((resolve) => afterHostTurn(resolve));
      if (!this.#isQuiet()) await new Promise<void>((resolve) => this.#onQuiet = resolve);
    } while (!this.#isQuiet());
  }

  #next(): number {
    let next = NEVER;
    for (const alarm of this.#alarms) next = Math.min(next, alarm.tick);
    return next;
  }

  #jumpSoon(): void {
    if (this.#jumping || this.#alarms.size === 0) return;
    this.#jumping = true;
    let expectsHost = false;
    for (const alarm of this.#alarms) if (alarm.expectsHost) expectsHost = true;
    const isDeadlock = this.#next() === NEVER;
    // Before it says that nothing will ever happen, it makes sure that the host has nothing either.
    if (expectsHost || isDeadlock) afterHostTurn(isDeadlock ? this.#declareDeadlock : this.#jump);
    else queueMicrotask(this.#jump);
  }

  #jump = (): void => {
    this.#jumping = false;
    if (!this.#isQuiet()) return;
    const next = this.#next();
    if (next < NEVER) this.#fire(next);
    else this.#jumpSoon();
  };

  #declareDeadlock = (): void => {
    this.#jumping = false;
    if (!this.#isQuiet()) return;
    if (this.#next() < NEVER) return this.#jumpSoon();
    for (const alarm of this.#alarms) if (alarm.expectsHost) return;
    for (const alarm of this.#alarms) alarm.listener.onDeadlock();
  };

  /** Moves time to a tick, and tells the loops whose alarms are due by then. */
  #fire(tick: number): void {
    this.#ticks = Math.max(this.#ticks, tick);
    for (const alarm of [...this.#alarms]) {
      if (alarm.tick > this.#ticks) continue;
      alarm.tick = NEVER;
      alarm.busy = true;
      alarm.listener.onAlarm();
    }
  }
}

class VirtualAlarm implements Alarm {
  readonly #clock: VirtualClock;
  readonly listener: AlarmListener;
  tick = NEVER;
  /** A loop that has not begun to run keeps no other one waiting. */
  busy = false;
  expectsHost = false;

  constructor(clock: VirtualClock, listener: AlarmListener) {
    this.#clock = clock;
    this.listener = listener;
  }

  set(when: number, _precise: boolean, expectsHost: boolean): void {
    this.tick = deadlineTick(when);
    this.expectsHost = expectsHost;
    this.busy = false;
    this.#clock["_changed"]();
  }

  clear(): void {
    this.busy = true;
  }

  close(): void {
    this.#clock["_closed"](this);
  }
}
