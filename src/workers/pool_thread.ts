/**
 * A thread as its pool sees it: what was sent to it, and what came back.
 *
 * @module
 */
import type { Thread, Threads } from "../host/threads.ts";
import { decodeError } from "./errors.ts";
import type { Callee, Job } from "./job.ts";
import {
  type Cells,
  type DeathMessage,
  type EncodedError,
  type JobKey,
  type JobsMessage,
  makeCells,
  PROTOCOL,
  type ResultsMessage,
} from "./protocol.ts";
import { unwrap } from "./transfer.ts";

const { WINDOW, MAX_TEXT, SENT, BEGUN, CANCELLED, UNDEFINED, NUMBER, TEXT } = PROTOCOL;
const { RETURNED, THREW, SKIPPED, REFUSED } = PROTOCOL;

/** What a call may take at most, in milliseconds, for others to be sent behind it. */
const SHORT = 0.1;

/** How many milliseconds of work may be sent to one thread; more would be badly divided among them. */
const MAX_LOAD = 0.5;

/**
 * Below so many milliseconds of work it isn't worth waking another thread, which takes two messages: with
 * eight jobs in flight that take a microsecond, two threads took 18 µs a job and one of them 7.
 */
const MIN_LOAD = 0.05;

/**
 * Where memory isn't shared, there is no knowing which of several jobs a thread is at, and what becomes
 * of the others when it must be ended. So there few are sent together, after so many short calls in a row, and none
 * for a long time after one that was long.
 */
const UNSHARED_WINDOW = 16;
const TRUST = 64;
const DISTRUST = -1000;

/** What a call is taken for at least: clocks of browsers count up to 0.1 ms as nothing. */
const MIN_COST = 0.002;

/** Who is told of what a thread does. */
export interface ThreadOwner {
  /** A job has come to its end. */
  _onSettled(job: Job): void;
  /** The page's policy keeps it from making a function of its text; the job has not begun. */
  _onRefused(thread: PoolThread, job: Job): void;
  /** The results of a message were given out. */
  _onHeard(thread: PoolThread): void;
  /** It can't be used any more; `loads` is false if its module can't be loaded. */
  _onDied(thread: PoolThread, error: unknown, loads: boolean): void;
}

/** A thread of a pool. */
export class PoolThread {
  /** Whether it has sent anything; until then, it may be far from having started. */
  isUp = false;
  /** How many jobs it has, or had and hasn't told of. */
  inFlight = 0;
  /** Since when nothing has been heard of it, in milliseconds, if it has anything to do. */
  silentSince = 0;
  readonly #owner: ThreadOwner;
  readonly #thread: Thread;
  readonly #cells: Cells | null = makeCells();
  /** The functions whose text it has. */
  readonly #known = new Set<JobKey>();
  /** The jobs in the cells, a ring; `null` for one that was taken back. */
  readonly #jobs: (Job | null)[] = new Array(WINDOW).fill(null);
  #sentCount = 0;
  #toldCount = 0;
  /** Jobs for the next message. */
  #outbox: Job[] = [];
  /** What its short jobs may take, in milliseconds, and how many others there are. */
  #load = 0;
  #longCount = 0;
  #isStalled = false;
  #ended = false;

