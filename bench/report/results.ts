/**
 * What a report is made of.
 *
 * @module
 */
import type { CaseName } from "../cases.ts";
import { type ContenderName, effectSettings } from "../contenders.ts";
import { type HostTurns, median } from "../measure.ts";
import type { FirstCallResult } from "../probes/first_calls.ts";
import type { Idleness, Lateness } from "../probes/latency.ts";
import type { ParkResult } from "../probes/park.ts";
import type { TimersResult } from "../probes/timers.ts";
import type { Machine } from "./machine.ts";

/** One case of one contender: a value for each process that measured it. */
export interface Measured {
  /** Nanoseconds an operation took. */
  wall: number[];
  /** Nanoseconds of CPU time. */
  cpu: number[];
  /** How often the host had a turn. */
  host?: HostTurns & { operations: number };
}

/** Nanoseconds an operation, by how many there are at once. */
export type Growth = Map<number, number>;

/** Everything that was measured. What was not asked for, or failed, is missing. */
export class Results {
  /** Where and when. */
  readonly machine: Machine;
  readonly cases = new Map<CaseName, Map<ContenderName, Measured>>();
  readonly park = new Map<ContenderName, ParkResult>();
  /** By contender, then by how many timers stand. */
  readonly timers = new Map<ContenderName, Map<number, TimersResult>>();
  /** Nanoseconds to fire a timer and set another: by timer queue, then by how many stand. */
  readonly heaps = new Map<string, Map<number, number>>();
  /** By case, then by contender. */
  readonly growth = new Map<CaseName, Map<ContenderName, Growth>>();
  /** The longest, in milliseconds, of each process: by what is measured, then by timer queue. */
  readonly pauses = new Map<"growth" | "garbage", Map<string, number[]>>();
  /** By the kind of function. */
  readonly firstCalls = new Map<string, FirstCallResult[]>();
  /** By what was measured, then by contender. */
  readonly lateness = new Map<string, Map<ContenderName, Lateness>>();
  readonly idle = new Map<ContenderName, Idleness>();
  /** Milliseconds from start to end of a process, by program. */
  readonly startup = new Map<string, number[]>();
  /** What went wrong, in a line each. */
  readonly failures: string[] = [];

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /** Nanoseconds an operation takes: CPU time where the rest is waiting. */
  ns(contender: ContenderName, name: CaseName): number | undefined {
    const measured = this.cases.get(name)?.get(contender);
    if (measured === undefined) return undefined;
    return median(name === "sleep_n" ? measured.cpu : measured.wall);
  }

  /** The fastest of Effect's settings. */
  bestEffect(name: CaseName): number | undefined {
    const all = effectSettings.map((setting) => this.ns(setting, name) ?? Infinity);
    const best = Math.min(...all);
    return best === Infinity ? undefined : best;
  }
}

/** The inner map of a key, made when it's missing. */
export function within<K, L, V>(maps: Map<K, Map<L, V>>, key: K): Map<L, V> {
  let map = maps.get(key);
  if (map === undefined) maps.set(key, map = new Map());
  return map;
}
