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
import { type Core, type Double, NEVER, type Word } from "../core/core.ts";
import { acquireCore, releaseCore } from "../core/pool.ts";
import { InvalidStateError } from "../errors.ts";
import { type Alarm, type AlarmListener, type Clock, hostClock } from "./clock.ts";
import { enterLoop, leaveLoop } from "./current.ts";
import type { DebugHooks, HostResource, Kernel, OperationHooks, Runnable } from "./kernel.ts";
import { SlotTable } from "./slot_table.ts";
import { announceCopy } from "./suspend.ts";
import { clockTick, deadlineTick } from "./ticks.ts";
import { afterHost, afterHostTurn } from "./yield_to_host.ts";

// Fields are not called #name: private names take twice the bytecode, of which V8 inlines only so much.

// Why these constants are here, core.ts says.
const HEAD: typeof Word.HEAD = 0;
const TAIL: typeof Word.TAIL = 1;
const MASK: typeof Word.MASK = 2;
const RING: typeof Word.RING = 3;
const TIMERS: typeof Word.TIMERS = 4;
const UNANCHORED: typeof Word.UNANCHORED = 5;
const NEXT_LOWER_BOUND: typeof Double.NEXT_LOWER_BOUND = 3;

/** What a closed loop has for a core: it takes everything and does nothing. */
const closedCore: Core = {
  words: new Int32Array(16),
  doubles: new Float64Array(8),
  capacity: 0,
  grow() {},
  at() {},
  after() {},
  anchor() {},
  cancel: () => false,
  expire() {},
  next: () => NEVER,
  deadline: () => NEVER,
  reset() {},
};

/**
 * How many steps there may be between two readings of the clock, and so by how many a slice overruns
 * at most where steps suddenly get long. A reading takes as long as five short steps: spread over 64 of
 * them it was 5 to 7 % of a switch, over 256 it would be one less than over 128.
 */
const MAX_BUDGET = 128;

/** How old, in milliseconds, a reading may get before the next one comes sooner. */
const MAX_CLOCK_AGE = 0.5;

/** What a scheduler leaves to the event loop that it is a part of. */
export type LoopServices =
  & Pick<Kernel, "loop" | "report" | "spawn" | "onFailed" | "onRetrieved">
  & Pick<AlarmListener, "onDeadlock">;

/** See the module's description. `EventLoop` has one, and adds what programs use. */
export class Scheduler implements Kernel, AlarmListener {
  readonly loop: Kernel["loop"];
  readonly report: Kernel["report"];
  readonly spawn: Kernel["spawn"];
  readonly onFailed: Kernel["onFailed"];
  readonly onRetrieved: Kernel["onRetrieved"];
  readonly onDeadlock: AlarmListener["onDeadlock"];
  readonly holders: readonly (Runnable | number)[];
  hostWaits = 0;
  debug: DebugHooks | null = null;
  operations: OperationHooks | null = null;
  /** The clock's last reading. */
  now: number;
  /** Called each time when the loop has nothing to do. */
  _onIdle: (() => void) | null = null;
  /** What the host was still at when the loop was closed. */
  readonly closings: PromiseLike<unknown>[] = [];

  private _core: Core;
  private readonly _clock: Clock;
  private readonly _alarm: Alarm;
  private readonly _timeSlice: number;
  private readonly _slots = new SlotTable();
  private readonly _resources = new Set<HostResource>();
  /** Holds slots that were withdrawn while they were in the run queue. */
  private readonly _discard: Runnable = { _run: (slot) => this.release(slot) };

  // Copies of what the core publishes.
  private _words!: Int32Array;
  private _doubles!: Float64Array;
  private _ring!: number;
  private _mask!: number;

  private _tick: number;
  private _sliceEnd = 0;
  private _turnEnd = 0;
  /** Steps between two clock readings, and how many of them are left. */
  private _budgetPerReading = MAX_BUDGET;
  private _budget = MAX_BUDGET;
  /** How many were left when the slice began, if it began with a reading. */
  private _budgetAtStart = -1;

