/**
 * Measures everything that a report shows: interleaved, because machines drift, and each
 * measurement in a process of its own, because libraries share more than they know.
 *
 * @module
 */
import { type CaseName, sizes } from "../cases.ts";
import { type ContenderName, contenders } from "../contenders.ts";
import { median } from "../measure.ts";
import { type FirstCallResult, kinds as functionKinds } from "../probes/first_calls.ts";
import { type HeapResult, heaps } from "../probes/heaps.ts";
import type { Idleness, Lateness } from "../probes/latency.ts";
import type { ParkResult } from "../probes/park.ts";
import { collectedHeaps, growingCores, type PauseResult } from "../probes/pauses.ts";
import type { TimersResult } from "../probes/timers.ts";
import type { CaseResult } from "../run.ts";
import { describeMachine } from "./machine.ts";
import { deno, python } from "./processes.ts";
import { Results, within } from "./results.ts";

/** What to measure. */
export interface Plan {
  /** How many processes measure each case of each contender. */
  rounds: number;
  /** Which cases. */
  cases: readonly CaseName[];
  /** Which contenders. */
  contenders: readonly ContenderName[];
  /** Whether shorter measurements will do. */
  quick: boolean;
  /** Whether to go on to memory, timers, growth and latency. */
  rest: boolean;
  /** Is told how it goes; each line is one of {@linkcode stepsOf}. */
  progress: (line: string) => void;
}

/** Cases that are measured with ever more tasks and timers. */
export const growing: readonly CaseName[] = ["spawn_join_gen", "cancel_n", "sleep_n"];

/** How many. */
export const amounts = [10_000, 100_000, 1_000_000] as const;

/** How many timers stand while others are set, cancelled and fired. */
export const standing = [1_000, 100_000, 1_000_000] as const;

/** How many timers are set one after another, to see how long the longest takes. */
export const setAtOnce = 4_000_000;

/** How many stand while garbage is collected. */
export const standingBesideGarbage = 1_000_000;

/** Timers and latencies are compared among these. */
export const own = ["wasyncio", "wasyncio-js", "native"] as const;

/** What is late, and beside what. */
const latencies = ["lateness light", "lateness heavy", "host timers", "host http"];

/** How often each program is started. */
const STARTS = 21;

/** How many lines of progress there will be. */
export function stepsOf({ rounds, cases, quick, rest }: Plan): number {
  const steps = rounds * cases.length;
  if (!rest) return steps;
  const counts = quick ? standing.length - 1 : standing.length;
  const grown = growing.filter((name) => cases.includes(name)).length;
  return steps + 2 * counts + grown + latencies.length + 5;
}

/** Carries out a plan. */
export async function collect(plan: Plan): Promise<Results> {
  const results = new Results(await describeMachine());
  const { load, cores } = results.machine;
  if (load > cores / 4) {
    console.error(`The machine is busy (load ${load.toFixed(1)}): the numbers will be noisy`);
  }
  await collectCases(plan, results);
  if (!plan.rest) return results;
  await collectMemory(plan, results);
  await collectTimers(plan, results);
  await collectHeaps(plan, results);
  await collectPauses(plan, results);
  await collectFirstCalls(plan, results);
  await collectGrowth(plan, results);
  await collectLatency(plan, results);
  return results;
}

async function collectCases(plan: Plan, results: Results): Promise<void> {
  const { rounds, cases, progress } = plan;
  for (let round = 0; round < rounds; round++) {
    for (const name of cases) {
      const found = new Map<ContenderName, string>();
      for (let i = 0; i < plan.contenders.length; i++) {
        // In an order that shifts, so that none always follows the same one.
        const contender = plan.contenders[(i + round) % plan.contenders.length];
        const result = await attempt(results, `${contender} ${name}`, () => {
          return measureCase(plan, results, contender, name, round === 0);
        });
        if (!result) continue;
        const measured = within(results.cases, name);
        const { wall, cpu, host } = measured.get(contender) ?? { wall: [], cpu: [] };
        measured.set(contender, {
          wall: [...wall, result.wall],
          cpu: [...cpu, result.cpu],
          host: host ?? result.host,
        });
        const ns = name === "sleep_n" ? result.cpu : result.wall;
        found.set(contender, `${contender} ${ns < 100 ? ns.toFixed(1) : Math.round(ns)}`);
      }
      const line = plan.contenders.flatMap((name) => found.get(name) ?? []).join(", ");
      progress(`${round + 1}/${rounds} ${name}, ns: ${line}`);
    }
  }
}

function measureCase(
  { quick }: Plan,
  { machine }: Results,
  contender: ContenderName,
  name: CaseName,
  turns: boolean,
): Promise<CaseResult | null> {
  const args = [`--warm=${quick ? 50 : 120}`, `--measure=${quick ? 50 : 150}`];
  if (underDeno(contender)) {
    return deno("run.ts", contender, name, ...args, ...turns ? ["--turns=1"] : []);
  }
  const executable = contender === "uvloop" ? machine.uvloop : machine.asyncio;
  if (executable === undefined) return Promise.resolve(null);
  args.push(`--n=${sizes[name]}`);
  if (contender === "uvloop") args.push("--uvloop");
  return python(executable.executable, name, ...args, ...turns ? ["--turns"] : []);
}

