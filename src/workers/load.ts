/**
 * How much may be sent to one thread at a time.
 *
 * Where a thread has jobs, others are sent only if all of them are known to be short, by how long the
 * calls of their functions took so far: what stands behind a long one waits for that, while other threads may
 * have nothing to do.
 *
 * @module
 */
import type { Callee, Job } from "./job.ts";
import { PROTOCOL } from "./protocol.ts";

/** What a call may take at most, in milliseconds, to count as short. */
const SHORT = 0.1;

/** How many milliseconds of work may be sent to one thread; more would be badly divided among them. */
const MAX_LOAD = 0.5;

/**
 * Below so many milliseconds of work it isn't worth waking another thread, which takes two messages: with
 * eight jobs in flight that take a microsecond, two threads took 18 µs a job and one of them 7.
 */
const MIN_LOAD = 0.05;

/** What a call is taken for at least: clocks of browsers count up to 0.1 ms as nothing. */
const MIN_COST = 0.002;

/**
 * Where memory isn't shared, there is no knowing which of several jobs a thread is at, and what becomes
 * of the others when it must be ended. So there few are sent together, after so many short calls in a
 * row, and none for a long time after one that was long.
 */
const UNSHARED_WINDOW = 16;
const TRUST = 64;
const DISTRUST = -1000;

/** What the jobs of a thread may take. */
export class Load {
  readonly #isShared: boolean;
  #short = 0;
  #longCount = 0;

  constructor(isShared: boolean) {
    this.#isShared = isShared;
  }

  /** Whether a job may be sent, where there are so many already. */
  hasRoomFor({ callee: { cost, trust } }: Job, inFlight: number): boolean {
    if (!this.#isShared && (trust < TRUST || inFlight >= UNSHARED_WINDOW)) return false;
    return this.#longCount === 0 && cost <= SHORT && inFlight < PROTOCOL.WINDOW &&
      this.#short + cost <= MAX_LOAD;
  }

  /** Whether there is so little that another thread would be no help. */
  isLowWith({ callee: { cost } }: Job): boolean {
    return this.#short + cost <= MIN_LOAD;
  }

  /** Counts a job, as it is known now. */
  add(job: Job): void {
    const { cost } = job.callee;
    job.load = cost <= SHORT ? Math.max(cost, MIN_COST) : Infinity;
    if (job.load === Infinity) this.#longCount++;
    else this.#short += job.load;
  }

  /** Counts it no more. */
  remove({ load }: Job): void {
    if (load === Infinity) this.#longCount--;
    else this.#short -= load;
  }

  /** There is nothing left; sums of fractions don't come back to zero by themselves. */
  clear(): void {
    this.#short = 0;
  }
}

/**
 * Notes how long a call took, in milliseconds. One that took long for once, while the machine was busy
 * with something else perhaps, doesn't make its function a long one; two in a row do.
 */
export function noteCall(callee: Callee, time: number): void {
  const counted = Math.min(time, 10 * SHORT);
  callee.trust = counted < time ? DISTRUST : callee.trust + 1;
  if (callee.cost === Infinity) callee.cost = counted;
  else callee.cost += (counted - callee.cost) / 16;
}

/** Notes that a call was cancelled, which short ones seldom are. */
export function noteCancel(callee: Callee): void {
  callee.trust = DISTRUST;
}