  /** Whether a slice runs or is about to. */
  private _awake = false;
  private _running = false;
  private _closed = false;
  private _onStop: (() => void) | null = null;
  private _stopping = false;
  /**
   * Until when deadlines come that a host's timer, counting milliseconds, would miss by far; `Infinity`
   * until the clock is read.
   */
  private _preciseUntil = -Infinity;
  /** When the host was asked for a sign of life that it hasn't given yet; 0 if it wasn't. */
  private _hostPingedAt = 0;

  constructor(
    services: LoopServices,
    clock: Clock,
    core: "wasm" | "js" | undefined,
    timeSlice: number,
  ) {
    announceCopy();
    this.loop = services.loop;
    this.report = services.report;
    this.spawn = services.spawn;
    this.onFailed = services.onFailed;
    this.onRetrieved = services.onRetrieved;
    this.onDeadlock = services.onDeadlock;
    this.holders = this._slots.holders;
    this._core = acquireCore(core);
    this._clock = clock;
    this._alarm = clock.createAlarm(this);
    this._timeSlice = timeSlice;
    this._adoptViews();
    this.now = clock.now();
    this._tick = clockTick(this.now);
    this._turnEnd = this._words[HEAD];
  }

  time(): number {
    this._readClock();
    return this.now;
  }

  /** Whether the loop runs: between the start and the end of a `run`, waiting included. */
  isRunning(): boolean {
    return this._running;
  }

  isClosed(): boolean {
    return this._closed;
  }

  /** How many there have been, in 30 bits, which V8 keeps without an object. */
  get step(): number {
    return this._words[HEAD] & 0x3fffffff;
  }

  /**
   * Refuses to begin anything on a loop that is closed.
   *
   * @throws {InvalidStateError} When it is.
   */
  checkOpen(): void {
    if (this._closed) throw new InvalidStateError("The event loop is closed");
  }

  /** Whether its time is the host's. */
  isOnHostClock(): boolean {
    return this._clock === hostClock;
  }

  // Slots

  register(runnable: Runnable): number {
    const slot = this._slots.take(runnable);
    if (slot >= 0) return slot;
    this._addSlot();
    return this._slots.take(runnable);
  }

  reserve(count: number): void {
    for (let left = count - this._slots.countFree(count); left > 0; left--) this._addSlot();
  }

  release(slot: number): void {
    this._slots.release(slot);
  }

  withdraw(slot: number): void {
    if (this._closed) return;
    if (this._core.cancel(slot)) this.release(slot);
    else this._slots.replace(slot, this._discard);
  }

  /** All who hold a slot. */
  list(): Runnable[] {
    return this._slots.list();
  }

  /** Makes a slot where none is free. */
  private _addSlot(): void {
    this.checkOpen();
    if (this._slots.fetch()) return;
    if (this.holders.length === this._core.capacity) {
      this._core.grow();
      this._adoptViews();
    }
    this._slots.add();
  }

  /** Copies what the core publishes; its memory may have moved. */
  private _adoptViews(): void {
    this._words = this._core.words;
    this._doubles = this._core.doubles;
    this._ring = this._words[RING];
    this._mask = this._words[MASK];
  }

  // What runnables ask for

  schedule(slot: number): void {
    const words = this._words;
    const tail = words[TAIL];
    words[this._ring + (tail & this._mask)] = slot;
    words[TAIL] = tail + 1;
    if (!this._awake) this._wake();
  }

  scheduleAfter(slot: number, ticks: number): void {
    this._core.after(slot, ticks);
    if (ticks < 1000) this._preciseUntil = Infinity;
    if (!this._awake) this._wake();
  }

  scheduleAt(slot: number, when: number): void {
    // Those that wait for a clock reading were set before this one, and stay before it.
    if (this._words[UNANCHORED] !== 0) this._readClock();
    this._core.at(slot, deadlineTick(when));
    if (when - this.now < 1) this._preciseUntil = Infinity;
    if (!this._awake) this._wake();
  }

