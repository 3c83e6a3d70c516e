/**
 * Measures one case of one contender in a process of its own, and prints a line of JSON.
 *
 *     deno run -A bench/run.ts wasyncio yield_100
 *
 * Options: `--n=` operations a round; `--warm=` and `--measure=` milliseconds; `--rounds=` at most;
 * `--mix=0` leaves out the other cases, which otherwise run once each before, so that the engine has
 * seen what it sees in a real program, not one shape of everything; `--turns=1` also counts how often
 * the host has a turn.
 *
 * @module
 */
import { type Case, type CaseName, caseNames, type Contender, sizes } from "./cases.ts";
import { type ContenderName, contenderNames, contenders } from "./contenders.ts";
import { countHostTurns, cpuNanoseconds, type HostTurns, median, option } from "./measure.ts";

/** What a process reports. */
export interface CaseResult {
  /** Nanoseconds an operation took: the median of the rounds. */
  wall: number;
  /** Nanoseconds of CPU time, all threads together. */
  cpu: number;
  /** How many operations a round had. */
  n: number;
  /** How many rounds were measured. */
  rounds: number;
  /** Given with `--turns=1`, for `operations` operations. */
  host?: HostTurns & { operations: number };
}

/** Turns are counted over this many milliseconds of work, so that there is time for some. */
const TURNS_MS = 150;

/** Their operations are all there at once: a million would be too many. */
const atOnce: readonly CaseName[] = [
  "spawn_join",
  "spawn_join_eager",
  "spawn_join_gen",
  "gather",
  "fan_in",
  "cancel_n",
  "timeout_win_conc",
  "queue_pileup",
  "queue_takeall",
];

/** A case whose rounds take this many milliseconds is measured in two of them, else in three or more. */
const LONG_ROUND = 150;

/** A contender that needs this many nanoseconds an operation is given fewer of them. */
const SLOW = 20_000;

async function check(body: Case, n: number): Promise<void> {
  const checksum = await body(n);
  if (checksum !== n) throw new Error(`The checksum is ${checksum}, not ${n}`);
}

async function measure(
  contender: ContenderName,
  load: () => Promise<Contender>,
  caseName: CaseName,
): Promise<CaseResult | null> {
  const { cases } = await load();
  const body = cases[caseName];
  if (body === undefined) return null;
  const slow = contender === "effection";
  if (option("mix", 1)) {
    for (const other of Object.values(cases)) await check(other, slow ? 100 : 400);
  }
  const n = option("n", slow ? sizes[caseName] / 10 : sizes[caseName]);
  const warmEnd = performance.now() + option("warm", 300);
  do await check(body, n); while (performance.now() < warmEnd);

  const wall: number[] = [];
  const cpu: number[] = [];
  const most = option("rounds", Infinity);
  const end = performance.now() + option("measure", 300);
  let least = 3;
  do {
    const cpuStart = cpuNanoseconds();
    const start = performance.now();
    await check(body, n);
    const elapsed = performance.now() - start;
    if (elapsed > LONG_ROUND) least = 2;
    wall.push(elapsed * 1e6 / n);
    cpu.push((cpuNanoseconds() - cpuStart) / n);
  } while (wall.length < most && (performance.now() < end || wall.length < least));

  const result: CaseResult = { wall: median(wall), cpu: median(cpu), n, rounds: wall.length };
  if (option("turns", 0)) {
    const fitting = Math.round(TURNS_MS * 1e6 / result.wall / 1000) * 1000;
    const operations = caseName === "sleep_n" || result.wall > SLOW
      ? n
      : Math.max(n, Math.min(fitting, atOnce.includes(caseName) ? 50 * n : Infinity));
    const host = await countHostTurns(() => check(body, operations));
    result.host = { ...host, operations };
  }
  return result;
}

if (import.meta.main) {
  const [contender, caseName] = Deno.args as [ContenderName, CaseName];
  const load = contenders[contender]?.load;
  if (load === undefined || !caseNames.includes(caseName)) {
    const names = contenderNames.filter((name) => contenders[name].load !== undefined);
    console.error(`Usage: run.ts contender case\n  ${names.join(" ")}\n  ${caseNames.join(" ")}`);
    Deno.exit(2);
  }
  console.log(JSON.stringify(await measure(contender, load, caseName)));
  Deno.exit(); // Timers that a case left standing would keep the process.
}
