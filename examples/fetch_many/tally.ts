/**
 * What happened so far: counted while the requests run, read by the progress line and the report.
 *
 * @module
 */

/** Why an attempt failed, in the report's words. */
export type Failure = "timed out" | "500" | "503" | "dropped";

/** One request that is over: it arrived, or it was given up. */
export interface Outcome {
  url: string;
  arrived: boolean;
  /** From the first attempt to the end, pauses included, in milliseconds. */
  time: number;
}

/** Counts outcomes and failed attempts. */
export class Tally {
  readonly outcomes: Outcome[] = [];
  readonly failures = new Map<Failure, number>();
  /** How many requests were started. */
  started = 0;
  /** How often a request was sent, the first time or again. */
  attempts = 0;
  /** How many requests needed a second attempt. */
  retried = 0;
  done = 0;
  givenUp = 0;
  bytes = 0;
  /** How long it took altogether, in milliseconds. */
  elapsed = 0;

  /** @param total How many requests there will be. */
  readonly total: number;

  constructor(total: number) {
    this.total = total;
  }

  get timedOut(): number {
    return this.failures.get("timed out") ?? 0;
  }

  /** Notes that a request is over. */
  finish(outcome: Outcome): void {
    this.outcomes.push(outcome);
    if (outcome.arrived) this.done++;
    else this.givenUp++;
  }

  /** Notes that one attempt failed. */
  fail(failure: Failure): void {
    this.failures.set(failure, (this.failures.get(failure) ?? 0) + 1);
  }
}
