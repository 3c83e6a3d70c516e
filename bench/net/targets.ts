/**
 * What the library set out to reach as a server and with threads, and whether it does.
 *
 * @module
 */
import type { Verdict } from "../report/targets.ts";
import { FLAGGED } from "./contenders.ts";
import {
  echoConnections,
  type Entry,
  httpConnections,
  IDLE,
  jobsInFlight,
  ours,
} from "./groups.ts";
import type { Metric, NetResults } from "./results.ts";

/** Why a target is missed, where it is, by the name of the group of targets. */
export type Reason = "task" | "yield" | "signal" | "limits" | "echo" | "idle" | "pool" | "other";

/** What is known of targets that are missed. */
export const reasons: Partial<Record<Reason, string>> = {
  yield:
    "A handler that gives up its turn is answered by a promise, and takes a turn of the loop: of what " +
    "that costs, 0.2 to 0.3 µs are the library's, measured in one process without a network. The rest " +
    "comes with Deno, which gets a promise in a response's place; it was not attributed further.",
  task:
    "Each request is a task, which takes 0.1 µs without a network. The flag means nothing to a handler " +
    "that answers at once: as far as the rows with and without it lie apart, so do two runs of the same.",
  signal:
    "Handlers that wait have their request's signal looked at, so that they hear of a client " +
    "that leaves. Deno makes that signal on first use, which is dear, and without the flag aborts it " +
    "at the end of each request.",
  pool:
    "Jobs are sent ahead to a busy thread for half a millisecond of work at most, so that one that turns " +
    "out long holds up no others: of 64 in flight, few travel together.",
};

/** A verdict, and what speaks for it if it is bad. */
export interface NetVerdict extends Verdict {
  reason: Reason;
}

/** Judges the results. Targets for which something was not measured are left out. */
export function judgeNet(results: NetResults): NetVerdict[] {
  const judge = new Judge(results);
  for (const contender of ours) http(judge, contender);
  for (const contender of ours) peers(judge, contender);
  echo(judge);
  idle(judge);
  threads(judge);
  return judge.verdicts;
}

/** Compares one entry with another. */
class Judge {
  readonly verdicts: NetVerdict[] = [];
  readonly #results: NetResults;

  constructor(results: NetResults) {
    this.#results = results;
  }

  /** How fast it has to be, as a multiple of how fast another one is. */
  least(least: number, what: string, group: string, pair: readonly [Entry, Entry], reason: Reason) {
    const ratio = this.#results.compare(group, pair, "rate", (one, other) => one / other);
    this.#add(what, `${least}× at least`, ratio, (ratio) => ratio >= least, reason);
  }

  /** How much it may take, as a multiple of what another one takes. */
  most(
    most: number,
    what: string,
    metric: Metric,
    group: string,
    pair: readonly [Entry, Entry],
    reason: Reason,
  ) {
    const ratio = this.#results.compare(group, pair, metric, (one, other) => one / other);
    this.#add(what, `${most}× at most`, ratio, (ratio) => ratio <= most, reason);
  }

  /** How much more CPU time it may take than another one does, in microseconds. */
  more(most: number, what: string, group: string, pair: readonly [Entry, Entry], reason: Reason) {
    const more = this.#results.compare(group, pair, "cpu", (one, other) => one - other);
    if (more === undefined) return;
    const achieved = `${more.toFixed(1)} µs more`;
    this.verdicts.push({ what, target: `${most} µs`, achieved, met: more <= most, reason });
  }

  /** How many bytes a connection may take. */
  bytes(most: number, what: string, group: string, { contender, mode }: Entry, reason: Reason) {
    const bytes = this.#results.typical(group, contender, mode, "bytes");
    if (bytes === undefined) return;
    const achieved = `${(bytes / 1024).toFixed(1)} KB`;
    const target = `${most} KB at most`;
    this.verdicts.push({ what, target, achieved, met: bytes <= most * 1024, reason });
  }

  #add(
    what: string,
    target: string,
    ratio: number | undefined,
    met: (ratio: number) => boolean,
    reason: Reason,
  ) {
    if (ratio === undefined) return;
    this.verdicts.push({ what, target, achieved: `${ratio.toFixed(2)}×`, met: met(ratio), reason });
  }
}

const bare = (mode: string): Entry => ({ contender: "Deno", mode });

/** What else takes CPU time on two cores makes this much difference to nothing at all. */
const SAME = 1.05;

