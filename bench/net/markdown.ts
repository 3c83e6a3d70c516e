/**
 * The report on network programs as Markdown, and the part of it that `RESULTS.md` shows.
 *
 * @module
 */
import { markdown, verdictTable } from "../report/markdown.ts";
import { digits, type Table } from "../report/table.ts";
import type { Machine } from "../report/machine.ts";
import type { Contenders } from "./contenders.ts";
import type { Entry, Group, Part } from "./groups.ts";
import type { NetResults } from "./results.ts";
import { judgeNet, reasons } from "./targets.ts";

const BEGIN = "<!-- net: deno task bench:net -->";
const END = "<!-- end of net -->";

const HOLD_BEGIN = "<!-- hold: deno task bench:net --hold -->";
const HOLD_END = "<!-- end of hold -->";

/** What a handler does. */
const modes: Record<string, string> = {
  none: "answers at once",
  yield: "`sleep(0)`",
  limits: "`sleep(0)`, `deadline`, `maxConcurrency`",
  sleep5: "waits 5 ms",
  sleep30: "waits 30 ms",
};

const TITLES: Record<Part, string> = {
  http: "HTTP, by what a handler does",
  peers: "HTTP beside other servers, 64 connections",
  echo: "Lines over TCP, sent back",
  idle: "Connections that do nothing",
  threads: "Other threads",
};

/** What was looked at, and by whom. */
export interface Surroundings {
  machine: Machine;
  contenders: Contenders;
  groups: readonly Group[];
  runs: number;
  /** What took no part, and how to get it. */
  missing: readonly string[];
}

/** The table of targets, and why some are missed. */
function targets(results: NetResults): string[] {
  const verdicts = judgeNet(results);
  const met = verdicts.filter((verdict) => verdict.met).length;
  const missed = new Set(verdicts.flatMap(({ met, reason }) => met ? [] : [reason]));
  const why = [...missed].flatMap((reason) => reasons[reason] ?? []);
  return [
    `${met} of ${verdicts.length} are met.`,
    verdictTable(verdicts),
    ...why.length > 0 ? ["Of those that are missed:", why.map((x) => `- ${x}`).join("\n")] : [],
  ];
}

/** All numbers of a group, the fastest first. */
function rowsOf(results: NetResults, group: Group): string[][] {
  const { part, connections } = group;
  const number = (entry: Entry, metric: "rate" | "cpu" | "p50" | "p99" | "bytes" | "elapsed") =>
    results.typical(group.name, entry.contender, entry.mode, metric);
  return group.entries.flatMap((entry) => {
    const rate = number(entry, "rate");
    const bytes = number(entry, "bytes");
    if (bytes !== undefined) {
      return [[entry.contender, (bytes / 1024).toFixed(1), digits(number(entry, "elapsed"))]];
    }
    if (rate === undefined) return [];
    if (part === "threads") {
      const what = entry.mode === "thread" ? "one after the other" : `${connections} in flight`;
      return [[what, entry.contender, (1e6 / rate).toFixed(1)]];
    }
    const load = [rate, ...(["cpu", "p50", "p99"] as const).map((metric) => number(entry, metric))];
    const size = connections.toLocaleString("en");
    const what = part === "http" ? [size, modes[entry.mode]] : part === "echo" ? [size] : [];
    return [[...what, entry.contender, ...load.map(digits)]];
  });
}

const LOAD = ["a second", "CPU µs", "p50, ms", "p99, ms"];

const HEADS: Record<Part, [head: string[], left: number]> = {
  http: [["connections", "a handler", "", ...LOAD], 3],
  peers: [["", ...LOAD], 1],
  echo: [["connections", "", ...LOAD], 2],
  idle: [["", "KB each", "ms to accept all"], 1],
  threads: [["", "", "µs a call"], 2],
};

/** The numbers of each part. */
function details(results: NetResults, groups: readonly Group[]): string[] {
  return Object.entries(TITLES).flatMap(([part, title]) => {
    const rows = groups.filter((group) => group.part === part)
      .flatMap((group) => rowsOf(results, group));
    const [head, left] = HEADS[part as Part];
    return rows.length === 0 ? [] : [`## ${title}`, markdown([head, ...rows], left)];
  });
}

/** The whole report. */
export function netReport(results: NetResults, surroundings: Surroundings, hold: string): string {
  const { machine, contenders, groups, runs, missing } = surroundings;
  const facts: Table = [
    ["", ""],
    ["date", machine.date],
    ["CPU", `${machine.cpu}, ${machine.cores} cores, ${machine.memory} of memory`],
    ["system", machine.system],
    ["load when it began", machine.load.toFixed(2)],
    ...[...contenders].map(([name, { label }]) => [name, label]),
    ["processes per number", `${runs}`],
  ];
  const parts = [
    "# Network programs and threads",
    "Made by `deno task bench:net`; [README.md](README.md#network-programs) says how to read it.",
    markdown(facts, 2),
    ...missing.length > 0 ? [missing.map((line) => `- ${line}`).join("\n")] : [],
    "## Targets",
    ...targets(results),
    ...details(results, groups),
  ];
  if (hold !== "") parts.push("## For a long time", between(HOLD_BEGIN, hold, HOLD_END));
  if (results.failures.length > 0) {
    parts.push("## Failures", results.failures.map((failure) => `- ${failure}`).join("\n"));
  }
  return parts.join("\n\n") + "\n";
}

/** What a report says of a long time. */
export function holdOf(report: string): string {
  return inside(report, HOLD_BEGIN, HOLD_END) ?? "";
}

/** The report with that said anew. */
export function withHold(report: string, hold: string): string {
  const block = between(HOLD_BEGIN, hold, HOLD_END);
  const old = inside(report, HOLD_BEGIN, HOLD_END);
  if (old === undefined) return `${report}\n## For a long time\n\n${block}\n`;
  return report.replace(between(HOLD_BEGIN, old, HOLD_END), () => block);
}

/** `RESULTS.md` with the targets of a report on network programs. */
export function withNet(results: string, report: string): string {
  const [, targets = ""] = /^## Targets\n\n([^]*?)\n\n## /m.exec(report) ?? [];
  const more = "[NET.md](NET.md) has all the numbers, and says where they were measured.";
  const block = between(BEGIN, `## Network programs and threads\n\n${targets}\n\n${more}`, END);
  const old = inside(results, BEGIN, END);
  if (old === undefined) return `${results}\n${block}\n`;
  return results.replace(between(BEGIN, old, END), () => block);
}

function between(begin: string, text: string, end: string): string {
  return `${begin}\n\n${text}\n\n${end}`;
}

function inside(text: string, begin: string, end: string): string | undefined {
  const from = text.indexOf(begin);
  const to = text.indexOf(end);
  return from < 0 || to < from ? undefined : text.slice(from + begin.length, to).trim();
}
