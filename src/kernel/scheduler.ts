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
import { type Core, Double, NEVER, Word } from "./core/core.ts";
import { acquireCore, releaseCore } from "./core/pool.ts";
import { clockTick, deadlineTick } from "./duration.ts";
import { InvalidStateError } from "./errors.ts";
import type { EventLoop } from "./event_loop.ts";
import { afterHost, afterHostTurn } from "./host.ts";
import { running } from "./running.ts";

// Fields are not called #name: private names take twice the bytecode, of which V8 inlines only so much.
// Why these constants are here, core.ts says.

const { HEAD, TAIL, MASK, RING, TIMERS, FRESH } = Word;
const { BOUND } = Double;

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
  deadline: () => NEVER,
  reset() {},
};

/**
 * How many steps there may be between two readings of the clock. A reading takes as long as five
 * short steps; spread over 64 of them it is lost in the noise.
 */
const MOST_STEPS = 64;

/** How far apart, in milliseconds, the readings may be before their interval is shortened. */
const STALE = 0.5;

/** See the module's description. {@linkcode EventLoop} adds what programs use. */
export abstract class Scheduler implements AlarmListener {
  private _core: Core;
  private readonly _clock: Clock;
  private readonly _alarm: Alarm;
  private readonly _timeSlice: number;

  // Copies of what the core publishes.
  private _words!: Int32Array;
  private _doubles!: Float64Array;
  private _ring!: number;
  private _mask!: number;

  /** @internal Who holds which slot; of a free slot, the next free one, and -1 after the last. */
  readonly _table: (Runnable | number)[] = [-1];
  private _free = 0;
  /** Holds slots that were withdrawn while they were in the run queue. */
  private readonly _discard: Runnable = { _step: (slot) => this._release(slot) };

  /** @internal The clock's last reading. */
  _now: number;
  private _tick: number;
  private _sliceEnd = 0;
  private _turnEnd = 0;
  /** Steps between two clock readings, and how many of them are left. */
  private _interval = MOST_STEPS;
  private _fuel = MOST_STEPS;

  /** Whether a slice runs or is about to. */
  private _awake = false;
  private _running = false;
  private _closed = false;
  private _onStop: (() => void) | null = null;
  private _stopping = false;
  /** Whether a timer was set that a host's timer, counting milliseconds, would miss by far. */
  private _precise = false;
  /** When the host was asked for a sign of life that it hasn't given yet; 0 if it wasn't. */
  private _askedHost = 0;

  /** @internal How many promises of the host's are awaited. */
  _hostWaits = 0;
  /** @internal In debug mode: called after each step with the milliseconds it took. */
  _observe: ((runnable: Runnable, elapsed: number) => void) | null = null;

  /** @internal {@linkcode EventLoop} makes it. */
  constructor(clock: Clock, core: "wasm" | "js" | undefined, timeSlice: number) {
    this._core = acquireCore(core);
    this._clock = clock;
    this._alarm = clock.createAlarm(this);
    this._timeSlice = timeSlice;
    this._adoptViews();
    this._now = clock.now();
    this._tick = clockTick(this._now);
    this._turnEnd = this._words[HEAD];
  }

  /**
   * The loop's time in milliseconds, read afresh. It never goes back; where it starts means nothing.
   */
  time(): number {
    this._readClock();
    return this._now;
  }

  /** Whether the loop runs: between the start and the end of a `run`, waiting included. */
  isRunning(): boolean {
    return this._running;
  }

  /** Whether the loop is closed and will never run again. */
  isClosed(): boolean {
    return this._closed;
  }

  // Slots

  /** @internal Gives a slot to a runnable. */
  _register(runnable: Runnable): number {
    const slot = this._free;
    if (slot < 0) return this._addSlot(runnable);
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
    if (this._core.cancel(slot)) this._release(slot);
    else this._table[slot] = this._discard;
  }

  /** @internal Makes a slot where none is free. */
  private _addSlot(runnable: Runnable): number {
    if (this._closed) throw new InvalidStateError("The event loop is closed");
    if (this._table.length === this._core.capacity) {
      this._core.grow();
      this._adoptViews();
    }
    return this._table.push(runnable) - 1;
  }

