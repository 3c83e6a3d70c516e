/**
 * Measures everything that a report shows: interleaved, because machines drift, and each
 * measurement in a process of its own, because libraries share more than they know.
 *
 * @module
 */
import { type CaseName, sizes } from "../cases.ts";
import { type HeapResult, heaps } from "../heaps.ts";
import type { Idleness, Lateness } from "../latency.ts";
import { median } from "../measure.ts";
import type { ParkResult } from "../park.ts";
import type { CaseResult } from "../run.ts";
import type { TimersResult } from "../timers.ts";
import { type Contender, isSide } from "./contenders.ts";
import { describeMachine } from "./machine.ts";
import { deno, python, time } from "./processes.ts";
import { Results, within } from "./results.ts";

/** What to measure. */
export interface Plan {
  /** How many processes measure each case of each side. */
  rounds: number;
  /** Which cases. */
  cases: readonly CaseName[];
  /** Which sides. */
  sides: readonly Contender[];
  /** Whether shorter measurements will do. */
  quick: boolean;
  /** Whether to go on to memory, timers, growth and latency. */
  rest: boolean;
  /** Is told how it goes. */
  progress: (line: string) => void;
}

/** Cases that are measured with ever more tasks and timers. */
export const growing: readonly CaseName[] = ["spawn_join_gen", "cancel_n", "sleep_n"];

/** How many. */
export const amounts = [10_000, 100_000, 1_000_000] as const;

/** How many timers stand while others are set, cancelled and fired. */
export const standing = [1_000, 100_000, 1_000_000] as const;

/** Timers and latencies are compared among these. */
export const own = ["wasyncio", "wasyncio-js", "native"] as const;

/** How often each program is started. */
const STARTS = 21;

/** Carries out a plan. */
export async function collect(plan: Plan): Promise<Results> {
  const results = new Results(await describeMachine());
  const { load, cores } = results.machine;
  if (load > cores / 4) {
    plan.progress(`the machine is busy (load ${load.toFixed(1)}), so the numbers will be noisy`);
  }
  await collectCases(plan, results);
  if (!plan.rest) return results;
  await collectMemory(plan, results);
  await collectTimers(plan, results);
  await collectHeaps(plan, results);
  await collectGrowth(plan, results);
  await collectLatency(plan, results);
  return results;
}

async function collectCases(plan: Plan, results: Results): Promise<void> {
  const { rounds, cases, sides, progress } = plan;
  for (let round = 0; round < rounds; round++) {
    for (const name of cases) {
      const found = new Map<Contender, string>();
      for (let i = 0; i < sides.length; i++) {
        // Nobody always follows the same one.
        const side = sides[(i + round) % sides.length];
        const result = await attempt(results, `${side} ${name}`, () => {
          return measureCase(plan, results, side, name, round === 0);
        });
        if (!result) continue;
        const measured = within(results.cases, name);
        const { wall, cpu, host } = measured.get(side) ?? { wall: [], cpu: [] };
        measured.set(side, {
          wall: [...wall, result.wall],
          cpu: [...cpu, result.cpu],
          host: host ?? result.host,
        });
        const ns = name === "sleep_n" ? result.cpu : result.wall;
        found.set(side, `${side} ${ns < 100 ? ns.toFixed(1) : Math.round(ns)}`);
      }
      const line = sides.flatMap((side) => found.get(side) ?? []).join(", ");
      if (line !== "") progress(`${round + 1}/${rounds} ${name}, ns: ${line}`);
    }
  }
}

function measureCase(
  { quick }: Plan,
  { machine }: Results,
  side: Contender,
  name: CaseName,
  turns: boolean,
): Promise<CaseResult | null> {
  const args = [`--warm=${quick ? 50 : 120}`, `--measure=${quick ? 50 : 150}`];
  if (isSide(side)) return deno("run.ts", side, name, ...args, ...turns ? ["--turns=1"] : []);
  const executable = side === "uvloop" ? machine.uvloop : machine.asyncio;
  if (executable === undefined) return Promise.resolve(null);
  args.push(`--n=${sizes[name]}`);
  if (side === "uvloop") args.push("--uvloop");
  return python(executable.executable, name, ...args, ...turns ? ["--turns"] : []);
}

