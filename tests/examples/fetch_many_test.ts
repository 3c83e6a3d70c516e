/**
 * The demonstration: `fetch_many.ts` as users run it.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { spawnExample } from "./spawn.ts";

const permissions = ["--allow-net=127.0.0.1"];

/** The number that the report gives in the row of this label. */
function row(report: string, label: string): number {
  const match = new RegExp(`^ +${label} +([\\d,]+)`, "m").exec(report);
  if (match === null) throw new Error(`No row "${label}" in the report:\n${report}`);
  return Number(match[1].replaceAll(",", ""));
}

Deno.test("fetch_many.ts accounts for every request", async () => {
  const args = ["--requests", "300", "--concurrency", "60", "--timeout", "600ms"];
  const { code, stdout } = await spawnExample("fetch_many.ts", { args, permissions }).output();
  assertEquals(code, 0, stdout);
  assertMatch(stdout, /^ {2}300 requests in /m);
  assertEquals(row(stdout, "done") + row(stdout, "given up"), 300);
  assert(row(stdout, "done") > 250, stdout);
  assert(row(stdout, "retried") > 0, stdout);
  assert(row(stdout, "timed out") > 0, stdout);

  const bars = [...stdout.matchAll(/^ +(?:up to .+?|longer) {2}(?:[█▏▎▍▌▋▊▉]+ )?([\d,]+)$/gm)];
  assertEquals(bars.reduce((sum, [, n]) => sum + Number(n.replaceAll(",", "")), 0), 300, stdout);
  for (const label of ["p50", "p90", "p99", "max"]) assertStringIncludes(stdout, `${label} `);
  assertStringIncludes(stdout, "extrapolated from 20 that took ");
  assertStringIncludes(stdout, "times as fast as one by one");
});

Deno.test("fetch_many.ts has the same bad luck with the same seed", async () => {
  const counts = await Promise.all([3, 3, 4].map(async (seed) => {
    const args = [
      "--requests",
      "200",
      "--concurrency",
      "40",
      "--timeout",
      "2s",
      "--seed",
      `${seed}`,
    ];
    const { stdout } = await spawnExample("fetch_many.ts", { args, permissions }).output();
    return ["done", "given up", "retried", "timed out"].map((label) => row(stdout, label));
  }));
  assertEquals(counts[0], counts[1]);
  assert(counts[0].join() !== counts[2].join(), "another seed changed nothing");
});

Deno.test("fetch_many.ts reports what was done when Ctrl-C stops it", async () => {
  const args = ["--requests", "100000", "--concurrency", "50"];
  const example = spawnExample("fetch_many.ts", { args, permissions });
  await example.stderrMatches(/^At once: [1-9][\d,]* of 100,000,/m);
  example.kill("SIGINT");
  const { code, signal, stdout, stderr } = await example.output();

  // No signal: nothing that is left open kept it from ending by itself.
  assertEquals({ code, signal }, { code: 130, signal: null }, stderr);
  const over = Number(/Stopped after ([\d,]+) of 100,000/.exec(stdout)?.[1].replaceAll(",", ""));
  assert(over > 0 && over < 100_000, stdout);
  assertEquals(row(stdout, "done") + row(stdout, "given up"), over);
  assertEquals(over + row(stdout, "cancelled") + row(stdout, "not started"), 100_000);
  assert(row(stdout, "cancelled") <= 50, stdout);
  assertStringIncludes(stdout, "left open at the server: 0\n");
  assert(!/error/i.test(stderr), stderr);
});

for (
  const [args, complaint] of [
    [["--requests", "0"], `--requests must be a whole number from 1 to 1000000, not "0"`],
    [["--requests", "ten"], `--requests must be a whole number from 1 to 1000000, not "ten"`],
    [["--concurrency", "1.5"], `--concurrency must be a whole number from 1 to 10000, not "1.5"`],
    [["--timeout", "soon"], `--timeout must be a time above zero, such as 750ms or 1.5s`],
    [["--timeout", "0s"], `--timeout must be a time above zero, such as 750ms or 1.5s, not "0s"`],
    [["--retries", "3"], `'--retries'`],
    [["5"], `Unexpected argument '5'`],
  ] as const
) {
  Deno.test(`fetch_many.ts refuses ${args.join(" ")}`, async () => {
    const options = { args: [...args], permissions };
    const { code, stdout, stderr } = await spawnExample("fetch_many.ts", options).output();
    assertEquals({ code, stdout }, { code: 2, stdout: "" });
    assertMatch(stderr, /^fetch_many: .*\nTry --help\n$/);
    assertStringIncludes(stderr, complaint);
  });
}

Deno.test("fetch_many.ts --help names every flag", async () => {
  const { code, stdout } = await spawnExample("fetch_many.ts", { args: ["--help"] }).output();
  assertEquals(code, 0);
  for (const flag of ["requests", "concurrency", "timeout", "attempts", "seed", "help"]) {
    assertStringIncludes(stdout, `--${flag} `);
  }
});