  /** @internal Copies what the core publishes; its memory may have moved. */
  private _adoptViews(): void {
    this._words = this._core.words;
    this._doubles = this._core.doubles;
    this._ring = this._words[RING];
    this._mask = this._words[MASK];
  }

  // What tasks and handles ask for

  /** @internal Puts a slot at the end of the run queue. */
  _ready(slot: number): void {
    const words = this._words;
    const tail = words[TAIL];
    words[this._ring + (tail & this._mask)] = slot;
    words[TAIL] = tail + 1;
    if (!this._awake) this._rouse();
  }

  /**
   * @internal Makes the slot ready after so many ticks. The deadline counts from the next reading
   * of the clock: never early, and one reading serves all that start to sleep between two of them.
   */
  _readyAfter(slot: number, ticks: number): void {
    this._core.after(slot, ticks);
    if (ticks < 1000) this._precise = true;
    if (!this._awake) this._rouse();
  }

  /** @internal Makes the slot ready at a time. */
  _readyAt(slot: number, when: number): void {
    // Those that wait for a clock reading were set before this one, and stay before it.
    if (this._words[FRESH] !== 0) this._readClock();
    this._core.at(slot, deadlineTick(when));
    if (when - this._now < 1) this._precise = true;
    if (!this._awake) this._rouse();
  }

  /** @internal Takes the timer back; false when it has fired or there was none. */
  _unready(slot: number): boolean {
    return this._core.cancel(slot);
  }

  /** @internal When the slot's timer is due, in milliseconds. */
  _deadlineOf(slot: number): number {
    if (this._words[FRESH] !== 0) this._readClock();
    return this._core.deadline(slot) / 1000;
  }

  // Running

  /** @internal Runs the loop until {@linkcode _stop}; then calls back. */
  _start(onStop: () => void): void {
    if (this._closed) throw new InvalidStateError("The event loop is closed");
    if (this._running) throw new InvalidStateError("The event loop is already running");
    this._onStop = onStop;
    this._startForever();
  }

  /** @internal Runs the loop for as long as the host lives. */
  _startForever(): void {
    this._running = true;
    this._rouse();
  }

  /** @internal Ends the run when the turn is over. */
  _stop(): void {
    this._stopping = true;
  }

  /** @internal */
  _shutDown(): void {
    this._closed = true;
    this._running = false;
    this._alarm.close();
    this._table.length = 0;
    this._free = -1;
    releaseCore(this._core);
    // Another loop may get the core, and shall not hear of handles and futures that outlive this one.
    this._core = closedCore;
    this._adoptViews();
  }

  /** @internal The alarm has rung. */
  ring(): void {
    this._rouse();
  }

  /** @internal Nothing can ever wake this loop. */
  abstract stuck(): void;

  /** @internal Wakes the loop, if it sleeps. */
  private _rouse(): void {
    if (!this._running || this._awake) return;
    this._awake = true;
    this._alarm.clear();
    this._sliceSoon();
  }

  /**
   * Slices run in microtasks, whatever wakes the loop. Below a callback of a timer or of setImmediate,
   * Deno has V8 take the stack of everything that is thrown, caught or not: a cancelled task then took
   * 2,400 ns instead of 250.
   */
  private _sliceSoon = (): void => queueMicrotask(this._slice);

  private _slice = (): void => {
    running.loop = this as unknown as EventLoop;
    let idle = false;
    try {
      idle = !this._starves() && this._runTurns();
    } finally {
      running.loop = null;
      running.slot = -1;
      running.context = null;
      if (!idle) {
        this._askedHost = 0;
        afterHost(this._sliceSoon);
      }
    }
  };

  /**
   * Begins a slice; returns whether the host was kept waiting too long. Microtasks that wake one
   * another never let it in; neither do slices that they start.
   */
  private _starves(): boolean {
    this._sliceEnd = Infinity;
    if (this._words[TIMERS] === 0) {
      // The time matters only now and then, and to read it takes as long as all else that there is to
      // do for a promise.
      if (--this._fuel > 0) return false;
      this._refuel();
    } else this._readClock();
    const start = this._sliceTime();
    this._sliceEnd = start + this._timeSlice;
    return this._askedHost !== 0 && start - this._askedHost > this._timeSlice;
  }

