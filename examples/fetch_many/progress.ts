/**
 * The progress line: a bar that redraws itself on a terminal, a plain line a second elsewhere.
 * It goes to standard error, so that standard output holds the report alone.
 *
 * @module
 */

import { type Coroutine, getRunningLoop, sleep } from "../../mod.ts";
import { bar, count } from "./format.ts";
import type { Tally } from "./tally.ts";

/** Shows how the tally grows until it is cancelled. */
export function* showProgress(label: string, tally: Tally): Coroutine<void> {
  const loop = getRunningLoop();
  const start = loop.time();
  const terminal = Deno.stderr.isTerminal();
  try {
    while (true) {
      yield* sleep(terminal ? "80ms" : "1s");
      const parts = describe(tally, loop.time() - start);
      if (terminal) print(`\r${fit(label, parts, tally)}\x1b[K`);
      else print(`${label}: ${parts.join(", ")}\n`);
    }
  } finally {
    if (terminal) print("\r\x1b[K");
  }
}

/** The numbers, the most telling first. */
function describe(tally: Tally, elapsed: number): string[] {
  const over = tally.outcomes.length;
  return [
    `${count(over)} of ${count(tally.total)}`,
    `${count(over / elapsed * 1000)}/s`,
    `${count(tally.retried)} retried`,
    `${count(tally.timedOut)} timed out`,
    `${count(tally.givenUp)} given up`,
  ];
}

/** A bar and as many of the parts as fit into one line of the terminal. */
function fit(label: string, parts: string[], tally: Tally): string {
  const { columns } = Deno.consoleSize();
  const width = Math.min(40, Math.floor(columns / 4));
  const drawing = bar(tally.outcomes.length / tally.total, width).padEnd(width, "░");
  let line = ` ${label}  ${drawing}  `;
  for (const [i, part] of parts.entries()) {
    const next = line + (i > 0 ? " · " : "") + part;
    if (next.length >= columns) break;
    line = next;
  }
  return line;
}

function print(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}
