/**
 * The command line of `fetch_many.ts`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import type { Duration } from "../../mod.ts";

/** What a run can be told. */
export interface Options {
  /** How many URLs to fetch. */
  requests: number;
  /** How many of them may be on their way at a time. */
  concurrency: number;
  /** How long one attempt may take. */
  timeout: Duration;
  /** How many attempts a request is worth. */
  attempts: number;
  /** What the server's misbehaviour follows from. */
  seed: number;
}

/** A command line that makes no sense; the message says which part. */
export class UsageError extends Error {
  override name = "UsageError";
}

export const USAGE = `\
Fetches many URLs at once from a slow and flaky server that it starts itself.

Usage: deno run --allow-net=127.0.0.1 examples/fetch_many.ts [flags]

  --requests N      how many URLs to fetch (default 2000)
  --concurrency N   how many may be on their way at a time (default 100)
  --timeout TIME    how long one attempt may take, such as 750ms or 1.5s (default 1s)
  --attempts N      how many attempts a request is worth (default 4)
  --seed N          another number, another day of bad luck (default 1)
  --help            this text
`;

/** Reads the flags; `null` when the reader only wants the usage. */
export function parseOptions(args: string[]): Options | null {
  const values = parseFlags(args);
  if (values.help) return null;
  return {
    requests: wholeNumber("--requests", values.requests, 1, 1_000_000),
    concurrency: wholeNumber("--concurrency", values.concurrency, 1, 10_000),
    timeout: duration("--timeout", values.timeout),
    attempts: wholeNumber("--attempts", values.attempts, 1, 20),
    seed: wholeNumber("--seed", values.seed, 0, Number.MAX_SAFE_INTEGER),
  };
}

function parseFlags(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        requests: { type: "string", default: "2000" },
        concurrency: { type: "string", default: "100" },
        timeout: { type: "string", default: "1s" },
        attempts: { type: "string", default: "4" },
        seed: { type: "string", default: "1" },
        help: { type: "boolean", short: "h", default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function wholeNumber(flag: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageError(`${flag} must be a whole number from ${least} to ${most}, not "${text}"`);
}

function duration(flag: string, text: string): Duration {
  if (isDuration(text)) return text;
  throw new UsageError(`${flag} must be a time above zero, such as 750ms or 1.5s, not "${text}"`);
}

function isDuration(text: string): text is Duration & string {
  return /^\d+(\.\d+)?(ms|s|m|h)$/.test(text) && parseFloat(text) > 0;
}
