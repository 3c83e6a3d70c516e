/**
 * What every measurement needs: the command line, medians, and the host's share of the time.
 *
 * @module
 */

import process from "node:process";

/** The value of `--name=value` on the command line. */
export function option(name: string, fallback: number): number {
  const prefix = `--${name}=`;
  const argument = Deno.args.find((argument) => argument.startsWith(prefix));
  return argument === undefined ? fallback : Number(argument.slice(prefix.length));
}

/** The names in a list with commas, all of which must exist; without a list, all there are. */
export function names<T extends string>(list: string | undefined, all: readonly T[]): readonly T[] {
  if (list === undefined) return all;
  const chosen = list.split(",") as T[];
  const unknown = chosen.filter((name) => !all.includes(name));
  if (unknown.length === 0) return chosen;
  console.error(`There is no ${unknown.join(", ")}; there are ${all.join(", ")}`);
  Deno.exit(2);
}

/** The value that a share of all values lies below. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

/** The middle value, or what lies between the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
}

/** Nanoseconds of CPU time that this process has used, all its threads together. */
export function cpuNanoseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) * 1000;
}

/** How often the host had a turn during some work. */
export interface HostTurns {
  /** How many turns. */
  turns: number;
  /** The longest time without one, in milliseconds. */
  longest: number;
  /** How long the work took, in milliseconds. */
  elapsed: number;
}

/** Does some work beside an immediate that comes back each time the host has a turn. */
export async function countHostTurns(work: () => Promise<unknown>): Promise<HostTurns> {
  let turns = 0;
  let longest = 0;
  let counting = true;
  const start = performance.now();
  let last = start;
  const turn = () => {
    if (!counting) return;
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    turns++;
    setImmediate(turn);
  };
  setImmediate(turn);
  await work();
  counting = false;
  const end = performance.now();
  return { turns, longest: Math.max(longest, end - last), elapsed: end - start };
}