  /** Starts it; the source is what {@linkcode threadSource} gives. */
  constructor(
    owner: ThreadOwner,
    host: Threads,
    source: string,
    module: string | null,
    name: string,
  ) {
    this.#owner = owner;
    this.#thread = host.start(source, name, {
      onMessage: (message) => this.#onMessage(message),
      onDeath: (error) => this.#die(error, true),
    });
    this.#thread.post([module, this.#cells], []);
  }

  /**
   * Whether a job may be given to it. Where it has others, only if all of them are known to be short: what
   * stands behind a long one waits for that, while other threads may have nothing to do.
   */
  hasRoomFor({ callee: { cost, trust } }: Job): boolean {
    if (this.inFlight === 0) return true;
    if (this.#cells === null && (trust < TRUST || this.inFlight >= UNSHARED_WINDOW)) return false;
    return this.isUp && !this.#isStalled && this.#longCount === 0 && cost <= SHORT &&
      this.inFlight < WINDOW && this.#load + cost <= MAX_LOAD;
  }

  /** Whether a job is better given to it than to a thread that has nothing to do. */
  isBestFor(job: Job): boolean {
    return this.#load + job.callee.cost <= MIN_LOAD && this.inFlight > 0 && this.hasRoomFor(job);
  }

  /** Takes a job for the next message. */
  add(job: Job): void {
    if (this.inFlight++ === 0) {
      this.#thread.setBusy(true);
      this.silentSince = performance.now();
    }
    const { cost } = job.callee;
    job.load = cost <= SHORT ? Math.max(cost, MIN_COST) : Infinity;
    this.#addLoad(job.load, 1);
    this.#outbox.push(job);
  }

  #addLoad(load: number, sign: 1 | -1): void {
    if (load === Infinity) this.#longCount += sign;
    else this.#load += sign * load;
  }

  /** Sends what was taken, as one message; false when some of it can't be sent. */
  flush(): boolean {
    const jobs = this.#outbox;
    if (jobs.length === 0) return true;
    this.#outbox = [];
    try {
      this.#post(jobs);
      return true;
    } catch (error) {
      if (jobs.length === 1) this.#refuse(jobs[0], error);
      else for (const job of jobs) this.#postAlone(job);
      return false;
    }
  }

  #postAlone(job: Job): void {
    try {
      this.#post([job]);
    } catch (error) {
      this.#refuse(job, error);
    }
  }

  /** A job's arguments can't be cloned. */
  #refuse(job: Job, error: unknown): void {
    this.#addLoad(job.load, -1);
    this.#leave();
    this.#settle(job, () => job.listener._onThrew(error));
  }

  /** @throws The host's `DataCloneError`, and then nothing was sent. */
  #post(jobs: Job[]): void {
    const message: JobsMessage = [];
    const transfer: object[] = [];
    const texts: JobKey[] = [];
    for (const { callee: { key, source }, args } of jobs) {
      const isNew = source !== null && !this.#known.has(key) && !texts.includes(key);
      if (isNew) texts.push(key);
      message.push(key, isNew ? source : null, unwrap([...args], transfer));
    }
    let count = this.#sentCount;
    for (const job of jobs) {
      job.thread = this;
      job.cell = count++ % WINDOW;
      this.#jobs[job.cell] = job;
      if (this.#cells !== null) Atomics.store(this.#cells.states, job.cell, SENT);
    }
    try {
      this.#thread.post(message, transfer);
    } catch (error) {
      for (const job of jobs) this.#forget(job);
      throw error;
    }
    this.#sentCount = count;
    for (const key of texts) this.#known.add(key);
  }

  #forget(job: Job): void {
    this.#jobs[job.cell] = null;
    job.thread = null;
  }

  #onMessage(message: unknown): void {
    if (this.#ended || !Array.isArray(message)) return;
    this.isUp = true;
    const [first, second] = message as DeathMessage | ResultsMessage;
    if (typeof first === "string") {
      return this.#die(decodeError(second as EncodedError), first === "died");
    }
    this.#isStalled = false;
    this.silentSince = performance.now();
    for (let i = 0; i < message.length; i += 3) {
      this.#onResult(message[i], message[i + 1], message[i + 2]);
    }
    this.#owner._onHeard(this);
  }

  #onResult(outcome: number, value: unknown, time: number): void {
    const job = this.#jobs[this.#toldCount++ % WINDOW];
    this.#leave();
    if (job === null) return; // It was taken back.
    this.#forget(job);
    this.#addLoad(job.load, -1);
    const { callee, listener } = job;
    if (outcome === REFUSED && !job.settled) return this.#owner._onRefused(this, job);
    if (outcome !== SKIPPED) learn(callee, time);
    if (outcome === RETURNED) this.#settle(job, () => listener._onReturned(value));
    else if (outcome === THREW) {
      this.#settle(job, () => listener._onThrew(decodeError(value as EncodedError)));
    }
  }

  /** One job less in flight. */
  #leave(): void {
    if (--this.inFlight > 0) return;
    this.#load = 0; // Sums of fractions don't come back to zero.
    this.#thread.setBusy(false);
  }

  /** Tells who waits for the job, unless nobody does any more. */
  #settle(job: Job, tell: () => void): void {
    if (job.settled) return;
    job.settled = true;
    tell();
    this.#owner._onSettled(job);
  }

  #die(error: unknown, loads: boolean): void {
    if (this.#ended) return;
    this.end();
    this.#owner._onDied(this, error, loads);
  }

  /**
   * Cancels a job.
   *
   * @returns Whether the thread may be at work on it.
   */
  cancel(job: Job): boolean {
    if (this.#cells === null) {
      job.callee.trust = DISTRUST; // Short calls are seldom cancelled.
      return true;
    }
    const { states } = this.#cells;
    if (Atomics.compareExchange(states, job.cell, SENT, CANCELLED) === SENT) {
      this.#addLoad(job.load, -1);
      this.#forget(job);
      return false;
    }
    return Atomics.compareExchange(states, job.cell, BEGUN, CANCELLED) === BEGUN;
  }

  /** Whether there is a chance that it ends what it is at by itself, having been told. */
  get mayStop(): boolean {
    return this.#cells !== null || this.inFlight > 1;
  }

  /** The jobs that it has and that somebody waits for, in order. */
  list(): Job[] {
    const jobs: Job[] = [];
    for (let at = this.#toldCount; at !== this.#sentCount; at++) {
      const job = this.#jobs[at % WINDOW];
      if (job !== null && !job.settled) jobs.push(job);
    }
    return jobs;
  }

  /**
   * Takes back the jobs that it hasn't begun, where that can be known.
   *
   * @param last The job that it was at when it died; `null` if it lives, and it is not known.
   */
  takeBack(last: Job | null = null): Job[] {
    const jobs = this.list();
    const { states } = this.#cells ?? {};
    const taken = states !== undefined
      ? jobs.filter(({ cell }) => Atomics.compareExchange(states, cell, SENT, CANCELLED) === SENT)
      : jobs.filter((job) => last !== null && this.#placeOf(job) > this.#placeOf(last));
    for (const job of taken) {
      this.#addLoad(job.load, -1);
      this.#forget(job);
    }
    return taken;
  }

  #placeOf({ cell }: Job): number {
    return (cell - this.#toldCount % WINDOW + WINDOW) % WINDOW;
  }

  /** Gives out the results that are there and were not sent. */
  readCells(): void {
    for (const job of this.list()) {
      const state = this.#cells === null ? SENT : Atomics.load(this.#cells.states, job.cell);
      if (state < UNDEFINED) continue;
      const value = this.#read(this.#cells!, job.cell, state);
      this.#settle(job, () => job.listener._onReturned(value));
    }
  }

  #read({ numbers, texts }: Cells, cell: number, state: number): unknown {
    if (state >= TEXT) {
      const start = cell * MAX_TEXT;
      return String.fromCharCode(...texts.subarray(start, start + state - TEXT));
    }
    return state === NUMBER ? numbers[cell] : simpleValues[state - UNDEFINED];
  }

  /** Nothing was heard for long: no job is to be sent until something is. */
  stall(): void {
    this.#isStalled = true;
  }

  /** Ends it; what runs is told to stop first, since some hosts can't end a thread that computes. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    const { states } = this.#cells ?? {};
    if (states !== undefined) {
      for (let cell = 0; cell < WINDOW; cell++) {
        Atomics.compareExchange(states, cell, BEGUN, CANCELLED);
      }
    }
    this.#thread.terminate();
  }
}

/**
 * Notes how long a call took. One that took long for once, while the machine was busy with something
 * else perhaps, doesn't make its function a long one; two in a row do.
 */
function learn(callee: Callee, time: number): void {
  const counted = Math.min(time, 10 * SHORT);
  callee.trust = counted < time ? DISTRUST : callee.trust + 1;
  if (callee.cost === Infinity) callee.cost = counted;
  else callee.cost += (counted - callee.cost) / 16;
}

/** What the states from `UNDEFINED` on stand for. */
const simpleValues = [undefined, null, false, true];
