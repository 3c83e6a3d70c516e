/**
 * The report as Markdown.
 *
 * @module
 */
import { caseNames, operations } from "../cases.ts";
import { type ContenderName, contenderNames, contenders } from "../contenders.ts";
import { median } from "../measure.ts";
import { heaps } from "../probes/heaps.ts";
import { collectedHeaps, growingCores } from "../probes/pauses.ts";
import { amounts, growing, own, setAtOnce, standing, standingBesideGarbage } from "./collect.ts";
import type { Results } from "./results.ts";
import { digits, factor, type Table } from "./table.ts";
import { judge, type Verdict } from "./targets.ts";

/** Ours in nanoseconds, and how many times as long the others take. Without ours, the first one's. */
export function ratioTable(results: Results): Table {
  const [first, ...others] = present(results);
  const rows = caseNames.filter((name) => results.cases.has(name)).map((name) => {
    const ours = results.ns(first, name);
    const ratios = others.map((contender) => {
      const theirs = results.ns(contender, name);
      return theirs === undefined || ours === undefined ? "" : factor(theirs / ours);
    });
    return [`\`${name}\``, digits(ours), ...ratios];
  });
  return [
    ["case", `${contenders[first].short}, ns`, ...others.map((other) => contenders[other].short)],
    ...rows,
  ];
}

/** Nanoseconds of all, and CPU time where it differs much. */
function absoluteTable(results: Results): Table {
  const all = present(results);
  const rows = caseNames.filter((name) => results.cases.has(name)).map((name) => [
    `\`${name}\``,
    ...all.map((contender) => {
      const measured = results.cases.get(name)?.get(contender);
      if (measured === undefined) return "";
      return `${digits(median(measured.wall))} / ${digits(median(measured.cpu))}`;
    }),
  ]);
  return [["case", ...all.map((contender) => contenders[contender].short)], ...rows];
}

/** How often the host gets in, and how long it waits. */
function hostTable(results: Results): Table {
  const all = present(results).filter((contender) => contender !== "generators");
  const rows = caseNames.filter((name) => results.cases.has(name)).map((name) => [
    `\`${name}\``,
    ...all.map((contender) => {
      const host = results.cases.get(name)?.get(contender)?.host;
      if (host === undefined) return "";
      const longest = `${host.longest.toFixed(host.longest < 10 ? 1 : 0)} ms`;
      if (host.turns === 0) return `never in ${longest}`;
      return `${digits(host.turns * 1000 / host.operations)}, ${longest}`;
    }),
  ]);
  return [["case", ...all.map((contender) => contenders[contender].short)], ...rows];
}

function memoryTable(results: Results): Table {
  const rows = [...results.park].filter(([contender]) => contender !== "generators")
    .map(([contender, { heap, buffers }]) => [
      contenders[contender].label,
      heap.toFixed(0),
      buffers.toFixed(0),
      (heap + buffers).toFixed(0),
    ]);
  return [["contender", "heap", "buffers and WebAssembly", "together"], ...rows];
}

function timersTable(results: Results): Table {
  const rows = standing.flatMap((count) =>
    own.flatMap((contender) => {
      const result = results.timers.get(contender)?.get(count);
      if (result === undefined) return [];
      const { add, addAt, cancel, hold } = result;
      const name = contender === "native"
        ? "`setTimeout`, `clearTimeout`"
        : contenders[contender].label;
      const numbers = [add, addAt, cancel, hold].map(digits);
      return [[count.toLocaleString("en"), name, ...numbers]];
    })
  );
  return [
    ["standing", "contender", "add after", "add at", "cancel", "fire and add another (CPU)"],
    ...rows,
  ];
}

function heapsTable(results: Results): Table {
  const rows = Object.entries(heaps).map(([name, label]) => [
    label,
    ...standing.map((count) => digits(results.heaps.get(name)?.get(count))),
  ]);
  return [["timer queue", ...standing.map((count) => count.toLocaleString("en"))], ...rows];
}

function pausesTable(results: Results): Table {
  const parts = [
    ["growth", growingCores, `${setAtOnce.toLocaleString("en")} timers are set`],
    [
      "garbage",
      collectedHeaps,
      `garbage is collected beside ${standingBesideGarbage.toLocaleString("en")}`,
    ],
  ] as const;
  const rows = parts.flatMap(([what, queues, label]) =>
    Object.entries(queues).flatMap(([name, queue]) => {
      const pauses = results.pauses.get(what)?.get(name);
      return pauses === undefined ? [] : [[label, queue, median(pauses).toFixed(1)]];
    })
  );
  return [["while", "timer queue", "longest pause, ms"], ...rows];
}

function firstCallsTable(results: Results): Table {
  const rows = [...results.firstCalls].map(([kind, measured]) => [
    kind,
    digits(median(measured.map(({ ns }) => ns))),
    median(measured.map(({ bytes }) => bytes)).toFixed(0),
  ]);
  return [["a call of a", "ns", "bytes"], ...rows];
}

function growthTable(results: Results): Table {
  const rows = growing.flatMap((name) =>
    own.flatMap((contender) => {
      const growth = results.growth.get(name)?.get(contender);
      if (growth === undefined) return [];
      return [[
        `\`${name}\``,
        contenders[contender].label,
        ...amounts.map((n) => digits(growth.get(n))),
      ]];
    })
  );
  return [["case", "contender", ...amounts.map((n) => n.toLocaleString("en"))], ...rows];
}

