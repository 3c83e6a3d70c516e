/**
 * What the library set out to reach, and whether it does.
 *
 * @module
 */
import { type CaseName, caseNames } from "../cases.ts";
import type { ContenderName } from "../contenders.ts";
import { median } from "../measure.ts";
import { setAtOnce, standingBesideGarbage } from "./collect.ts";
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
    ...pauses(results),
    ...starting(results),
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

/** How fast something has to be, as a multiple of how fast another thing is. */
function speed(what: string, least: number, theirs: number | undefined, ours: number | undefined) {
  return verdict(what, `${least}× at least`, [theirs, ours], (theirs, ours) => {
    return [`${(theirs / ours).toFixed(2)}×`, theirs / ours >= least];
  });
}

/** How long something may take, as a multiple of how long another thing takes. */
function time(what: string, most: number, ours: number | undefined, theirs: number | undefined) {
  return verdict(what, `${most}× at most`, [ours, theirs], (ours, theirs) => {
    return [`${(ours / theirs).toFixed(2)}×`, ours / theirs <= most];
  });
}

/** Generators are what coroutines are made of: no scheduler that resumes them can do with less. */
function switches(results: Results): Verdict[] {
  const rows: [CaseName, string][] = [["yield_2", "between 2"], ["yield_100", "among 100"]];
  return rows.flatMap(([name, label]) =>
    time(
      `time of a switch ${label} tasks, against a bare loop of \`generator.next()\``,
      1.5,
      results.ns("wasyncio", name),
      results.ns("generators", name),
    )
  );
}

function againstNative(results: Results): Verdict[] {
  const rows: [CaseName, number][] = [
    ["gather", 0.8],
    ["spawn_join_gen", 0.7],
    ["spawn_join", 0.5],
    ["spawn_join_eager", 0.5],
    ["queue_unbounded", 0.9],
    ["queue_pileup", 0.9],
    ["queue_bounded_64", 0.9],
    ["queue_bounded_1", 0.9],
    ["queue_takeall", 0.9],
    ["ping_pong", 1],
    ["mutex_free", 1],
    ["mutex_contended", 1],
    ["fan_in", 1],
    ["timeout_win", 10],
    ["timeout_win_conc", 10],
    ["cancel_n", 10],
  ];
  return rows.flatMap(([name, least]) =>
    speed(
      `speed of \`${name}\`, against native promises`,
      least,
      results.ns("native", name),
      results.ns("wasyncio", name),
    )
  );
}

function sleeping(results: Results): Verdict[] {
  const growth = results.growth.get("sleep_n");
  const native = growth?.get("native");
  return [...growth?.get("wasyncio") ?? []].flatMap(([n, ours]) =>
    speed(
      `speed of \`sleep_n\` with ${n.toLocaleString("en")} at once, in CPU time, against native ` +
        "`setTimeout`",
      10,
      native?.get(n),
      ours,
    )
  );
}

/** An operation that takes fewer nanoseconds than this leaves nothing to be several times as slow. */
const CHEAP = 40;

/** Every row against every peer: those that fall short speak for all, or else the worst one. */
function againstPeers(results: Results): Verdict[] {
  const peers: [string, number, (name: CaseName) => number | undefined][] = [
    ["Effect at its best setting", 5, (name) => results.bestEffect(name)],
    ["Effection", 10, (name) => results.ns("effection" satisfies ContenderName, name)],
  ];
  return peers.flatMap(([label, times, theirs]) => {
    const ratios = caseNames.flatMap((name) => {
      const other = theirs(name);
      const ours = results.ns("wasyncio", name);
      if (other === undefined || ours === undefined || ours < CHEAP) return [];
      return [{ name, ratio: other / ours }];
    }).sort((a, b) => a.ratio - b.ratio);
    if (ratios.length === 0) return [];
    const short = ratios.filter(({ ratio }) => ratio < times);
    const shown = short.length > 0 ? short : ratios.slice(0, 1);
    const list = shown.map(({ name, ratio }) => `\`${name}\` ${ratio.toFixed(1)}×`).join(", ");
    return [{
      what: `speed of every case whose operation takes ${CHEAP} ns or more, against ${label}`,
      target: `${times}× at least`,
      achieved: short.length > 0 ? `${list}; the rest is` : `the least is ${list}`,
      met: short.length === 0,
    }];
  });
}

/** For how long the timers hold up the program. */
function pauses(results: Results): Verdict[] {
  const longest = (what: "growth" | "garbage", name: string) => {
    const measured = results.pauses.get(what)?.get(name);
    return measured && median(measured);
  };
  return [
    ...time(
      `longest pause while ${setAtOnce.toLocaleString("en")} timers are set, against the core's ` +
        "twin in TypeScript",
      0.5,
      longest("growth", "wasm"),
      longest("growth", "twin"),
    ),
    ...time(
      `longest pause of the garbage collector beside ${
        standingBesideGarbage.toLocaleString("en")
      } timers, against a heap of objects`,
      0.1,
      longest("garbage", "wasm"),
      longest("garbage", "objects"),
    ),
  ];
}

/** What it costs to have the library in a program that does nothing with it. */
function starting(results: Results): Verdict[] {
  const start = (program: string) => {
    const times = results.startup.get(program);
    return times && median(times);
  };
  return verdict(
    "importing the released library and running an empty coroutine, beyond an empty program",
    "3 ms at most",
    [start("released"), start("empty")],
    (ours, empty) => [`${(ours - empty).toFixed(1)} ms`, ours - empty <= 3],
  );
}