function http(judge: Judge, contender: string): void {
  const flag = contender.slice("wasyncio".length);
  const own = (mode: string): Entry => ({ contender, mode });
  const among = (connections: number) => `${connections.toLocaleString("en")} connections${flag}`;
  for (const connections of httpConnections) {
    const group = `none ${connections}`;
    const what = `\`serve\`, ${among(connections)}`;
    const against = "against `Deno.serve`";
    const none = [own("none"), bare("none")] as const;
    judge.least(0.95, `requests a second of ${what}, ${against}`, group, none, "task");
    judge.most(SAME, `CPU time a request of ${what}, ${against}`, "cpu", group, none, "task");
    const turn = [own("yield"), bare("none")] as const;
    judge.least(0.8, `the same with \`sleep(0)\`, requests a second`, group, turn, "yield");
    judge.more(1.5, `the same with \`sleep(0)\`, CPU time`, group, turn, "yield");
    const limits = [own("limits"), bare("none")] as const;
    const named = "the same with `deadline`, `maxConcurrency` and `sleep(0)`, requests a second";
    judge.least(0.7, named, group, limits, "limits");
  }
  for (const [connections, least] of [[64, 0.95], [1_000, 0.9], [4_000, 0.85]] as const) {
    const what = `requests a second with \`sleep(5)\`, ${among(connections)}, against ` +
      "`setTimeout`";
    const pair = [own("sleep5"), bare("sleep5")] as const;
    judge.least(least, what, `sleep5 ${connections}`, pair, "signal");
  }
  const what = `requests a second with \`sleep(30)\`, ${among(1_000)}, against \`setTimeout\``;
  const pair = [own("sleep30"), bare("sleep30")] as const;
  judge.least(flag === FLAGGED ? 0.95 : 0.88, what, "sleep30 1000", pair, "signal");
}

function peers(judge: Judge, contender: string): void {
  const flag = contender.slice("wasyncio".length);
  const peers = [["node:http", 2], ["uvicorn", 2], ["aiohttp", 4], ["Go", 1.1]] as const;
  for (const [peer, least] of peers) {
    const what = `requests a second of \`serve\`, 64 connections${flag}, against ${peer}`;
    const pair = [{ contender, mode: "none" }, { contender: peer, mode: "none" }] as const;
    judge.least(least, what, "peers", pair, "other");
  }
}

/** asyncio became slower at this from 3.12 on. */
const asyncios: Record<number, [name: string, least: number][]> = {
  64: [["3.13", 1.3], ["3.12", 1.3], ["3.11", 1.1]],
  1_000: [["3.13", 1], ["3.12", 1], ["3.11", 0.85]],
};

function echo(judge: Judge): void {
  const own = { contender: "wasyncio", mode: "echo" };
  const others: Record<number, [name: string, least: number][]> = {
    64: [["Deno", 0.8], ["uvloop", 0.9]],
    1_000: [["Deno", 0.65], ["uvloop", 0.6]],
  };
  for (const connections of echoConnections) {
    const peers = [
      ...others[connections],
      ...asyncios[connections].map(([version, least]) => [`asyncio ${version}`, least] as const),
    ];
    for (const [contender, least] of peers) {
      const name = contender === "Deno" ? "bare loops" : contender;
      const what = `lines a second by \`readline\`, \`write\` and \`drain\`, ${
        connections.toLocaleString("en")
      } connections, against ${name}`;
      judge.least(least, what, `echo ${connections}`, [own, { contender, mode: "echo" }], "echo");
    }
  }
}

function idle(judge: Judge): void {
  const own = { contender: "wasyncio", mode: "idle" };
  const what = `${IDLE.toLocaleString("en")} idle connections`;
  judge.bytes(12, `memory of each of ${what}`, "idle", own, "idle");
  const pair = [own, bare("idle")] as const;
  judge.most(1.3, `time to accept ${what}, against a bare loop`, "elapsed", "idle", pair, "idle");
}

function threads(judge: Judge): void {
  const own = (mode: string): Entry => ({ contender: "wasyncio", mode });
  for (const [version] of asyncios[64]) {
    const contender = `asyncio ${version}`;
    const what =
      `calls by \`toThread\`, one after the other, against \`to_thread\` of ${contender}`;
    judge.least(1, what, "toThread", [own("thread"), { contender, mode: "thread" }], "other");
  }
  for (const jobs of jobsInFlight) {
    const what =
      `jobs of a \`WorkerPool\`, ${jobs.toLocaleString("en")} in flight, against workers ` +
      "with a message for each";
    judge.least(2.5, what, `pool ${jobs}`, [own("pool"), bare("pool")], "pool");
  }
}
