/**
 * Gives jobs to threads: the inside of a pool.
 *
 * Jobs wait in one queue, and go to a thread that has nothing to do; where there is none, a new one is
 * started, up to the pool's size. Only calls of functions that were short so far are sent to threads that
 * are at work, to be there when these are done: with a job in each message, what takes a microsecond
 * would cost ten. If one of them turns out to be long after all, those behind it are taken back.
 *
 * @module
 */
import { InvalidStateError } from "../errors.ts";
import { threads } from "../host/threads.ts";
import { currentKernel, isDefault } from "../kernel/current.ts";
import type { Kernel, Runnable } from "../kernel/kernel.ts";
import { Crew, type CrewOptions } from "./crew.ts";
import { type Callee, Callees, Job, type JobListener } from "./job.ts";
import { JobQueue } from "./job_queue.ts";
import type { PoolThread, ThreadOwner } from "./pool_thread.ts";
import { WorkerError } from "./worker_error.ts";

declare const setTimeout: (fn: () => void, delay: number) => unknown;
declare const clearTimeout: (timer: unknown) => void;

/** After how many milliseconds of silence what was sent to a thread is taken back. */
const STALLED_AFTER = 5;

/** How many milliseconds threads are kept without work where they would keep the process from ending. */
const IDLE_TIME = 200;

/** What a pool is made with. */
export interface DispatcherOptions extends CrewOptions {
  /** Whether a thread whose job was cancelled goes on with it. */
  readonly abandons: boolean;
}

/** See the module's description. */
export class Dispatcher implements Runnable, ThreadOwner {
  readonly name: string;
  readonly #abandons: boolean;
  readonly #callees: Callees;
  readonly #crew: Crew;
  readonly #queue = new JobQueue();
  #kernel: Kernel | null = null;
  #slot = -1;
  #scheduled = false;
  /** Jobs that somebody waits for. */
  #pending = 0;
  #isActive = false;
  /** Whether a thread of this pool has ever sent anything. */
  #worked = false;
  #closing = false;
  #ended = false;
  #onEnd: (() => void)[] = [];
  #stallTimer: unknown = null;
  #idleTimer: unknown = null;

  constructor(options: DispatcherOptions) {
    this.name = options.name;
    this.#abandons = options.abandons;
    this.#callees = new Callees(options.module !== null);
    this.#crew = new Crew(this, options);
  }

  /** What a function or a name stands for; throws where it can't be a job. */
  callee(fn: unknown): Callee {
    return this.#callees.get(fn);
  }

  /**
   * Takes a job.
   *
   * @throws {InvalidStateError} When the pool has ended, belongs to another loop, or there are no threads.
   */
  submit(callee: Callee, args: unknown[], listener: JobListener): Job {
    this.checkOpen();
    const kernel = this.#bind();
    const job = new Job(callee, args, listener);
    this.#queue.add(job);
    this.#pending++;
    this.#update();
    // In the next turn, so that jobs of one turn travel together.
    if (!this.#scheduled) {
      this.#scheduled = true;
      kernel.schedule(this.#slot);
    }
    return job;
  }

  /** @throws {InvalidStateError} When no jobs are taken any more, or belong to another loop. */
  checkOpen(): void {
    if (this.#kernel?.isClosed()) {
      throw new InvalidStateError("The pool has ended, together with its event loop");
    }
    if (this.#closing) throw new InvalidStateError("The pool was shut down");
    if (this.#kernel !== null && this.#kernel !== currentKernel()) {
      throw new InvalidStateError("Cannot use a pool that belongs to another event loop");
    }
  }

  /** Takes the loop that runs for its own. */
  #bind(): Kernel {
    if (this.#kernel !== null) return this.#kernel;
    const host = threads();
    const kernel = currentKernel();
    this.#slot = kernel.register(this);
    this.#crew.host = host;
    return this.#kernel = kernel;
  }

  /** The loop's turn has come: gives out what was submitted. */
  _run(): void {
    this.#scheduled = false;
    this.#dispatch();
  }

  #dispatch(): void {
    let isPiled = false;
    for (let isSent = false; !isSent;) {
      isSent = true;
      this.#assign();
      for (const thread of this.#crew.threads) {
        // One that can't be sent leaves room for the next.
        if (!thread.flush()) isSent = false;
        isPiled ||= thread.inFlight > 1;
      }
    }
    if (isPiled && this.#stallTimer === null) this.#watch();
  }

  /** Gives jobs to threads, as long as there are both. */
  #assign(): void {
    for (let job = this.#queue.first(); job !== null; job = this.#queue.first()) {
      let thread: PoolThread | null;
      try {
        thread = this.#crew.findFor(job);
      } catch (error) {
        const failure = new WorkerError("No thread can be started", { cause: error });
        return this.#fail(this.#queue.takeAll(), failure);
      }
      if (thread === null) return;
      this.#queue.takeFirst();
      thread.add(job);
    }
  }

  /** Fails jobs. */
  #fail(jobs: Job[], error: unknown): void {
    for (const job of jobs) {
      job.settled = true;
      job.listener._onThrew(error);
      this._onSettled(job);
    }
  }

  // What threads tell

  _onSettled(_job: Job): void {
    this.#pending--;
    this.#update();
  }

  _onRefused(thread: PoolThread, job: Job): void {
    this.#queue.giveBack([job]);
    // Those that come later have the function in their code.
    this.#crew.bring(job.callee);
    this.#giveUp(thread, job);
  }

