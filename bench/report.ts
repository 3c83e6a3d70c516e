/**
 * Runs all cases of all contenders and writes what came out: `bench/RESULTS.md`,
 * `bench/results.svg`, and the numbers in `README.md`.
 *
 *     deno task bench:report
 *     deno task bench:report --quick --cases=yield_100,gather --contenders=native,wasyncio
 *
 * Options: `--rounds=` processes for each number, 3 without it; `--cases=` and `--contenders=`,
 * names with commas between them; `--quick` measures briefly, once; `--out=` another folder to write
 * to. A part of everything is printed, and written only where `--out` says so.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type CaseName, caseNames } from "./cases.ts";
import { type ContenderName, contenderNames } from "./contenders.ts";
import { names } from "./measure.ts";
import { withNet } from "./net/markdown.ts";
import { chart } from "./report/chart.ts";
import { collect, type Plan, stepsOf } from "./report/collect.ts";
import { ratioTable, report } from "./report/markdown.ts";
import { repository } from "./report/processes.ts";
import { withNumbers } from "./report/readme.ts";
import { print } from "./report/table.ts";
import { judge } from "./report/targets.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string" },
    cases: { type: "string" },
    contenders: { type: "string" },
    quick: { type: "boolean", default: false },
    out: { type: "string" },
  },
});

const start = performance.now();
let steps = 0;
const whole = values.cases === undefined && values.contenders === undefined;
const plan: Plan = {
  rounds: Number(values.rounds ?? (values.quick ? 1 : 3)),
  cases: names<CaseName>(values.cases, caseNames),
  contenders: names<ContenderName>(values.contenders, contenderNames),
  quick: values.quick,
  rest: whole,
  progress: (line) => {
    const seconds = Math.round((performance.now() - start) / 1000);
    const share = Math.round(++steps / stepsOf(plan) * 100);
    console.error(`${`${share}`.padStart(3)} % ${`${seconds}`.padStart(4)} s  ${line}`);
  },
};
if (!(plan.rounds >= 1)) {
  console.error("--rounds must be at least 1");
  Deno.exit(2);
}
const results = await collect(plan);

console.log("\nHow many times as long the others take:\n");
print(ratioTable(results));
console.log("\nTargets:\n");
for (const { what, target, achieved, met } of judge(results)) {
  console.log(`${met ? "met   " : "MISSED"}  ${what}: ${achieved} (${target})`);
}
if (whole || values.out !== undefined) {
  const folder = values.out ?? fileURLToPath(new URL(".", import.meta.url));
  Deno.mkdirSync(folder, { recursive: true });
  const net = join(folder, "NET.md");
  const alone = report(results, plan.rounds);
  const markdown = existsSync(net) ? withNet(alone, Deno.readTextFileSync(net)) : alone;
  Deno.writeTextFileSync(join(folder, "RESULTS.md"), markdown);
  Deno.writeTextFileSync(join(folder, "results.svg"), chart(results));
  console.log(`\nWritten: ${join(folder, "RESULTS.md")} and results.svg beside it`);
  if (whole && values.out === undefined) {
    const readme = new URL("README.md", repository);
    Deno.writeTextFileSync(readme, withNumbers(Deno.readTextFileSync(readme), markdown));
    console.log("and the numbers in README.md");
  }
}
for (const failure of results.failures) console.error(`FAILED  ${failure}`);
if (results.failures.length > 0) Deno.exit(1);
