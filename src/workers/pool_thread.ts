/**
 * A thread as its pool sees it: what was sent to it, and what came back.
 *
 * @module
 */
import type { Thread, Threads } from "../host/threads.ts";
import { JobCells } from "./cells.ts";
import { decodeError } from "./errors.ts";
import type { Job } from "./job.ts";
import { Load, noteCall, noteCancel } from "./load.ts";
import {
  type DeathMessage,
  type EncodedError,
  type JobKey,
  type JobsMessage,
  PROTOCOL,
  type ResultsMessage,
} from "./protocol.ts";
import { unwrap } from "./transfer.ts";

const { WINDOW, RETURNED, THREW, SKIPPED, REFUSED } = PROTOCOL;

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
  /** `null` where memory can't be shared. */
  readonly #cells = JobCells.make();
  readonly #load = new Load(this.#cells !== null);
  /** The functions whose text it has. */
  readonly #known = new Set<JobKey>();
  /** The jobs in the cells, a ring; `null` for one that was taken back. */
  readonly #jobs: (Job | null)[] = new Array(WINDOW).fill(null);
  #sentCount = 0;
  #toldCount = 0;
  /** Jobs for the next message. */
  #outbox: Job[] = [];
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
    this.#thread.post([module, this.#cells?.shared ?? null], []);
  }

  /** Whether a job may be given to it, be it with others that it has. */
  hasRoomFor(job: Job): boolean {
    if (this.inFlight === 0) return true;
    return this.isUp && !this.#isStalled && this.#load.hasRoomFor(job, this.inFlight);
  }

  /** Whether it has jobs that were not taken back, be it that nobody waits for them any more. */
  get isAtWork(): boolean {
    return this.#outbox.length > 0 || this.#jobs.some((job) => job !== null);
  }

  /** Whether a job is better given to it than to a thread that has nothing to do. */
  isBestFor(job: Job): boolean {
    return this.inFlight > 0 && this.#load.isLowWith(job) && this.hasRoomFor(job);
  }

  /** Takes a job for the next message. */
  add(job: Job): void {
    if (this.inFlight++ === 0) {
      this.#thread.setBusy(true);
      this.silentSince = performance.now();
    }
    this.#load.add(job);
    this.#outbox.push(job);
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
    this.#load.remove(job);
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
      this.#cells?.prepare(job.cell);
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
    if (this.#ended || !Array.isArray(message) || message[0] !== PROTOCOL.TAG) return;
    this.isUp = true;
    const [, how, error] = message as DeathMessage | ResultsMessage;
    if (typeof how === "string") {
      return this.#die(decodeError(error as EncodedError), how === "died");
    }
    this.#isStalled = false;
    this.silentSince = performance.now();
    for (let i = 1; i < message.length; i += 3) {
      this.#onResult(message[i], message[i + 1], message[i + 2]);
    }
    this.#owner._onHeard(this);
  }

  #onResult(outcome: number, value: unknown, time: number): void {
    const job = this.#jobs[this.#toldCount++ % WINDOW];
    this.#leave();
    if (job === null) return; // It was taken back.
    this.#forget(job);
    this.#load.remove(job);
    const { callee, listener } = job;
    if (outcome === REFUSED && !job.settled) return this.#owner._onRefused(this, job);
    if (outcome !== SKIPPED) noteCall(callee, time);
    if (outcome === RETURNED) this.#settle(job, () => listener._onReturned(value));
    else if (outcome === THREW) {
      this.#settle(job, () => listener._onThrew(decodeError(value as EncodedError)));
    }
  }

  /** One job less in flight. */
  #leave(): void {
    if (--this.inFlight > 0) return;
    this.#load.clear();
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
      noteCancel(job.callee);
      return true;
    }
    if (!this.#cells.revoke(job.cell)) return this.#cells.stop(job.cell);
    this.#load.remove(job);
    this.#forget(job);
    return false;
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
    const cells = this.#cells;
    const isBehind = (job: Job) => last !== null && this.#placeOf(job) > this.#placeOf(last);
    const taken = this.list().filter((job) => cells?.revoke(job.cell) ?? isBehind(job));
    for (const job of taken) {
      this.#load.remove(job);
      this.#forget(job);
    }
    return taken;
  }

  #placeOf({ cell }: Job): number {
    return (cell - this.#toldCount % WINDOW + WINDOW) % WINDOW;
  }

  /** Gives out the results that are there and were not sent. */
  readCells(): void {
    const cells = this.#cells;
    if (cells === null) return;
    for (const job of this.list()) {
      if (!cells.hasResult(job.cell)) continue;
      this.#settle(job, () => job.listener._onReturned(cells.resultIn(job.cell)));
    }
  }

  /** Nothing was heard for long: no job is to be sent until something is. */
  stall(): void {
    this.#isStalled = true;
  }

  /** Ends it; what runs is told to stop first, since some hosts can't end a thread that computes. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cells?.stopAll();
    this.#thread.terminate();
  }
}
