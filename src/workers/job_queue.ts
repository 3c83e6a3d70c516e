/**
 * The jobs of a pool that no thread has.
 *
 * @module
 */
import { Deque } from "../sync/deque.ts";
import type { Job } from "./job.ts";

/** First in, first out; what comes back is first of all. */
export class JobQueue {
  readonly #jobs = new Deque<Job>();
  /** Those before it, the first of them at the end. */
  #returned: Job[] = [];

  /** How many there are, with those that were cancelled meanwhile. */
  get size(): number {
    return this.#jobs.size + this.#returned.length;
  }

  /** Adds a job at the end. */
  add(job: Job): void {
    this.#jobs.push(job);
  }

  /** Puts jobs, in their order, before all others. */
  giveBack(jobs: Job[]): void {
    this.#returned.push(...jobs.reverse());
  }

  /** The job that is next, and stays there; `null` where there is none. Cancelled ones are dropped. */
  first(): Job | null {
    for (;;) {
      if (this.#returned.length === 0) {
        if (this.#jobs.size === 0) return null;
        this.#returned.push(this.#jobs.shift());
      }
      const job = this.#returned.at(-1)!;
      if (!job.settled) return job;
      this.#returned.pop();
    }
  }

  /** Takes what `first` has returned. */
  takeFirst(): void {
    this.#returned.pop();
  }

  /** Takes all. */
  takeAll(): Job[] {
    const jobs: Job[] = [];
    for (let job = this.first(); job !== null; job = this.first()) {
      jobs.push(job);
      this.takeFirst();
    }
    return jobs;
  }
}