  /**
   * Runs turn after turn; returns whether the loop is idle or stopped, not just out of time. This is
   * the hottest loop of all: what a step may change is read again, everything else is a local.
   */
  private _runTurns(): boolean {
    const table = this._table;
    let words = this._words;
    let head = words[HEAD];
    let end = this._turnEnd;
    for (;;) {
      if (head === end) {
        if (this._stopping) return this._halt();
        if (this._doubles[BOUND] <= this._tick) this._core.expire(this._tick);
        this._turnEnd = end = words[TAIL];
        if (head === end) {
          if (this._isIdle()) return true;
          end = this._turnEnd;
        }
      }
      if (this._observe !== null) {
        if (!this._drainObserved()) return false;
        head = end;
        words = this._words;
      }
      let fuel = this._fuel;
      while (head !== end) {
        const slot = words[this._ring + (head & this._mask)];
        head = (head + 1) | 0;
        words[HEAD] = head;
        (table[slot] as Runnable)._step(slot);
        words = this._words; // A step may have made it grow.
        if (--fuel === 0) {
          if (this._refuel()) return false;
          fuel = this._interval;
        }
      }
      this._fuel = fuel;
    }
  }

  /** @internal Runs a turn in debug mode; returns false when the slice is used up. */
  private _drainObserved(): boolean {
    while (this._words[HEAD] !== this._turnEnd) {
      const head = this._words[HEAD];
      const slot = this._words[this._ring + (head & this._mask)];
      const runnable = this._table[slot] as Runnable;
      this._words[HEAD] = head + 1;
      const start = performance.now();
      runnable._step(slot);
      this._observe?.(runnable, performance.now() - start);
      if (this._refuel()) return false;
    }
    return true;
  }

  /** Reads the clock and refills the fuel; returns whether the slice is used up. */
  private _refuel(): boolean {
    const before = this._now;
    this._readClock();
    const elapsed = this._now - before;
    // Long steps make a reading stale: the next one comes sooner, as soon as after one step.
    if (elapsed > STALE) this._interval = Math.max(1, (this._interval * STALE / 2 / elapsed) | 0);
    else if (elapsed < STALE / 4) this._interval = Math.min(MOST_STEPS, this._interval * 2);
    this._fuel = this._interval;
    const time = this._sliceTime();
    if (this._sliceEnd === Infinity) this._sliceEnd = time + this._timeSlice;
    return time >= this._sliceEnd;
  }

  /** @internal Reads the clock, and settles the timers that waited for that. */
  private _readClock(): void {
    this._now = this._clock.now();
    this._tick = clockTick(this._now);
    if (this._words[FRESH] !== 0) this._core.settle(deadlineTick(this._now));
  }

  /** Slices are measured in the host's time, whatever clock the timers follow. */
  private _sliceTime(): number {
    return this._clock === hostClock ? this._now : performance.now();
  }

  /** Whether there is nothing to do at this moment; if so, sets the alarm. */
  private _isIdle(): boolean {
    let next = Infinity;
    if (this._words[TIMERS] !== 0) {
      this._readClock();
      if (this._doubles[BOUND] <= this._tick) {
        this._core.expire(this._tick);
        this._turnEnd = this._words[TAIL];
        if (this._words[HEAD] !== this._turnEnd) return false;
      }
      if (this._words[TIMERS] !== 0) next = this._core.next() / 1000;
    }
    this._awake = false;
    const expectsHost = this._hostWaits > 0;
    if (expectsHost && this._askedHost === 0) this._askHost();
    if (next - this._now >= 1) this._precise = false;
    this._alarm.set(next, this._precise, expectsHost);
    this._idle();
    return true;
  }

  /** @internal Called each time when the loop has nothing to do. */
  abstract _idle(): void;

  /** @internal Asks the host for a sign of life. */
  private _askHost(): void {
    this._askedHost = performance.now();
    afterHostTurn(() => {
      this._askedHost = 0;
    });
  }

  /** @internal Ends the run. */
  private _halt(): boolean {
    const onStop = this._onStop!;
    this._stopping = false;
    this._onStop = null;
    this._running = false;
    this._awake = false;
    this._alarm.set(Infinity, false, false);
    onStop();
    return true;
  }
}
