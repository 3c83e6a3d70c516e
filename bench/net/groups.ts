/**
 * What is measured side by side.
 *
 * @module
 */
import { type Contenders, FLAGGED } from "./contenders.ts";

/** What can be measured alone. */
export const parts = ["http", "peers", "echo", "idle", "threads"] as const;

/** One of them. */
export type Part = typeof parts[number];

/** A contender in one of its modes. */
export interface Entry {
  /** Its name. */
  readonly contender: string;
  /** What its handlers do. */
  readonly mode: string;
}

/** What is measured in turns, and compared. */
export interface Group {
  readonly part: Part;
  /** Its name, which is unique. */
  readonly name: string;
  /** How many connections there are, or how many jobs are in flight. */
  readonly connections: number;
  /** Who takes part. */
  readonly entries: readonly Entry[];
}

/** How many connections HTTP servers are measured with. */
export const httpConnections = [64, 1_000, 4_000] as const;

/** How many connections echo servers are measured with. */
export const echoConnections = [64, 1_000] as const;

/** How many connections do nothing. */
export const IDLE = 10_000;

/** How many jobs of a pool are in flight. */
export const jobsInFlight = [64, 1_000] as const;

/** Ours without and with the flag; bare `Deno.serve` is the same with it. */
export const ours = ["wasyncio", `wasyncio${FLAGGED}`] as const;

/** All groups of some parts, with who is there of each. */
export function groupsOf(chosen: readonly Part[], contenders: Contenders): Group[] {
  const groups = [...http(), ...peers(), ...echo(), ...idle(), ...threads()];
  return groups.filter(({ part }) => chosen.includes(part)).map((group) => ({
    ...group,
    entries: group.entries.filter(({ contender }) => contenders.has(contender)),
  }));

  function http(): Group[] {
    const group = (name: string, connections: number, modes: string[]): Group => {
      const servers = modes.flatMap((mode) => ours.map((contender) => ({ contender, mode })));
      const entries = [{ contender: "Deno", mode: modes[0] }, ...servers];
      return { part: "http", name: `${name} ${connections}`, connections, entries };
    };
    return [
      ...httpConnections.flatMap((connections) => [
        group("none", connections, ["none", "yield", "limits"]),
        group("sleep5", connections, ["sleep5"]),
      ]),
      group("sleep30", 1_000, ["sleep30"]),
    ];
  }

  function peers(): Group[] {
    const names = [...ours, "node:http", "uvicorn", "aiohttp", "Go"];
    const entries = names.map((contender) => ({ contender, mode: "none" }));
    return [{ part: "peers", name: "peers", connections: 64, entries }];
  }

  function echo(): Group[] {
    const entries = ["wasyncio", "Deno", ...asyncios(), "uvloop"].map((contender) => ({
      contender,
      mode: "echo",
    }));
    return echoConnections.map((connections) => ({
      part: "echo",
      name: `echo ${connections}`,
      connections,
      entries,
    }));
  }

  function idle(): Group[] {
    const names = ["wasyncio", "Deno", "Go", ...asyncios(), "uvloop"];
    const entries = names.map((contender) => ({ contender, mode: "idle" }));
    return [{ part: "idle", name: "idle", connections: IDLE, entries }];
  }

  function threads(): Group[] {
    const one = ["wasyncio", ...asyncios()].map((contender) => ({ contender, mode: "thread" }));
    const many = ["wasyncio", "Deno"].map((contender) => ({ contender, mode: "pool" }));
    const part = "threads";
    return [
      { part, name: "toThread", connections: 1, entries: one },
      ...jobsInFlight.map((connections) => ({
        part,
        name: `pool ${connections}`,
        connections,
        entries: many,
      } as const)),
    ];
  }

  function asyncios(): string[] {
    return [...contenders.keys()].filter((name) => name.startsWith("asyncio "));
  }
}