  cancelTimer(slot: number): boolean {
    return this._core.cancel(slot);
  }

  deadlineOf(slot: number): number {
    if (this._words[UNANCHORED] !== 0) this._readClock();
    return this._core.deadline(slot) / 1000;
  }

  hold(resource: HostResource): void {
    this.checkOpen();
    if (this._resources.has(resource)) return;
    this._resources.add(resource);
    this.hostWaits++;
  }

  letGo(resource: HostResource): void {
    if (this._resources.delete(resource)) this.hostWaits--;
  }

  /** Whether it holds anything of the host's. */
  get holdsAny(): boolean {
    return this._resources.size > 0;
  }

  // Running

  /** Runs the loop until {@linkcode stop}; then calls back. */
  start(onStop: () => void): void {
    this.checkOpen();
    if (this._running) throw new InvalidStateError("The event loop is already running");
    this._onStop = onStop;
    this.startForever();
  }

  /** Runs the loop for as long as the host lives. */
  startForever(): void {
    this._running = true;
    this._wake();
  }

  /** Ends the run when the turn is over. */
  stop(): void {
    this._stopping = true;
  }

  /** Ends the loop: nothing that it holds will run. */
  close(): void {
    this._closed = true;
    this._running = false;
    this._alarm.close();
    const holders = this._slots.clear();
    releaseCore(this._core);
    // Another loop may get the core, and shall not hear of handles and futures that outlive this one.
    this._core = closedCore;
    this._adoptViews();
    for (const holder of holders) {
      this._atClose("A wait can't be called off", () => holder._onClose?.());
    }
    for (const resource of this._resources) {
      this.letGo(resource);
      this._atClose("What a program left open can't be closed", () => {
        const closed = resource._onLoopClosed();
        if (closed !== undefined) this.closings.push(closed);
      });
    }
  }

  /** Does what is to be done at the loop's end, of which no part shall keep the others from theirs. */
  private _atClose(failure: string, fn: () => void): void {
    try {
      fn();
    } catch (exception) {
      this.report({ message: `${failure}, now that its loop is closed`, exception });
    }
  }

  /** The alarm has rung. */
  onAlarm(): void {
    this._wake();
  }

  /** Wakes the loop, if it sleeps. */
  private _wake(): void {
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
    enterLoop(this);
    let idle = false;
    try {
      idle = !this._isStarvingHost() && this._runTurns();
    } finally {
      leaveLoop();
      if (!idle) {
        this._hostPingedAt = 0;
        afterHost(this._sliceSoon);
      }
    }
  };

  /**
   * Begins a slice; returns whether the host was kept waiting too long. Microtasks that wake one
   * another never let it in; neither do slices that they start.
   */
  private _isStarvingHost(): boolean {
    this._sliceEnd = Infinity;
    if (this._words[TIMERS] === 0) {
      // The time matters only now and then, and to read it takes as long as all else that there is to
      // do for a promise.
      this._budgetAtStart = -1;
      if (--this._budget > 0) return false;
      this._checkClock();
    } else this._readClock();
    this._budgetAtStart = this._budget;
    const start = this._sliceTime();
    this._sliceEnd = start + this._timeSlice;
    return this._hostPingedAt !== 0 && start - this._hostPingedAt > this._timeSlice;
  }

  /**
   * Runs turn after turn; returns whether the loop is idle or stopped, not just out of time. This is
   * the hottest loop of all: what a step may change is read again, everything else is a local.
   */
  private _runTurns(): boolean {
    const { holders } = this;
    let words = this._words;
    let head = words[HEAD];
    let end = this._turnEnd;
    for (;;) {
      if (head === end) {
        if (this._stopping) return this._finish();
        if (this._doubles[NEXT_LOWER_BOUND] <= this._tick) this._expire();
        this._turnEnd = end = words[TAIL];
        if (head === end) {
          if (this._isIdle()) return true;
          end = this._turnEnd;
        }
      }
      if (this.debug !== null) {
        if (!this._drainObserved(this.debug)) return false;
        head = end;
        words = this._words;
      }
      let budget = this._budget;
      while (head !== end) {
        const slot = words[this._ring + (head & this._mask)];
        head = (head + 1) | 0;
        words[HEAD] = head;
        (holders[slot] as Runnable)._run(slot);
        words = this._words; // A step may have made it grow.
        if (--budget === 0) {
          if (this._checkClock()) return false;
          budget = this._budgetPerReading;
        }
      }
      this._budget = budget;
    }
  }

