/**
 * Compares two checkouts of this library, such as before and after a change: the time of each case,
 * bytes per parked task, and the size of the core API.
 *
 *     deno run -A bench/compare_trees.ts ../before . --cases=gather,ping_pong --rounds=9
 *
 * Options: `--cases=`, names with commas between them; `--rounds=` processes of each tree for each
 * number, 5 without it; `--contender=wasyncio-js` for the other core; `--warm=` and `--measure=`
 * milliseconds; `--json=` a file for all that was measured.
 *
 * Processes of the two take turns, since machines drift, and the first one is another in each round.
 * Each tree runs its own benchmarks, so both should have the same cases.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type CaseName, caseNames } from "./cases.ts";
import { median, names } from "./measure.ts";
import type { ParkResult } from "./probes/park.ts";
import { output } from "./report/processes.ts";
import { digits, print, type Table } from "./report/table.ts";
import type { CaseResult } from "./run.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cases: { type: "string" },
    rounds: { type: "string", default: "5" },
    contender: { type: "string", default: "wasyncio" },
    warm: { type: "string", default: "200" },
    measure: { type: "string", default: "200" },
    json: { type: "string" },
  },
});
const { contender, warm, measure } = values;
const rounds = Number(values.rounds);
const cases = names<CaseName>(values.cases, caseNames);
const trees = positionals.map((tree) => resolve(tree));
if (trees.length !== 2 || !(rounds >= 1)) {
  console.error("Usage: compare_trees.ts before after [--cases=…] [--rounds=…]");
  Deno.exit(2);
}

/** Older checkouts have the same programs in other places. */
function find(tree: string, ...places: string[]): string {
  const place = places.find((place) => existsSync(join(tree, place)));
  if (place === undefined) throw new Error(`There is no ${places.join(" or ")} in ${tree}`);
  return place;
}

/** What a program of a tree prints as JSON, run in its folder for its own import map. */
async function json<T>(tree: string, ...args: string[]): Promise<T> {
  return JSON.parse(await output(Deno.execPath(), args, tree));
}

async function timeOf(tree: string, name: CaseName): Promise<number> {
  const program = find(tree, "bench/run.ts");
  const options = [`--warm=${warm}`, `--measure=${measure}`];
  const args = ["run", "--quiet", "--allow-all", program, contender, name, ...options];
  const result = await json<CaseResult | null>(tree, ...args);
  if (result === null) throw new Error(`${contender} has no ${name}`);
  return name === "sleep_n" ? result.cpu : result.wall;
}

async function bytesOf(tree: string): Promise<number> {
  const program = find(tree, "bench/probes/park.ts", "bench/park.ts");
  const args = ["run", "--quiet", "--allow-all", "--v8-flags=--expose-gc", program, contender];
  const { heap, buffers } = await json<ParkResult>(tree, ...args);
  return heap + buffers;
}

async function sizesOf(tree: string): Promise<{ raw: number; gzip: number }> {
  const program = find(tree, "scripts/bundle.ts");
  const script = `import { bundleCoreApi } from "./${program}";` +
    "console.log(JSON.stringify(await bundleCoreApi()));";
  return await json(tree, "eval", "--quiet", script);
}

/** By case or by what it is: a value of each tree for each round. */
const measured = new Map<string, [before: number[], after: number[]]>();

function record(what: string, tree: number, value: number): void {
  if (!measured.has(what)) measured.set(what, [[], []]);
  measured.get(what)![tree].push(value);
}

const BYTES = "bytes per parked task";
const RAW = "core API, bytes";
const GZIP = "core API, bytes gzipped";

for (let round = 0; round < rounds; round++) {
  const order = round % 2 === 0 ? [0, 1] : [1, 0];
  for (const name of cases) {
    for (const tree of order) record(name, tree, await timeOf(trees[tree], name));
  }
  for (const tree of order) record(BYTES, tree, await bytesOf(trees[tree]));
  console.error(`round ${round + 1} of ${rounds}, load ${Deno.loadavg()[0].toFixed(1)}`);
}
for (const tree of [0, 1]) {
  const { raw, gzip } = await sizesOf(trees[tree]);
  record(RAW, tree, raw);
  record(GZIP, tree, gzip);
}

const table: Table = [["ns per operation", "before", "after", "ratio", "least", "least", "ratio"]];
for (const [what, [before, after]] of measured) {
  const [typical, least] = [median, (values: number[]) => Math.min(...values)].map((of) => {
    const [was, is] = [of(before), of(after)];
    return [digits(was), digits(is), (is / was).toFixed(3)];
  });
  table.push([what, ...typical, ...least]);
}
print(table);
if (values.json !== undefined) {
  Deno.writeTextFileSync(values.json, JSON.stringify(Object.fromEntries(measured)));
}