async function collectMemory(plan: Plan, results: Results): Promise<void> {
  const { machine } = results;
  for (const contender of plan.contenders) {
    const result = await attempt(results, `${contender} park`, async () => {
      if (underDeno(contender)) return await deno<ParkResult>("probes/park.ts", contender);
      const executable = (contender === "uvloop" ? machine.uvloop : machine.asyncio)?.executable;
      if (executable === undefined) return null;
      return await python<ParkResult>(
        executable,
        "park",
        ...contender === "uvloop" ? ["--uvloop"] : [],
      );
    });
    if (result) results.park.set(contender, result);
  }
  plan.progress(`bytes per parked task of ${[...results.park.keys()].join(", ")}`);
}

async function collectTimers(plan: Plan, results: Results): Promise<void> {
  for (const count of plan.quick ? standing.slice(0, 2) : standing) {
    for (const contender of ownOf(plan)) {
      const result = await attempt(results, `${contender} timers`, () => {
        return deno<TimersResult>(
          "probes/timers.ts",
          contender,
          `${count}`,
          `--measure=${plan.quick ? 60 : 200}`,
        );
      });
      if (result) within(results.timers, contender).set(count, result);
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
          return deno<HeapResult>("probes/heaps.ts", name, `${count}`);
        });
        if (result) measured.push(result.ns);
      }
      if (measured.length > 0) within(results.heaps, name).set(count, median(measured));
    }
    plan.progress(`timer queues of ${count.toLocaleString("en")}`);
  }
}

async function collectPauses(plan: Plan, results: Results): Promise<void> {
  const measured = [
    ["growth", growingCores, setAtOnce],
    ["garbage", collectedHeaps, standingBesideGarbage],
  ] as const;
  for (const [what, queues, count] of measured) {
    for (let round = 0; round < plan.rounds; round++) {
      for (const name of Object.keys(queues)) {
        const result = await attempt(results, `${what} of ${name}`, () => {
          return deno<PauseResult>(
            "probes/pauses.ts",
            what,
            name,
            `${count}`,
            `--measure=${plan.quick ? 1500 : 3000}`,
          );
        });
        if (!result) continue;
        const pauses = within(results.pauses, what);
        pauses.set(name, [...pauses.get(name) ?? [], result.longest]);
      }
    }
    plan.progress(`pauses: ${what}`);
  }
}

async function collectFirstCalls(plan: Plan, results: Results): Promise<void> {
  for (let round = 0; round < plan.rounds; round++) {
    for (const kind of functionKinds) {
      const result = await attempt(results, `calls of a ${kind}`, () => {
        return deno<FirstCallResult>("probes/first_calls.ts", kind);
      });
      if (!result) continue;
      results.firstCalls.set(kind, [...results.firstCalls.get(kind) ?? [], result]);
    }
  }
  plan.progress("what a coroutine costs to make");
}

async function collectGrowth(plan: Plan, results: Results): Promise<void> {
  for (const name of growing.filter((name) => plan.cases.includes(name))) {
    for (const n of plan.quick ? amounts.slice(0, 2) : amounts) {
      for (const contender of ownOf(plan)) {
        // A million of the host's timers take seconds: once is enough, and they are warm by the end.
        // Less takes longer to get warm: what compiles meanwhile counts as well.
        const many = n > 100_000;
        const args = many
          ? ["--warm=0", "--measure=0"]
          : [`--warm=${plan.quick ? 100 : 1000}`, "--measure=500"];
        const rounds = contender === "native" && many ? 1 : 3;
        const result = await attempt(results, `${contender} ${name} of ${n}`, () => {
          return deno<CaseResult>(
            "run.ts",
            contender,
            name,
            `--n=${n}`,
            `--rounds=${rounds}`,
            ...args,
          );
        });
        if (!result) continue;
        const growth = within(results.growth, name);
        growth.set(contender, growth.get(contender) ?? new Map());
        growth.get(contender)!.set(n, name === "sleep_n" ? result.cpu : result.wall);
      }
    }
    plan.progress(`${name} as work grows`);
  }
}

async function collectLatency(plan: Plan, results: Results): Promise<void> {
  const measured = ownOf(plan).filter((contender) => contender !== "wasyncio-js");
  const measure = `--measure=${plan.quick ? 1000 : 3000}`;
  for (const kind of latencies) {
    const [what, load] = kind.split(" ");
    for (const contender of measured) {
      const result = await attempt(results, `${contender} ${kind}`, () => {
        return deno<Lateness>("probes/latency.ts", what, contender, load, measure);
      });
      if (result) within(results.lateness, kind).set(contender, result);
    }
    plan.progress(`latency: ${kind}`);
  }
  for (const contender of measured) {
    const result = await attempt(results, `${contender} idle`, () => {
      return deno<Idleness>("probes/latency.ts", "idle", contender);
    });
    if (result) results.idle.set(contender, result);
  }
  const starts = await attempt(results, "starts", () => {
    return deno<Record<string, number[]>>("probes/startup.ts", `${plan.quick ? 7 : STARTS}`);
  });
  for (const [program, times] of Object.entries(starts ?? {})) results.startup.set(program, times);
  plan.progress("an idle loop, and the start of a program");
}

function ownOf(plan: Plan): ContenderName[] {
  return own.filter((contender) => plan.contenders.includes(contender));
}

function underDeno(contender: ContenderName): boolean {
  return contenders[contender].load !== undefined;
}

async function attempt<T>(results: Results, what: string, work: () => Promise<T>) {
  try {
    return await work();
  } catch (error) {
    results.failures.push(`${what}: ${(error as Error).message}`);
    return null;
  }
}
