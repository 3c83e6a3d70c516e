/**
 * What the library set out to reach, and whether it does.
 *
 * @module
 */
import type { CaseName } from "../cases.ts";
import { caseNames } from "../cases.ts";
import type { ContenderName } from "../contenders.ts";
import { heaps } from "../probes/heaps.ts";
import { median } from "../measure.ts";
import { growing, standing } from "./collect.ts";
import type { Results } from "./results.ts";

/** A target and what became of it. */
export interface Verdict {
  /** What is measured. */
  what: string;
  /** What it should be. */
  target: string;
  /** What it is. */
  achieved: string;
  /** Whether that is enough. */
  met: boolean;
}

/** Judges the results. Targets for which something was not measured are left out. */
export function judge(results: Results): Verdict[] {
  return [
    ...switches(results),
    ...againstNative(results),
    ...sleeping(results),
    ...againstPeers(results),
    ...queues(results),
    ...footprint(results),
    ...latency(results),
    ...growth(results),
  ];
}

type Numbers = readonly (number | undefined)[];

/** A verdict on numbers; none when one of them is missing. */
function verdict(
  what: string,
  target: string,
  numbers: Numbers,
  judge: (...numbers: number[]) => [achieved: string, met: boolean],
): Verdict[] {
  if (numbers.some((number) => number === undefined)) return [];
  const [achieved, met] = judge(...numbers as number[]);
  return [{ what, target, achieved, met }];
}

/** How many times faster something has to be. */
function faster(what: string, times: number, theirs: number | undefined, ours: number | undefined) {
  const target = times === 1 ? "as fast or faster" : `${times}× faster`;
  return verdict(what, target, [theirs, ours], (theirs, ours) => {
    return [`${(theirs / ours).toFixed(2)}×`, theirs / ours >= times];
  });
}

function switches(results: Results): Verdict[] {
  const ours = results.ns("wasyncio", "yield_100");
  const floor = results.ns("generators", "yield_100");
  return [
    ...faster(
      "a switch among 100 tasks, against native `await`",
      1.5,
      results.ns("native", "yield_100"),
      ours,
    ),
    ...verdict(
      "a switch among 100 tasks, against a bare loop of `generator.next()`",
      "1.8× its time at most",
      [ours, floor],
      (ours, floor) => [`${(ours / floor).toFixed(2)}×`, ours / floor <= 1.8],
    ),
  ];
}

function againstNative(results: Results): Verdict[] {
  const spawning = Math.min(
    results.ns("wasyncio", "spawn_join") ?? Infinity,
    results.ns("wasyncio", "spawn_join_eager") ?? Infinity,
  );
  const rows: [CaseName, number][] = [
    ["spawn_join_gen", 1],
    ["gather", 1],
    ["ping_pong", 1],
    ["queue_unbounded", 1],
    ["queue_pileup", 1],
    ["queue_bounded_64", 1],
    ["queue_bounded_1", 1],
    ["mutex_contended", 1],
    ["timeout_win", 10],
    ["timeout_win_conc", 10],
    ["cancel_n", 10],
  ];
  return [
    ...faster(
      "`spawn_join`, eagerly or not, against native",
      1,
      results.ns("native", "spawn_join"),
      spawning === Infinity ? undefined : spawning,
    ),
    ...rows.flatMap(([name, times]) =>
      faster(
        `\`${name}\` against native`,
        times,
        results.ns("native", name),
        results.ns("wasyncio", name),
      )
    ),
  ];
}

function sleeping(results: Results): Verdict[] {
  const growth = results.growth.get("sleep_n");
  const native = growth?.get("native");
  return [...growth?.get("wasyncio") ?? []].flatMap(([n, ours]) =>
    faster(
      `CPU time of a sleep, ${n.toLocaleString("en")} at once, against native \`setTimeout\``,
      10,
      native?.get(n),
      ours,
    )
  );
}

/** Every row against every peer: the worst one speaks for all. */
function againstPeers(results: Results): Verdict[] {
  const peers: [string, number, (name: CaseName) => number | undefined][] = [
    ["Effect at its best setting", 5, (name) => results.bestEffect(name)],
    ...([["Effection", 10], ["uvloop", 5], ["asyncio", 10]] as const).map((
      [label, times],
    ): [string, number, (name: CaseName) => number | undefined] => [
      label,
      times,
      (name) => results.ns(label.toLowerCase() as ContenderName, name),
    ]),
  ];
  return peers.flatMap(([label, times, theirs]) => {
    const ratios = caseNames.flatMap((name) => {
      const other = theirs(name);
      const ours = results.ns("wasyncio", name);
      return other === undefined || ours === undefined ? [] : [{ name, ratio: other / ours }];
    }).sort((a, b) => a.ratio - b.ratio);
    if (ratios.length === 0) return [];
    const short = ratios.filter(({ ratio }) => ratio < times);
    const shown = short.length > 0 ? short : ratios.slice(0, 1);
    const list = shown.map(({ name, ratio }) => `\`${name}\` ${ratio.toFixed(1)}×`).join(", ");
    return [{
      what: `every case against ${label}`,
      target: `${times}× faster`,
      achieved: short.length > 0 ? `${list}; the rest is` : `at least that: ${list}`,
      met: short.length === 0,
    }];
  });
}

/** The core's timer heap against other timer queues. */
function queues(results: Results): Verdict[] {
  const others = [["four-ary", 3], ["js", 1.4]] as const;
  return others.flatMap(([name, times]) =>
    standing.flatMap((count) =>
      faster(
        `firing and setting a timer among ${count.toLocaleString("en")}, against ${heaps[name]}`,
        times,
        results.heaps.get(name)?.get(count),
        results.heaps.get("wasm")?.get(count),
      )
    )
  );
}

function footprint(results: Results): Verdict[] {
  const bytes = (contender: ContenderName) => {
    const park = results.park.get(contender);
    return park && park.heap + park.buffers;
  };
  const start = (program: string) => {
    const times = results.startup.get(program);
    return times && median(times);
  };
  return [
    ...verdict(
      "bytes per parked task",
      "fewer than native's",
      [bytes("wasyncio"), bytes("native")],
      (ours, native) => [`${ours.toFixed(0)} against ${native.toFixed(0)}`, ours < native],
    ),
    ...verdict(
      "importing the released library and running an empty coroutine, beyond an empty program",
      "3 ms at most",
      [start("released"), start("empty")],
      (ours, empty) => [`${(ours - empty).toFixed(1)} ms`, ours - empty <= 3],
    ),
  ];
}

function latency(results: Results): Verdict[] {
  const kinds = [["host timers", "a host timer"], ["host http", "a request to this process"]];
  return kinds.flatMap(([kind, label]) => {
    const measured = results.lateness.get(kind);
    return verdict(
      `how much later ${label} is beside 100,000 busy tasks, p99`,
      "25 ms at most",
      [measured?.get("wasyncio")?.p99, measured?.get("native")?.p50],
      (busy, quiet) => [`${(busy - quiet).toFixed(1)} ms`, busy - quiet <= 25],
    );
  });
}

function growth(results: Results): Verdict[] {
  const rows: [string, number | undefined, number | undefined][] = growing.map((name) => {
    const ours = results.growth.get(name)?.get("wasyncio");
    return [`\`${name}\``, ours?.get(1_000_000), ours?.get(10_000)];
  });
  return rows.flatMap(([label, many, few]) =>
    verdict(
      `${label}: an operation of 1,000,000 against one of 10,000`,
      "2× its time at most",
      [many, few],
      (many, few) => [`${(many / few).toFixed(2)}×`, many / few <= 2],
    )
  );
}