  /** Runs a turn in debug mode; returns false when the slice is used up. */
  private _drainObserved(debug: DebugHooks): boolean {
    while (this._words[HEAD] !== this._turnEnd) {
      const head = this._words[HEAD];
      const slot = this._words[this._ring + (head & this._mask)];
      const runnable = this.holders[slot] as Runnable;
      this._words[HEAD] = head + 1;
      debug._onStep(runnable, slot);
      if (this._checkClock()) return false;
    }
    return true;
  }

  /** Reads the clock and renews the budget; returns whether the slice is used up. */
  private _checkClock(): boolean {
    const before = this.now;
    this._readClock();
    const elapsed = this.now - before;
    // Long steps make a reading old: the next one comes sooner, as soon as after one step.
    if (elapsed > MAX_CLOCK_AGE) {
      const shorter = (this._budgetPerReading * MAX_CLOCK_AGE / 2 / elapsed) | 0;
      this._budgetPerReading = Math.max(1, shorter);
    } else if (elapsed < MAX_CLOCK_AGE / 4) {
      this._budgetPerReading = Math.min(MAX_BUDGET, this._budgetPerReading * 2);
    }
    this._budget = this._budgetPerReading;
    const time = this._sliceTime();
    if (this._sliceEnd === Infinity) this._sliceEnd = time + this._timeSlice;
    return time >= this._sliceEnd;
  }

  /** Reads the clock, and anchors the timers that waited for that. */
  private _readClock(): void {
    this.now = this._clock.now();
    this._tick = clockTick(this.now);
    if (this._words[UNANCHORED] !== 0) this._core.anchor(deadlineTick(this.now));
  }

  /** Makes ready what is due. */
  private _expire(): void {
    // The core counts new delays from the time that it is told, and the last reading is older than they.
    if (this._words[UNANCHORED] !== 0) this._readClock();
    this._core.expire(this._tick);
  }

  /** Slices are measured in the host's time, whatever clock the timers follow. */
  private _sliceTime(): number {
    return this._clock === hostClock ? this.now : performance.now();
  }

  /** Whether there is nothing to do at this moment; if so, sets the alarm. */
  private _isIdle(): boolean {
    let next = Infinity;
    if (this._words[TIMERS] !== 0) {
      // Where the slice has run nothing, as when a callback of the host's began to sleep, the reading that
      // it began with will do. As many steps as there are between two readings leave the budget as it was,
      // too; a timer that one of them has set tells.
      if (this._budget !== this._budgetAtStart || this._words[UNANCHORED] !== 0) this._readClock();
      if (this._doubles[NEXT_LOWER_BOUND] <= this._tick) {
        this._expire();
        this._turnEnd = this._words[TAIL];
        if (this._words[HEAD] !== this._turnEnd) return false;
      }
      if (this._words[TIMERS] !== 0) next = this._core.next() / 1000;
    }
    this._awake = false;
    const expectsHost = this.hostWaits > 0;
    if (expectsHost && this._hostPingedAt === 0) this._pingHost();
    this._preciseUntil = Math.min(this._preciseUntil, this.now + 1);
    this._alarm.set(next, next <= this._preciseUntil, expectsHost);
    this._onIdle?.();
    this.operations?._onIdle();
    this.debug?._onIdle(next === Infinity && !expectsHost);
    return true;
  }

  /** Asks the host for a sign of life. */
  private _pingHost(): void {
    this._hostPingedAt = performance.now();
    afterHostTurn(() => {
      this._hostPingedAt = 0;
    });
  }

  /** Ends the run. */
  private _finish(): boolean {
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