/** What each kind of latency is. */
const kinds: Record<string, string> = {
  "lateness light": "a timer, one at a time",
  "lateness heavy": "10,000 timers in a second, each with 30 µs of work",
  "host timers": "a host's `setTimeout`",
  "host http": "a request to a server in the same process, there and back",
};

function latencyTable(results: Results): Table {
  const rows = [...results.lateness].flatMap(([kind, measured]) =>
    [...measured].map(([contender, { p50, p99, samples }]) => {
      const beside = contender === "native" ? "beside nothing" : "beside 100,000 busy tasks";
      const who = kind.startsWith("host") ? beside : contenders[contender].label;
      return [kinds[kind], who, p50.toFixed(2), p99.toFixed(2), samples.toLocaleString("en")];
    })
  );
  return [["what", "", "p50, ms", "p99, ms", "samples"], ...rows];
}

function present(results: Results): ContenderName[] {
  return contenderNames.filter((contender) =>
    [...results.cases.values()].some((measured) => measured.has(contender))
  );
}

/** A table in Markdown: the first columns to the left, numbers to the right. */
export function markdown(table: Table, left: number = 1): string {
  const [head, ...rows] = table;
  const rule = head.map((_, column) => column < left ? "---" : "---:");
  return [head, rule, ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** What was wanted of each target, and what it has come to. */
export function verdictTable(verdicts: readonly Verdict[]): string {
  return markdown([
    ["what", "target", "reached", ""],
    ...verdicts.map(({ what, target, achieved, met }) => [
      what,
      target,
      achieved,
      met ? "met" : "**missed**",
    ]),
  ], 4);
}

function machineText({ machine }: Results, rounds: number): string {
  const { asyncio, uvloop } = machine;
  const facts: string[][] = [
    ["", ""],
    ["date", machine.date],
    ["CPU", `${machine.cpu}, ${machine.cores} cores, ${machine.memory} of memory`],
    ["system", machine.system],
    ["load when it began", machine.load.toFixed(2)],
    ["Deno", `${machine.deno} (V8 ${machine.v8})`],
    ["wasyncio", machine.wasyncio],
    ["Effect", machine.effect],
    ["Effection", machine.effection],
    ["asyncio", asyncio ? `${asyncio.implementation} ${asyncio.python}` : "not found"],
    ["uvloop", uvloop ? `${uvloop.uvloop} on ${uvloop.python}` : "not found"],
    ["processes per number", `${rounds}`],
  ];
  return markdown(facts, 2);
}

/** What is started, by the names that the probe gives. */
const STARTED: Record<string, string> = {
  empty: "empty",
  sources: "with the library's sources",
  released: "with the released library",
};

/** The whole report. */
export function report(results: Results, rounds: number): string {
  const verdicts = judge(results);
  const met = verdicts.filter((verdict) => verdict.met).length;
  const idle = [...results.idle].map(([contender, { cpu, wakeUps }]) =>
    `${contenders[contender].label} ${cpu.toFixed(1)} ms of CPU time` +
    (wakeUps === null ? "" : ` and ${wakeUps} wake-ups of its threads`)
  ).join(", ");
  const starts = [...results.startup].map(([program, times]) =>
    `${STARTED[program]} ${median(times).toFixed(1)} ms`
  ).join(", ");
  const parts = [
    "# Results",
    "Made by `deno task bench:report`; [README.md](README.md) says how to read it.",
    machineText(results, rounds),
    "## How many times as long the others take",
    "Below 1× the other contender is faster. `sleep_n` compares CPU time, all else wall-clock time.",
    markdown(ratioTable(results)),
    "![The same as a chart](results.svg)",
    "## Targets",
    `${met} of ${verdicts.length} are met.`,
    verdictTable(verdicts),
    "## Nanoseconds per operation, wall clock / CPU",
    markdown(absoluteTable(results)),
    "One operation is:",
    caseNames.map((name) => `- \`${name}\`: ${operations[name]}`).join("\n"),
    "## How often the host gets in",
    "Turns of the host per 1,000 operations, and the longest time without one. A contender that never " +
    "lets the host in starves timers, sockets and rendering for as long as it works.",
    markdown(hostTable(results)),
  ];
  if (results.park.size > 0) {
    parts.push("## Bytes per parked task");
    parts.push(
      "A task that waits and does nothing. For CPython it is what the process grows by.",
      markdown(memoryTable(results)),
    );
  }
  if (results.timers.size > 0) {
    parts.push("## Timers alone, ns, with others standing", markdown(timersTable(results), 2));
  }
  if (results.heaps.size > 0) {
    parts.push(
      "## Timer queues alone, ns to fire a timer and set another, with others standing",
      markdown(heapsTable(results)),
    );
  }
  if (results.pauses.size > 0) {
    parts.push("## For how long timers hold up the program", markdown(pausesTable(results), 2));
  }
  if (results.firstCalls.size > 0) {
    parts.push(
      "## What a coroutine costs to make",
      "The call of its function alone. A fresh one is made for each call, as a function inside a loop is.",
      markdown(firstCallsTable(results)),
    );
  }
  if (results.growth.size > 0) {
    parts.push("## As work grows, ns per operation", markdown(growthTable(results), 2));
  }
  if (results.lateness.size > 0) {
    parts.push("## Latency", markdown(latencyTable(results), 2));
    parts.push(
      `Sleeping for two seconds costs: ${idle}.`,
      `From start to end of a program: ${starts} (median of ${
        results.startup.get("empty")?.length ?? 0
      }).`,
    );
  }
  if (results.failures.length > 0) {
    parts.push("## Failures", results.failures.map((failure) => `- ${failure}`).join("\n"));
  }
  return parts.join("\n\n") + "\n";
}
