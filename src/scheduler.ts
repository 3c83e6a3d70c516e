/**
 * The scheduler: slots, turns and time slices. This is the loop inside the event loop.
 *
 * Whatever can run holds a slot, a small integer. The core keeps slots in order, ready ones in a
 * ring and waiting ones in a timer heap; a table here maps them back to objects. One *turn* runs
 * what was ready when it began. Turns follow one another until nothing is ready or the *time slice*
 * is used up, and then the host has its turn.
 *
 * @module
 */
import type { Alarm, AlarmListener, Clock } from "./clock.ts";
import { hostClock } from "./clock.ts";
import { BOUND, type Core, FRESH, HEAD, MASK, NEVER, RING, TAIL, TIMERS } from "./core/core.ts";
import { acquireCore, releaseCore } from "./core/pool.ts";
import { clockTick, deadlineTick } from "./duration.ts";
import { InvalidStateError } from "./errors.ts";
import type { EventLoop } from "./event_loop.ts";
import { afterHost, afterHostTurn } from "./host.ts";
import { running } from "./running.ts";

/** Whatever can hold a slot. */
export interface Runnable {
  /** @internal Runs when the slot comes up; must not throw. */
  _step(slot: number): void;
}

/** What a closed loop has for a core: it takes everything and does nothing. */
const closedCore: Core = {
  words: new Int32Array(16),
  doubles: new Float64Array(8),
  capacity: 0,
  grow() {},
  at() {},
  after() {},
  settle() {},
  cancel: () => false,
  expire() {},
  next: () => NEVER,
  reset() {},
};

/**
 * How many steps there may be between two readings of the clock. A reading takes as long as four
 * short steps; spread over 64 of them it is lost in the noise.
 */
const MOST_STEPS = 64;

/** How far apart, in milliseconds, the readings may be before their interval is shortened. */
const STALE = 0.5;

/** See the module's description. {@linkcode EventLoop} adds what programs use. */
export abstract class Scheduler implements AlarmListener {
  #core: Core;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  readonly #timeSlice: number;

  // Copies of what the core publishes.
  #words!: Int32Array;
  #doubles!: Float64Array;
  #ring!: number;
  #mask!: number;

  /** @internal Who holds which slot; of a free slot, the next free one, and -1 after the last. */
  readonly _table: (Runnable | number)[] = [-1];
  private _free = 0;
  /** Holds slots that were withdrawn while they were in the run queue. */
  readonly #discard: Runnable = { _step: (slot) => this._release(slot) };

  #now: number;
  #tick: number;
  #sliceEnd = 0;
  #turnEnd = 0;
  /** Steps between two clock readings, and how many of them are left. */
  #interval = MOST_STEPS;
  #fuel = MOST_STEPS;

  /** Whether a slice runs or is about to. */
  #awake = false;
  #running = false;
  #closed = false;
  #onStop: (() => void) | null = null;
  #stopping = false;
  /** Whether a timer was set that a host's timer, counting milliseconds, would miss by far. */
  #precise = false;
  /** When the host was asked for a sign of life that it hasn't given yet; 0 if it wasn't. */
  #askedHost = 0;

  /** @internal How many promises of the host's are awaited. */
  _hostWaits = 0;
  /** @internal In debug mode: called after each step with the milliseconds it took. */
  _observe: ((runnable: Runnable, elapsed: number) => void) | null = null;

  /** @internal {@linkcode EventLoop} makes it. */
  constructor(clock: Clock, core: "wasm" | "js" | undefined, timeSlice: number) {
    this.#core = acquireCore(core);
    this.#clock = clock;
    this.#alarm = clock.createAlarm(this);
    this.#timeSlice = timeSlice;
    this.#adoptViews();
    this.#now = clock.now();
    this.#tick = clockTick(this.#now);
    this.#turnEnd = this.#words[HEAD];
  }

  /**
   * The loop's time in milliseconds, read afresh. It never goes back; where it starts means nothing.
   */
  time(): number {
    this.#readClock();
    return this.#now;
  }

  /** Whether the loop runs: between the start and the end of a `run`, waiting included. */
  isRunning(): boolean {
    return this.#running;
  }

  /** Whether the loop is closed and will never run again. */
  isClosed(): boolean {
    return this.#closed;
  }

  // Slots

