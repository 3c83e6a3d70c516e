/**
 * wrk, which loads HTTP servers from one thread of its own.
 *
 * @module
 */
import { ask } from "./processes.ts";

/** What it has seen. */
export interface Load {
  /** How many answers there were. */
  count: number;
  /** In how many seconds. */
  seconds: number;
  /** The median of how long they took, in milliseconds. */
  p50: number;
  /** 99 of a hundred took no longer than this many milliseconds. */
  p99: number;
}

const UNITS: Record<string, number> = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

function milliseconds(text: string, share: number): number {
  // wrk fills its columns: behind a unit of one letter there is a space.
  const found = new RegExp(`^\\s*${share}%\\s+([\\d.]+)(\\w+) ?$`, "m").exec(text);
  if (found === null) throw new Error(`wrk says nothing of ${share} % of the requests: ${text}`);
  return Number(found[1]) * UNITS[found[2]];
}

/**
 * Sends requests for so many seconds.
 *
 * @throws {Error} If some were not answered, or not with success.
 */
export async function wrk(port: number, connections: number, seconds: number): Promise<Load> {
  const text = await ask([
    "wrk",
    "--threads=1",
    `--connections=${connections}`,
    `--duration=${seconds}s`,
    "--timeout=10s",
    "--latency",
    `http://127.0.0.1:${port}/`,
  ]);
  const total = /(\d+) requests in ([\d.]+)(ms|s|m)/.exec(text ?? "");
  if (text === null || total === null) throw new Error("wrk has failed");
  const trouble = /^\s*(?:Socket errors|Non-2xx).*$/m.exec(text);
  if (trouble !== null) throw new Error(trouble[0].trim());
  return {
    count: Number(total[1]),
    seconds: Number(total[2]) * UNITS[total[3]] / 1000,
    p50: milliseconds(text, 50),
    p99: milliseconds(text, 99),
  };
}
