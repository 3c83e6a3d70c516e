/**
 * The report at the end: what became of the requests, how long they took, what running them
 * together was worth.
 *
 * @module
 */

import { bar, count, percent, size, time } from "./format.ts";
import type { Options } from "./options.ts";
import type { Tally } from "./tally.ts";

/** What a run leaves behind. */
export interface Results {
  options: Options;
  /** The requests, fetched together. */
  tally: Tally;
  /** Some of them, fetched one by one afterwards. */
  sample: Tally;
  /** Whether Ctrl-C cut the run short. */
  interrupted: boolean;
  /** How many attempts the server was still busy with in the end. */
  leftOpen: number;
}

const BUCKETS = [25, 50, 100, 200, 400, 800, 1600, 3200, Infinity];

/** The longest bar, and what stands beside one. */
const BAR_WIDTH = 40;
const BESIDE_BAR = 26;

/** The report as text, in colour if `colour` says so. Its bars fit a terminal of so many columns. */
export function formatReport(results: Results, colour: boolean, columns = 80): string {
  const style = new Style(colour);
  const width = Math.max(1, Math.min(BAR_WIDTH, columns - BESIDE_BAR));
  const times = results.tally.outcomes.map(({ time }) => time).toSorted((a, b) => a - b);
  const parts = [headline(results, style), outcomes(results, style)];
  if (times.length > 0) parts.push(latencies(times, width, style), worth(results, times, style));
  return parts.map((lines) => lines.map((line) => `  ${line}`.trimEnd()).join("\n")).join("\n\n") +
    "\n";
}

function headline({ tally, interrupted, options }: Results, style: Style): string[] {
  const over = tally.outcomes.length;
  const rate = `${count(over / tally.elapsed * 1000)} a second`;
  const [what, how] = interrupted && over < tally.total
    ? [`Stopped after ${count(over)} of ${count(tally.total)} requests`, time(tally.elapsed)]
    : [
      `${count(over)} requests in ${time(tally.elapsed)}`,
      `${count(options.concurrency)} at a time`,
    ];
  return ["", `${style.bold(what)}, ${how}, ${rate}`];
}

function outcomes({ tally, leftOpen, options }: Results, style: Style): string[] {
  const row = (label: string, value: number, share: string, note: string) =>
    `${label.padEnd(11)}${count(value).padStart(10)}${share.padStart(9)}  ${style.dim(note)}`;
  const share = (value: number) => percent(value / tally.total);

  const failed = (["500", "503", "dropped"] as const)
    .filter((reason) => tally.failures.has(reason))
    .map((reason) => `${count(tally.failures.get(reason)!)} × ${reason}`);
  const open = `left open at the server: ${leftOpen}`;
  const lines = [
    row("done", tally.done, share(tally.done), size(tally.bytes)),
    row("given up", tally.givenUp, share(tally.givenUp), `after ${options.attempts} attempts each`),
  ];
  const unfinished = tally.started - tally.outcomes.length;
  const untouched = tally.total - tally.started;
  if (unfinished > 0) {
    lines.push(row("cancelled", unfinished, share(unfinished), "on their way when Ctrl-C came"));
  }
  if (untouched > 0) lines.push(row("not started", untouched, share(untouched), ""));
  lines.push(
    row("retried", tally.retried, share(tally.retried), "needed more than one attempt"),
    row("attempts", tally.attempts, "", failed.length > 0 ? `of them ${failed.join(", ")}` : ""),
    row("timed out", tally.timedOut, "", `cut off after ${options.timeout}; ${open}`),
  );
  return lines;
}

function latencies(times: number[], width: number, style: Style): string[] {
  const quantile = (q: number) => times[Math.ceil(q * times.length) - 1];
  const named = [["p50", 0.5], ["p90", 0.9], ["p99", 0.99], ["max", 1]] as const;
  const lines = [
    style.bold("Time of a request") + ", its retries and pauses included",
    named.map(([name, q]) => `${style.dim(name)} ${time(quantile(q))}`).join("     "),
    "",
  ];
  return lines.concat(histogram(times, width, style));
}

function histogram(times: number[], width: number, style: Style): string[] {
  const counts = BUCKETS.map(() => 0);
  for (const time of times) counts[BUCKETS.findIndex((bound) => time <= bound)]++;
  const highest = Math.max(...counts);
  const first = counts.findIndex((n) => n > 0);
  const last = counts.findLastIndex((n) => n > 0);
  return counts.slice(first, last + 1).map((n, i) => {
    const bound = BUCKETS[first + i];
    const label = bound === Infinity ? "longer" : `up to ${time(bound).replace("0 s", " s")}`;
    const drawing = bar(n / highest, width);
    return `${label.padStart(14)}  ${style.green(drawing)}${drawing && " "}${style.dim(count(n))}`;
  });
}

function worth({ tally, sample, interrupted }: Results, times: number[], style: Style): string[] {
  const row = (label: string, value: number, note: string) =>
    `${label.padEnd(20)}${time(value).padStart(13)}   ${style.dim(note)}`;
  const lines = [
    row("together", tally.elapsed, "from the first request to the last"),
    row("one by one, added up", times.reduce((a, b) => a + b), "the sum of their times above"),
  ];
  if (interrupted) return lines;
  const alone = sample.elapsed / sample.total * tally.total;
  const note = `extrapolated from ${sample.total} that took ${time(sample.elapsed)}`;
  lines.push(row("one by one, measured", alone, note));
  const factor = alone / tally.elapsed;
  lines.push("", style.bold(`${factor.toFixed(factor < 10 ? 1 : 0)} times as fast as one by one`));
  return lines;
}

/** Escape sequences for a terminal, or none. */
class Style {
  readonly colour: boolean;

  constructor(colour: boolean) {
    this.colour = colour;
  }

  bold = (text: string) => this.#wrap(text, 1);
  dim = (text: string) => this.#wrap(text, 2);
  green = (text: string) => this.#wrap(text, 32);
  #wrap(text: string, code: number): string {
    return this.colour && text !== "" ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}