  _onHeard(thread: PoolThread): void {
    this.#worked = true;
    if (this.#crew.leaving.has(thread)) {
      if (thread.inFlight === 0) this.#crew.remove(thread);
    } else this.#dispatch();
    this.#update();
  }

  _onDied(thread: PoolThread, error: unknown, loads: boolean): void {
    const wasIdle = thread.inFlight === 0;
    const hasStarted = thread.isUp && loads;
    this.#crew.remove(thread);
    thread.readCells();
    if (hasStarted) this.#queue.giveBack(thread.takeBack(thread.list()[0]));
    const what = hasStarted ? "The thread has died" : "No thread can be started";
    const failure = loads ? new WorkerError(`${what}: ${text(error)}`, { cause: error }) : error;
    this.#fail(thread.list(), failure);
    // What is wrong with the first thread is wrong with all.
    if (!hasStarted && !this.#worked) this.#fail(this.#queue.takeAll(), failure);
    if (hasStarted && wasIdle) {
      this.#kernel!.report({
        message: `A thread of the pool ${JSON.stringify(this.name)} has died`,
        exception: error,
      });
    }
    this.#dispatch();
    this.#update();
  }

  // Cancelling

  /** Nobody waits for a job any more. */
  cancel(job: Job): void {
    if (job.settled) return;
    job.settled = true;
    this.#pending--;
    const { thread } = job;
    if (thread !== null && !this.#ended && thread.cancel(job) && !this.#abandons) {
      this.#giveUp(thread, job);
    }
    this.#update();
  }

  /** A thread is at work on what nobody waits for: the others' jobs go to another one. */
  #giveUp(thread: PoolThread, job: Job): void {
    if (!this.#crew.retire(thread)) return; // It was given up before.
    this.#queue.giveBack(thread.takeBack());
    thread.readCells();
    if (thread.mayStop) {
      this.#crew.leaving.add(thread, () => this.#endLost(thread, job));
    } else thread.end();
    this.#dispatch();
  }

  /** Its time is up, and it is at work on that job still. */
  #endLost(thread: PoolThread, job: Job): void {
    this.#crew.remove(thread);
    thread.readCells();
    this.#queue.giveBack(thread.takeBack(job));
    this.#fail(thread.list(), new WorkerError("The thread was ended because of another job"));
    this.#dispatch();
    this.#update();
  }

  /** Looks now and then whether a thread sits on jobs that others could do. */
  #watch(): void {
    this.#stallTimer = setTimeout(() => {
      this.#stallTimer = null;
      const now = performance.now();
      let isPiled = false;
      for (const thread of [...this.#crew.threads]) {
        if (thread.inFlight < 2) continue;
        if (now - thread.silentSince < STALLED_AFTER) isPiled = true;
        else {
          thread.stall();
          thread.readCells();
          this.#queue.giveBack(thread.takeBack());
        }
      }
      if (isPiled) this.#watch();
      this.#dispatch();
    }, STALLED_AFTER);
  }

  // The end

  /**
   * Takes no more jobs, and ends the threads when there are none left.
   *
   * @param cancel Whether to cancel those there are.
   */
  close(cancel: boolean): void {
    this.#closing = true;
    if (cancel) {
      const running = this.#crew.threads.flatMap((thread) => thread.list());
      const jobs = [...running, ...this.#queue.takeAll()];
      for (const job of jobs) {
        this.cancel(job);
        job.listener._onCancelled();
      }
    }
    this.#update();
  }

  /** Whether all is over. */
  get isEnded(): boolean {
    return this.#ended;
  }

  /** Has a function called at the end. */
  onEnd(fn: () => void): () => void {
    this.#onEnd.push(fn);
    return () => void this.#onEnd.splice(this.#onEnd.indexOf(fn), 1);
  }

  /** Looks whether there is still something to do. */
  #update(): void {
    if (this.#ended) return;
    // A thread that still loads its module, for jobs that were all cancelled, is not waited for at the end.
    const isActive = this.#pending > 0 ||
      (this.#closing
        ? this.#crew.isAtWork || this.#crew.leaving.size > 0
        : this.#crew.busyCount > 0);
    if (isActive !== this.#isActive) {
      this.#isActive = isActive;
      this.#kernel!.hostWaits += isActive ? 1 : -1;
      clearTimeout(this.#stallTimer);
      clearTimeout(this.#idleTimer);
      this.#stallTimer = this.#idleTimer = null;
      // A loop that ends takes its pools along; the default one never does.
      if (!isActive && this.#crew.keepsProcess && isDefault(this.#kernel!)) {
        this.#idleTimer = setTimeout(() => this.#crew.endAll(), IDLE_TIME);
      }
    }
    if (this.#closing && !isActive) this.#end();
  }

  #end(): void {
    this.#ended = true;
    this.#crew.endAll();
    if (this.#kernel !== null && !this.#kernel.isClosed()) {
      if (this.#scheduled) this.#kernel.withdraw(this.#slot);
      else this.#kernel.release(this.#slot);
    }
    for (const fn of this.#onEnd.splice(0)) fn();
  }

  /** The loop was closed. */
  _onClose(): void {
    clearTimeout(this.#stallTimer);
    clearTimeout(this.#idleTimer);
    this.#ended = this.#closing = true;
    this.#crew.endAll();
  }

  toString(): string {
    const { busyCount, size } = this.#crew;
    const state = this.#ended
      ? "ended"
      : `${busyCount} of ${size ?? "no"} threads busy, ${this.#queue.size} waiting`;
    return `WorkerPool ${JSON.stringify(this.name)} ${state}`;
  }
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
