/**
 * What was measured.
 *
 * @module
 */
import { median } from "../measure.ts";
import type { Entry, Group } from "./groups.ts";

/** What one process has shown. */
export interface Sample {
  /** Requests, lines or calls a second. */
  rate?: number;
  /** Microseconds of the server's CPU time for each. */
  cpu?: number;
  /** The median of how long they took, in milliseconds. */
  p50?: number;
  /** 99 of a hundred took no longer than this many milliseconds. */
  p99?: number;
  /** Bytes that the server's memory grew by, for each connection. */
  bytes?: number;
  /** Milliseconds until all connections had been accepted. */
  elapsed?: number;
}

/** What can be compared. */
export type Metric = keyof Sample;

/** All samples, by group, contender and run. A run that failed is missing. */
export class NetResults {
  readonly #samples = new Map<string, (Sample | undefined)[]>();
  /** What went wrong, in a line each. */
  readonly failures: string[] = [];

  /** Takes down what a run has shown. */
  add(group: Group, entry: Entry, run: number, sample: Sample): void {
    const key = keyOf(group.name, entry.contender, entry.mode);
    const samples = this.#samples.get(key) ?? [];
    samples[run] = sample;
    this.#samples.set(key, samples);
  }

  /** The median of all runs. */
  typical(group: string, contender: string, mode: string, metric: Metric): number | undefined {
    const samples = this.#samples.get(keyOf(group, contender, mode)) ?? [];
    return medianOf(samples.map((sample) => sample?.[metric]));
  }

  /** The median of what two numbers of each run give; the two were measured shortly one after another. */
  compare(
    group: string,
    [one, other]: readonly [Entry, Entry],
    metric: Metric,
    relation: (one: number, other: number) => number,
  ): number | undefined {
    const [ones, others] = [one, other].map(({ contender, mode }) =>
      this.#samples.get(keyOf(group, contender, mode)) ?? []
    );
    return medianOf(ones.map((sample, run) => {
      const [a, b] = [sample?.[metric], others[run]?.[metric]];
      return a === undefined || b === undefined ? undefined : relation(a, b);
    }));
  }
}

function keyOf(group: string, contender: string, mode: string): string {
  return `${group}, ${contender}, ${mode}`;
}

function medianOf(values: (number | undefined)[]): number | undefined {
  const there = values.filter((value) => value !== undefined);
  return there.length === 0 ? undefined : median(there);
}
