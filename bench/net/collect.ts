/**
 * Measures groups of contenders: each measurement in a process of its own, and in turns, because
 * machines drift.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Contender, Contenders } from "./contenders.ts";
import type { Entry, Group } from "./groups.ts";
import { type Command, Program } from "./processes.ts";
import { NetResults, type Sample } from "./results.ts";
import type { EchoResult, IdleResult } from "./tcp_client.ts";
import { wrk } from "./wrk.ts";

/** What to measure. */
export interface Plan {
  groups: readonly Group[];
  contenders: Contenders;
  /** How many times. */
  runs: number;
  /** For how many seconds each. */
  seconds: number;
  /** How many connections a process may have: groups that need more are left out. */
  most: number;
  /** Is told how it goes; each line is one of {@linkcode stepsOf}. */
  progress: (line: string) => void;
}

/** For how many seconds a server is loaded before it is measured. */
const WARM_UP = 1;

/** How many milliseconds a server has until its memory is looked at. */
const REST = 1000;

/** How many calls are measured: of one after the other, and of a pool, for each second. */
const CALLS = [10_000, 100_000] as const;

/** How many lines of progress there will be. */
export function stepsOf({ runs, groups }: Plan): number {
  return runs * groups.length;
}

/** Carries out a plan. */
export async function collect(plan: Plan): Promise<NetResults> {
  const results = new NetResults();
  for (const group of plan.groups) {
    if (group.connections > plan.most) {
      results.failures.push(
        `${group.name}: a process may open ${plan.most} connections; \`ulimit -Hn\` is the limit`,
      );
      continue;
    }
    for (let run = 0; run < plan.runs; run++) {
      const found: string[] = [];
      for (let i = 0; i < group.entries.length; i++) {
        // In an order that shifts, so that none always follows the same one.
        const entry = group.entries[(i + run) % group.entries.length];
        const what = `${entry.contender} ${entry.mode}`;
        try {
          const contender = plan.contenders.get(entry.contender)!;
          const sample = await measure(plan, group, entry, contender);
          results.add(group, entry, run, sample);
          found.push(`${what} ${inShort(sample)}`);
        } catch (error) {
          const line = `${what}, ${group.connections} connections: ${(error as Error).message}`;
          results.failures.push(line);
          found.push(`${what} FAILED`);
        }
      }
      plan.progress(`${run + 1}/${plan.runs} ${group.name}: ${found.join(", ")}`);
    }
  }
  return results;
}

function inShort({ rate, cpu, bytes, elapsed }: Sample): string {
  if (bytes !== undefined) return `${bytes.toFixed(0)} bytes, ${elapsed!.toFixed(0)} ms`;
  const perSecond = Math.round(rate!).toLocaleString("en");
  return cpu === undefined ? perSecond : `${perSecond} (${cpu.toFixed(1)} µs)`;
}

function measure(
  { seconds }: Plan,
  { part, connections }: Group,
  { mode }: Entry,
  contender: Contender,
): Promise<Sample> {
  if (part === "echo") return measureEcho(contender.echo!, connections, seconds);
  if (part === "idle") return measureIdle(contender.echo!, connections);
  const [one, many] = CALLS.map((calls) => Math.ceil(calls * seconds));
  if (mode === "thread") return measureThreads(contender.thread!(one));
  if (mode === "pool") return measureThreads(contender.pool!(many, connections));
  return measureHttp(contender.http!(mode), connections, seconds);
}

async function measureHttp(
  command: Command,
  connections: number,
  seconds: number,
): Promise<Sample> {
  await using server = new Program(command);
  const port = Number(await server.line());
  const response = await fetch(`http://127.0.0.1:${port}/`);
  const text = await response.text();
  const type = response.headers.get("content-type")?.toLowerCase().replaceAll(" ", "");
  if (!response.ok || text !== "Hello, World!" || type !== "text/plain;charset=utf-8") {
    throw new Error(`answers ${response.status} ${type} ${JSON.stringify(text)}`);
  }
  await wrk(port, connections, WARM_UP);
  const before = server.cpu();
  const load = await wrk(port, connections, seconds);
  return {
    rate: load.count / load.seconds,
    cpu: (server.cpu() - before) / load.count,
    p50: load.p50,
    p99: load.p99,
  };
}

function client(...args: (string | number)[]): Program {
  const path = fileURLToPath(new URL("tcp_client.ts", import.meta.url));
  const flags = ["run", "--quiet", "--no-check", "--allow-all"];
  return new Program([Deno.execPath(), ...flags, path, ...args.map(String)]);
}

async function measureEcho(
  command: Command,
  connections: number,
  seconds: number,
): Promise<Sample> {
  await using server = new Program(command);
  await using load = client("echo", await server.line(), connections, seconds);
  await load.line(); // It is warm now.
  const before = server.cpu();
  const result: EchoResult = JSON.parse(await load.line());
  return {
    rate: result.count / result.seconds,
    cpu: (server.cpu() - before) / result.count,
    p50: result.p50,
    p99: result.p99,
  };
}

async function measureIdle(command: Command, connections: number): Promise<Sample> {
  await using server = new Program(command);
  const port = await server.line();
  // What the first connection needs is no part of what each one does.
  await using first = client("idle", port, 1);
  await first.line();
  await rest();
  const before = server.memory();
  await using all = client("idle", port, connections);
  const { elapsed }: IdleResult = JSON.parse(await all.line());
  await rest();
  return { bytes: (server.memory() - before) / connections, elapsed };
}

function rest(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, REST));
}

async function measureThreads(command: Command): Promise<Sample> {
  await using program = new Program(command);
  return { rate: 1e6 / Number(await program.rest()) };
}
