/**
 * Measures one case of one side and prints what it found as one line of JSON.
 *
 *     deno run -A bench/run.ts wasyncio yield_100
 *
 * @module
 */
import process from "node:process";
import { type Case, type CaseName, sizes } from "./cases.ts";
import { type SideName, sides } from "./sides.ts";

const [sideName, caseName] = Deno.args as [SideName, CaseName];
const flag = (name: string, fallback: number) => {
  const arg = Deno.args.find((arg) => arg.startsWith(`--${name}=`));
  return arg === undefined ? fallback : Number(arg.slice(name.length + 3));
};
const warmMs = flag("warm", 300);
const measureMs = flag("measure", 300);
const n = flag("n", sideName === "effection" ? sizes[caseName] / 10 : sizes[caseName]);
const mix = flag("mix", 1);

const side = await sides[sideName]();
const body = side.cases[caseName];
if (body === undefined) {
  console.log(JSON.stringify({ side: sideName, case: caseName, missing: true }));
  Deno.exit();
}

async function once(body: Case, n: number) {
  const got = await body(n);
  if (got !== n) throw new Error(`${sideName} ${caseName}: checksum ${got}, wanted ${n}`);
}

if (mix) {
  for (const other of Object.values(side.cases)) await once(other, 400);
}
for (const end = performance.now() + warmMs; performance.now() < end;) await once(body, n);
const wall: number[] = [], cpu: number[] = [];
for (const end = performance.now() + measureMs; performance.now() < end || wall.length < 3;) {
  const c0 = process.cpuUsage(), t0 = performance.now();
  await once(body, n);
  wall.push((performance.now() - t0) * 1e6 / n);
  const c = process.cpuUsage(c0);
  cpu.push((c.user + c.system) * 1e3 / n);
}
const median = (xs: number[]) => xs.toSorted((a, b) => a - b)[xs.length >> 1];
console.log(JSON.stringify({ side: sideName, case: caseName, n, rounds: wall.length, wall: median(wall), cpu: median(cpu), best: Math.min(...wall) }));
Deno.exit();
