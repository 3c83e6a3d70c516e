/**
 * Checks everything, section by section. All sections run, whatever became of those before them.
 *
 *     deno task ok                all of it; CI does no more than install what this needs
 *     deno task ok lint types     some of it
 *
 * The last line counts the tests, and the exit status covers all sections.
 *
 * @module
 */

import config from "../deno.json" with { type: "json" };

/** The doors of the library. `exports` is the one list of them: whatever needs them reads it there. */
const ENTRY_POINTS = Object.values(config.exports);

/** Each section's name, and with what it calls Deno. */
const SECTIONS: Record<string, string[]> = {
  format: ["fmt", "--check"],
  lint: ["lint"],
  types: ["check"],
  docs: ["doc", "--lint", ...ENTRY_POINTS],
  core: ["task", "build", "--check"],
  bundles: ["task", "bundle"],
  site: ["task", "--config", "site/deno.json", "ok"],
  tests: ["task", "test"],
  tools: ["task", "--cwd", "scripts/packages", "check"],
  packages: ["task", "packages"],
  bare: ["task", "bare"],
};

/** The sections that run tests, which are counted. */
const TESTS = ["site", "tests"];

/** A section that takes longer hangs. In minutes. */
const PATIENCE = 15;

/** What became of a section. */
interface Outcome {
  name: string;
  ok: boolean;
  seconds: number;
  output: string;
}

async function runSection(name: string): Promise<Outcome> {
  console.log(`\n== ${name}`);
  const start = performance.now();
  const process = new Deno.Command(Deno.execPath(), {
    args: SECTIONS[name],
    cwd: new URL("../", import.meta.url),
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" }, // the tests are counted in plain text
    stdin: "null",
    stdout: "piped",
    signal: AbortSignal.timeout(PATIENCE * 60_000),
  }).spawn();
  const [shown, kept] = process.stdout.tee();
  const [output] = await Promise.all([
    new Response(kept).text(),
    shown.pipeTo(Deno.stdout.writable, { preventClose: true }),
  ]);
  const { success } = await process.status;
  const seconds = (performance.now() - start) / 1000;
  return { name, ok: success, seconds, output };
}

/** Deno closes each run of tests with a line like "ok | 9 passed | 0 failed | 5 ignored (6s)". */
function countTests(outputs: string[]): string {
  const pattern = /^(?:ok|FAILED) \| (\d+) passed.*? \| (\d+) failed(?: \| (\d+) ignored)?/gm;
  const lines = outputs.flatMap((output) => [...output.matchAll(pattern)]);
  const sum = (group: number) => lines.reduce((sum, line) => sum + Number(line[group] ?? 0), 0);
  const ignored = sum(3) > 0 ? `${sum(3)} ignored, and a line above says why\n` : "";
  // Without such a line, the run itself is what failed.
  const broken = outputs.filter((output) => output.search(pattern) < 0).length;
  return `${ignored}${sum(1)} passed, ${sum(2) + broken} failed`;
}

async function main(names: string[]): Promise<number> {
  const unknown = names.filter((name) => !Object.hasOwn(SECTIONS, name));
  if (unknown.length > 0) {
    console.error(
      `No section ${unknown.join(", ")}: there are ${Object.keys(SECTIONS).join(", ")}`,
    );
    return 2;
  }
  const outcomes: Outcome[] = [];
  for (const name of names.length > 0 ? names : Object.keys(SECTIONS)) {
    outcomes.push(await runSection(name));
  }
  console.log();
  for (const { name, ok, seconds } of outcomes) {
    console.log(
      `${ok ? "ok    " : "FAILED"} ${name.padEnd(8)} ${seconds.toFixed(1).padStart(6)} s`,
    );
  }
  const outputs = outcomes.filter(({ name }) => TESTS.includes(name)).map(({ output }) => output);
  if (outputs.length > 0) console.log(countTests(outputs));
  return outcomes.every(({ ok }) => ok) ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
