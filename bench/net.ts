/**
 * Measures servers, connections and threads beside those of others, and writes what came out:
 * `bench/NET.md`, and its targets in `bench/RESULTS.md`.
 *
 *     deno task bench:net
 *     deno task bench:net --quick --only http,echo
 *     deno task bench:net --hold 10m
 *
 * Options: `--runs` processes for each number, 3 without it; `--only` what has these names, with commas
 * between them: http, peers, echo, idle, threads; `--quick` measures briefly, once; `--python`
 * interpreters to look at besides those on the `PATH`, with commas between them; `--hold` loads a
 * server for so long, two minutes unless told otherwise, and looks whether anything grows; `--out`
 * another folder to write to. A part of everything is printed, and written only where `--out` says so.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Duration, milliseconds } from "../src/duration.ts";
import { names } from "./measure.ts";
import { collect, type Plan, stepsOf } from "./net/collect.ts";
import { findContenders } from "./net/contenders.ts";
import { groupsOf, type Part, parts } from "./net/groups.ts";
import { growthOf, hold, holdText } from "./net/hold.ts";
import { holdOf, netReport, withHold, withNet } from "./net/markdown.ts";
import { ask, killAll, mostConnections } from "./net/processes.ts";
import { judgeNet } from "./net/targets.ts";
import { describeMachine } from "./report/machine.ts";

/** How long a server is held under load, unless told otherwise. */
const HOLD = "2m";

const PAGE = "NET.md";

// The length of time may be left out behind --hold.
const { args } = Deno;
const at = args.indexOf("--hold");
const bare = at >= 0 && (args[at + 1] ?? "-").startsWith("-");
const { values } = parseArgs({
  args: bare ? args.with(at, `--hold=${HOLD}`) : args,
  options: {
    runs: { type: "string" },
    only: { type: "string" },
    quick: { type: "boolean", default: false },
    python: { type: "string" },
    hold: { type: "string" },
    out: { type: "string" },
  },
});

if (Deno.build.os !== "linux" || await ask(["sh", "-c", "command -v wrk"]) === null) {
  console.error("This takes Linux and wrk, for which see apt install wrk");
  Deno.exit(2);
}
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  Deno.addSignalListener(signal, () => {
    killAll();
    Deno.exit(1);
  });
}
const folder = values.out ?? fileURLToPath(new URL(".", import.meta.url));
Deno.mkdirSync(folder, { recursive: true });
const failed = values.hold === undefined ? await measure() : await holdFor(values.hold as Duration);
Deno.exit(failed ? 1 : 0);

function read(name: string): string {
  try {
    return Deno.readTextFileSync(join(folder, name));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function write(name: string, text: string): void {
  Deno.writeTextFileSync(join(folder, name), text);
  console.log(`Written: ${join(folder, name)}`);
}

async function holdFor(duration: Duration): Promise<boolean> {
  const held = await hold(milliseconds(duration, "--hold") / 1000, (look) => {
    console.error(
      `${`${look.at}`.padStart(4)} s  heap ${(look.heap / 2 ** 20).toFixed(1)} MB, ` +
        `memory ${
          (look.memory / 2 ** 20).toFixed(1)
        } MB, ${look.files} files, ${look.tasks} tasks` +
        (look.isPause ? ", in a pause" : ""),
    );
  });
  const text = holdText(held);
  console.log(`\n${text}`);
  const page = read(PAGE);
  if (page !== "") write(PAGE, withHold(page, text));
  return growthOf(held).length > 0;
}

async function measure(): Promise<boolean> {
  const { quick } = values;
  const built = Deno.makeTempDirSync();
  try {
    const machine = await describeMachine();
    const missing: string[] = [];
    const pythons = values.python?.split(",") ?? [];
    const contenders = await findContenders(pythons, built, (line) => missing.push(line));
    const start = performance.now();
    let steps = 0;
    const plan: Plan = {
      groups: groupsOf(names<Part>(values.only, parts), contenders),
      contenders,
      runs: Number(values.runs ?? (quick ? 1 : 3)),
      seconds: quick ? 1 : 2,
      most: await mostConnections(),
      progress: (line) => {
        const seconds = Math.round((performance.now() - start) / 1000);
        const share = Math.round(++steps / stepsOf(plan) * 100);
        console.error(`${`${share}`.padStart(3)} % ${`${seconds}`.padStart(4)} s  ${line}`);
      },
    };
    if (!(plan.runs >= 1)) {
      console.error("--runs must be at least 1");
      Deno.exit(2);
    }
    if (machine.load > machine.cores / 4) {
      console.error(`The machine is busy (load ${machine.load.toFixed(1)}): expect noise`);
    }
    for (const line of missing) console.error(line);
    const results = await collect(plan);
    console.log("\nTargets:\n");
    for (const { what, target, achieved, met } of judgeNet(results)) {
      console.log(`${met ? "met   " : "MISSED"}  ${what}: ${achieved} (${target})`);
    }
    for (const failure of results.failures) console.error(`FAILED  ${failure}`);
    if (values.only === undefined || values.out !== undefined) {
      const surroundings = { machine, contenders, groups: plan.groups, runs: plan.runs, missing };
      const report = netReport(results, surroundings, holdOf(read(PAGE)));
      write(PAGE, report);
      if (values.out === undefined) write("RESULTS.md", withNet(read("RESULTS.md"), report));
    }
    return results.failures.length > 0;
  } finally {
    Deno.removeSync(built, { recursive: true });
  }
}