  /** @internal Gives a slot to a runnable. */
  _register(runnable: Runnable): number {
    const slot = this._free < 0 ? this._addSlot() : this._free;
    this._free = this._table[slot] as number;
    this._table[slot] = runnable;
    return slot;
  }

  /** @internal Takes the slot back. It must be neither ready nor have a timer. */
  _release(slot: number): void {
    this._table[slot] = this._free;
    this._free = slot;
  }

  /** @internal Takes back a slot that is ready or has a timer, before it comes up. */
  _withdraw(slot: number): void {
    if (this.#core.cancel(slot)) this._release(slot);
    else this._table[slot] = this.#discard;
  }

  /** Makes a slot, the only free one. */
  private _addSlot(): number {
    if (this.#closed) throw new InvalidStateError("The event loop is closed");
    if (this._table.length === this.#core.capacity) {
      this.#core.grow();
      this.#adoptViews();
    }
    return this._table.push(-1) - 1;
  }

  #adoptViews(): void {
    this.#words = this.#core.words;
    this.#doubles = this.#core.doubles;
    this.#ring = this.#words[RING];
    this.#mask = this.#words[MASK];
  }

  // What tasks and handles ask for

  /** @internal Puts a slot at the end of the run queue. */
  _ready(slot: number): void {
    const words = this.#words;
    const tail = words[TAIL];
    words[this.#ring + (tail & this.#mask)] = slot;
    words[TAIL] = tail + 1;
    if (!this.#awake) this.#rouse();
  }

  /**
   * @internal Makes the slot ready after so many ticks. The deadline counts from the next reading
   * of the clock: never early, and one reading serves all that start to sleep between two of them.
   */
  _readyAfter(slot: number, ticks: number): void {
    this.#core.after(slot, ticks);
    if (ticks < 1000) this.#precise = true;
    if (!this.#awake) this.#rouse();
  }

  /** @internal Makes the slot ready at a time. */
  _readyAt(slot: number, when: number): void {
    // Those that wait for a clock reading were set before this one, and stay before it.
    if (this.#words[FRESH] !== 0) this.#readClock();
    this.#core.at(slot, deadlineTick(when));
    if (when - this.#now < 1) this.#precise = true;
    if (!this.#awake) this.#rouse();
  }

  /** @internal Takes the timer back; false when it has fired or there was none. */
  _unready(slot: number): boolean {
    return this.#core.cancel(slot);
  }

  // Running

  /** @internal Runs the loop until {@linkcode _stop}; then calls back. */
  _start(onStop: () => void): void {
    if (this.#closed) throw new InvalidStateError("The event loop is closed");
    if (this.#running) throw new InvalidStateError("The event loop is already running");
    this.#onStop = onStop;
    this._startForever();
  }

  /** @internal Runs the loop for as long as the host lives. */
  _startForever(): void {
    this.#running = true;
    this.#rouse();
  }

  /** @internal Ends the run when the turn is over. */
  _stop(): void {
    this.#stopping = true;
  }

  /** @internal */
  _shutDown(): void {
    this.#closed = true;
    this.#running = false;
    this.#alarm.close();
    this._table.length = 0;
    this._free = -1;
    releaseCore(this.#core);
    // Another loop may get the core, and shall not hear of handles and futures that outlive this one.
    this.#core = closedCore;
    this.#adoptViews();
  }

  /** @internal The alarm has rung. */
  ring(): void {
    this.#rouse();
  }

  /** @internal Nothing can ever wake this loop. */
  abstract stuck(): void;

  #rouse(): void {
    if (!this.#running || this.#awake) return;
    this.#awake = true;
    this.#alarm.clear();
    this.#sliceSoon();
  }

  /**
   * Slices run in microtasks, whatever wakes the loop. Below a callback of a timer or of setImmediate,
   * Deno has V8 take the stack of everything that is thrown, caught or not: a cancelled task then took
   * 2,400 ns instead of 250.
   */
  #sliceSoon = (): void => queueMicrotask(this.#slice);

  #slice = (): void => {
    running.loop = this as unknown as EventLoop;
    this.#readClock();
    const start = this.#sliceTime();
    // Microtasks that wake one another never let the host in; neither do slices that they start.
    const starving = this.#askedHost !== 0 && start - this.#askedHost > this.#timeSlice;
    this.#sliceEnd = start + this.#timeSlice;
    let idle = false;
    try {
      idle = !starving && this.#runTurns();
    } finally {
      running.loop = null;
      running.slot = -1;
      running.context = null;
      if (!idle) {
        this.#askedHost = 0;
        afterHost(this.#sliceSoon);
      }
    }
  };

  /**
   * Runs turn after turn; returns whether the loop is idle or stopped, not just out of time. This is
   * the hottest loop of all: what a step may change is read again, everything else is a local.
   */
  #runTurns(): boolean {
    const table = this._table;
    let words = this.#words;
    let head = words[HEAD];
    let end = this.#turnEnd;
    for (;;) {
      if (head === end) {
        if (this.#stopping) return this.#halt();
        if (this.#doubles[BOUND] <= this.#tick) this.#core.expire(this.#tick);
        this.#turnEnd = end = words[TAIL];
        if (head === end) {
          if (this.#isIdle()) return true;
          end = this.#turnEnd;
        }
      }
      if (this._observe !== null) {
        if (!this.#drainObserved()) return false;
        head = end;
        words = this.#words;
      }
      let fuel = this.#fuel;
      while (head !== end) {
        const slot = words[this.#ring + (head & this.#mask)];
        head = (head + 1) | 0;
        words[HEAD] = head;
        (table[slot] as Runnable)._step(slot);
        words = this.#words; // A step may have made it grow.
        if (--fuel === 0) {
          if (this.#refuel()) return false;
          fuel = this.#interval;
        }
      }
      this.#fuel = fuel;
    }
  }

  #drainObserved(): boolean {
    while (this.#words[HEAD] !== this.#turnEnd) {
      const head = this.#words[HEAD];
      const slot = this.#words[this.#ring + (head & this.#mask)];
      const runnable = this._table[slot] as Runnable;
      this.#words[HEAD] = head + 1;
      const start = performance.now();
      runnable._step(slot);
      this._observe?.(runnable, performance.now() - start);
      if (this.#refuel()) return false;
    }
    return true;
  }

  /** Reads the clock and refills the fuel; returns whether the slice is used up. */
  #refuel(): boolean {
    const before = this.#now;
    this.#readClock();
    const elapsed = this.#now - before;
    // Long steps make a reading stale: the next one comes sooner, as soon as after one step.
    if (elapsed > STALE) this.#interval = Math.max(1, (this.#interval * STALE / 2 / elapsed) | 0);
    else if (elapsed < STALE / 4) this.#interval = Math.min(MOST_STEPS, this.#interval * 2);
    this.#fuel = this.#interval;
    return this.#sliceTime() >= this.#sliceEnd;
  }

  #readClock(): void {
    this.#now = this.#clock.now();
    this.#tick = clockTick(this.#now);
    if (this.#words[FRESH] !== 0) this.#core.settle(deadlineTick(this.#now));
  }

  /** Slices are measured in the host's time, whatever clock the timers follow. */
  #sliceTime(): number {
    return this.#clock === hostClock ? this.#now : performance.now();
  }

  /** Whether there is nothing to do at this moment; if so, sets the alarm. */
  #isIdle(): boolean {
    this.#readClock();
    if (this.#doubles[BOUND] <= this.#tick) {
      this.#core.expire(this.#tick);
      this.#turnEnd = this.#words[TAIL];
      if (this.#words[HEAD] !== this.#turnEnd) return false;
    }
    this.#awake = false;
    const expectsHost = this._hostWaits > 0;
    if (expectsHost && this.#askedHost === 0) this.#askHost();
    const next = this.#words[TIMERS] === 0 ? Infinity : this.#core.next() / 1000;
    if (next - this.#now >= 1) this.#precise = false;
    this.#alarm.set(next, this.#precise, expectsHost);
    this._idle();
    return true;
  }

  /** @internal Called each time when the loop has nothing to do. */
  abstract _idle(): void;

  #askHost(): void {
    this.#askedHost = this.#sliceTime();
    afterHostTurn(() => {
      this.#askedHost = 0;
    });
  }

  #halt(): boolean {
    const onStop = this.#onStop!;
    this.#stopping = false;
    this.#onStop = null;
    this.#running = false;
    this.#awake = false;
    this.#alarm.set(Infinity, false, false);
    onStop();
    return true;
  }
}