async function collectMemory(plan: Plan, results: Results): Promise<void> {
  const { machine } = results;
  for (const side of plan.sides) {
    const result = await attempt(results, `${side} park`, async () => {
      if (isSide(side)) return await deno<ParkResult>("park.ts", side);
      const executable = (side === "uvloop" ? machine.uvloop : machine.asyncio)?.executable;
      if (executable === undefined) return null;
      return await python<ParkResult>(executable, "park", ...side === "uvloop" ? ["--uvloop"] : []);
    });
    if (result) results.park.set(side, result);
  }
  plan.progress(`bytes per parked task of ${[...results.park.keys()].join(", ")}`);
}

async function collectTimers(plan: Plan, results: Results): Promise<void> {
  for (const count of plan.quick ? standing.slice(0, 2) : standing) {
    for (const side of ownOf(plan)) {
      const result = await attempt(results, `${side} timers`, () => {
        return deno<TimersResult>(
          "timers.ts",
          side,
          `${count}`,
          `--measure=${plan.quick ? 60 : 200}`,
        );
      });
      if (result) within(results.timers, side).set(count, result);
    }
    plan.progress(`timers with ${count.toLocaleString("en")} standing`);
  }
}

async function collectHeaps(plan: Plan, results: Results): Promise<void> {
  for (const count of plan.quick ? standing.slice(0, 2) : standing) {
    for (const name of Object.keys(heaps)) {
      const measured: number[] = [];
      for (let round = 0; round < plan.rounds; round++) {
        const result = await attempt(results, `${name} heap of ${count}`, () => {
          return deno<HeapResult>("heaps.ts", name, `${count}`);
        });
        if (result) measured.push(result.ns);
      }
      if (measured.length > 0) within(results.heaps, name).set(count, median(measured));
    }
    plan.progress(`timer queues of ${count.toLocaleString("en")}`);
  }
}

async function collectGrowth(plan: Plan, results: Results): Promise<void> {
  for (const name of growing.filter((name) => plan.cases.includes(name))) {
    for (const n of plan.quick ? amounts.slice(0, 2) : amounts) {
      for (const side of ownOf(plan)) {
        // A million of the host's timers take seconds: once is enough, and they are warm by the end.
        // Less takes longer to get warm: what compiles meanwhile counts as well.
        const many = n > 100_000;
        const args = many
          ? ["--warm=0", "--measure=0"]
          : [`--warm=${plan.quick ? 100 : 1000}`, "--measure=500"];
        const rounds = side === "native" && many ? 1 : 3;
        const result = await attempt(results, `${side} ${name} of ${n}`, () => {
          return deno<CaseResult>("run.ts", side, name, `--n=${n}`, `--rounds=${rounds}`, ...args);
        });
        if (!result) continue;
        const growth = within(results.growth, name);
        growth.set(side, growth.get(side) ?? new Map());
        growth.get(side)!.set(n, name === "sleep_n" ? result.cpu : result.wall);
      }
    }
    plan.progress(`${name} as work grows`);
  }
}

async function collectLatency(plan: Plan, results: Results): Promise<void> {
  const sides = ownOf(plan).filter((side) => side !== "wasyncio-js");
  const measure = `--measure=${plan.quick ? 1000 : 3000}`;
  const kinds = ["lateness light", "lateness heavy", "host timers", "host http"];
  for (const kind of kinds) {
    const [what, load] = kind.split(" ");
    for (const side of sides) {
      const result = await attempt(results, `${side} ${kind}`, () => {
        return deno<Lateness>("latency.ts", what, side, load, measure);
      });
      if (result) within(results.lateness, kind).set(side, result);
    }
    plan.progress(`latency: ${kind}`);
  }
  for (const side of sides) {
    const result = await attempt(results, `${side} idle`, () => {
      return deno<Idleness>("latency.ts", "idle", side);
    });
    if (result) results.idle.set(side, result);
  }
  for (let i = 0; i < (plan.quick ? 7 : STARTS); i++) {
    for (const program of ["empty.ts", "run.ts"]) {
      const taken = await attempt(results, `start ${program}`, () => time(`startup/${program}`));
      if (taken) results.startup.set(program, [...results.startup.get(program) ?? [], taken]);
    }
  }
  plan.progress("an idle loop, and the start of a program");
}

function ownOf(plan: Plan): Contender[] {
  return own.filter((side) => plan.sides.includes(side));
}

async function attempt<T>(results: Results, what: string, work: () => Promise<T>) {
  try {
    return await work();
  } catch (error) {
    results.failures.push(`${what}: ${(error as Error).message}`);
    return null;
  }
}
