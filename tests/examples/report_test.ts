/**
 * What the demonstration counts and reports.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { formatReport, type Results } from "../../examples/fetch_many/report.ts";
import { Tally } from "../../examples/fetch_many/tally.ts";

/** Results of requests that took 1 ms, 2 ms, 3 ms and so on, one in ten of them given up. */
function resultsOf(finished: number, total: number, interrupted: boolean): Results {
  const tally = new Tally(total);
  for (let i = 1; i <= finished; i++) {
    tally.started++;
    tally.finish({ url: `/${i}`, arrived: i % 10 > 0, time: i });
  }
  tally.elapsed = 500;
  const sample = new Tally(20);
  sample.elapsed = 1000;
  const options = {
    requests: total,
    concurrency: 50,
    timeout: "1s",
    attempts: 4,
    seed: 1,
  } as const;
  return { options, tally, sample, interrupted, leftOpen: 0 };
}

Deno.test("the report gives quantiles, a histogram and what it was worth", () => {
  const report = formatReport(resultsOf(1000, 1000, false), false);
  for (
    const text of [
      "  1,000 requests in 500 ms, 50 at a time, 2,000 a second\n",
      "  done              900   90.0 %",
      "  given up          100   10.0 %",
      "  p50 500 ms     p90 900 ms     p99 990 ms     max 1.00 s\n",
      "     up to 25 ms  ██▌ 25\n",
      "    up to 800 ms  ████████████████████████████████████████ 400\n",
      "     up to 1.6 s  ████████████████████ 200\n",
      "  one by one, added up   8 min 21 s ", // 1 + 2 + … + 1000 milliseconds
      "  one by one, measured      50.00 s   extrapolated from 20 that took 1.00 s\n",
      "  100 times as fast as one by one\n",
    ]
  ) assertStringIncludes(report, text);
  assert(!report.includes("cancelled"), report);
});

Deno.test("the report's bars fit a narrow terminal", () => {
  const report = formatReport(resultsOf(1000, 1000, false), false, 40);
  const bars = report.split("\n").filter((line) => line.includes("█"));
  assertStringIncludes(report, "    up to 800 ms  ██████████████ 400\n");
  assertEquals(bars.filter((line) => line.length > 40), []);
});

Deno.test("the report of a run cut short says what is missing", () => {
  const results = resultsOf(40, 100, true);
  results.tally.started = 55;
  const report = formatReport(results, false);
  assertStringIncludes(report, "  Stopped after 40 of 100 requests, 500 ms, 80 a second\n");
  assertStringIncludes(report, "  cancelled          15   15.0 %");
  assertStringIncludes(report, "  not started        45   45.0 %");
  assert(!report.includes("extrapolated"), report);
});

Deno.test("the report of a run cut short before its first answer has no times to show", () => {
  const report = formatReport(resultsOf(0, 100, true), false);
  assertStringIncludes(report, "  Stopped after 0 of 100 requests");
  assert(!report.includes("p50"), report);
});

Deno.test("the report keeps within 80 columns", () => {
  for (const results of [resultsOf(1000, 1000, false), resultsOf(40_000, 1_000_000, true)]) {
    for (const failure of ["500", "503", "dropped", "timed out"] as const) {
      for (let i = 0; i < 200; i++) results.tally.fail(failure);
    }
    const tooLong = formatReport(results, false).split("\n").filter((line) => line.length > 80);
    assertEquals(tooLong, []);
  }
});

Deno.test("the report has colours only where they are wanted", () => {
  const results = resultsOf(10, 10, false);
  const coloured = formatReport(results, true);
  assert(coloured.includes("\x1b["), coloured);
  // deno-lint-ignore no-control-regex -- escape sequences are what this is about
  assertEquals(coloured.replace(/\x1b\[\d+m/g, ""), formatReport(results, false));
});
