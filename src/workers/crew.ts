/**
 * The threads of a pool: starting them, choosing one for a job, and ending them.
 *
 * @module
 */
import type { Threads } from "../host/threads.ts";
import type { Callee, Job } from "./job.ts";
import { LeavingThreads } from "./leaving.ts";
import { PoolThread, type ThreadOwner } from "./pool_thread.ts";
import { threadSource } from "./thread_main.ts";

/** What a pool is made with. */
export interface CrewOptions {
  /** The module that each thread imports; `null` for none. */
  readonly module: string | null;
  /** How many threads; `null` for as many as the host has processors. */
  readonly size: number | null;
  /** What they are called. */
  readonly name: string;
}

/** See the module's description. */
export class Crew {
  /** Those that take jobs. */
  threads: PoolThread[] = [];
  /** Those that were given up. */
  readonly leaving = new LeavingThreads();
  readonly #owner: ThreadOwner;
  readonly #options: CrewOptions;
  #host: Threads | null = null;
  #started = 0;
  /** What threads run, and the functions that are in there since they can't be made of a text. */
  #source = threadSource();
  readonly #refused = new Set<Callee>();

  constructor(owner: ThreadOwner, options: CrewOptions) {
    this.#owner = owner;
    this.#options = options;
  }

  /** Says which host's threads they are. */
  set host(host: Threads) {
    this.#host = host;
  }

  /** How many there may be; unknown before the host is. */
  get size(): number | null {
    return this.#options.size ?? (this.#host && Math.max(1, this.#host.parallelism));
  }

  /** How many have something to do. */
  get busyCount(): number {
    return this.threads.filter(({ inFlight }) => inFlight > 0).length;
  }

  /** Whether one of them is at work, or shall be, on what was not taken back from it. */
  get isAtWork(): boolean {
    return this.threads.some((thread) => thread.isAtWork);
  }

  /** Whether threads keep the process alive that have nothing to do. */
  get keepsProcess(): boolean {
    return this.#host!.keepsProcess;
  }

  /**
   * The thread that has the least to do, a new one if all are busy; `null` if the job must wait.
   *
   * @throws What the host throws, where there is no thread and none can be started.
   */
  findFor(job: Job): PoolThread | null {
    let best: PoolThread | null = null;
    for (const thread of this.threads) {
      if (thread.isBestFor(job)) return thread;
      if (!thread.hasRoomFor(job)) continue;
      if (best === null || thread.inFlight < best.inFlight) best = thread;
    }
    if (best?.inFlight === 0 || this.threads.length >= this.size!) return best;
    try {
      return this.#start();
    } catch (error) {
      if (this.threads.length > 0) return best;
      throw error;
    }
  }

  #start(): PoolThread {
    const { module, name } = this.#options;
    const threadName = `${name}-${++this.#started}`;
    const thread = new PoolThread(this.#owner, this.#host!, this.#source, module, threadName);
    this.threads.push(thread);
    return thread;
  }

  /** Has threads that start from now on bring a function along, because they can't make it of its text. */
  bring(callee: Callee): void {
    if (this.#refused.has(callee)) return;
    this.#refused.add(callee);
    this.#source = threadSource(this.#refused);
  }

  /** Gives a thread no more jobs; false when it got none anyway. */
  retire(thread: PoolThread): boolean {
    const index = this.threads.indexOf(thread);
    if (index >= 0) this.threads.splice(index, 1);
    return index >= 0;
  }

  /** A thread is dead, or shall be. */
  remove(thread: PoolThread): void {
    this.leaving.end(thread);
    this.retire(thread);
  }

  /** Ends all. */
  endAll(): void {
    for (const thread of this.threads.splice(0)) thread.end();
    this.leaving.endAll();
  }
}
