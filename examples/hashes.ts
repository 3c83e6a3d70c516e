/**
 * The SHA-256 of files, computed on all processors, as `sha256sum` prints it. Meanwhile the event loop has
 * nothing to do but to draw a bar, and to hear Ctrl-C, which stops the threads in the middle of a file.
 *
 *     deno run --allow-read examples/hashes.ts examples/*.ts
 *
 * @module
 */

import {
  CancelledError,
  type Coroutine,
  createTask,
  gather,
  getRunningLoop,
  run,
  sleep,
} from "../mod.ts";
import { WorkerPool } from "../workers.ts";
import { bar, percent, size } from "./fetch_many/format.ts";

type Jobs = typeof import("./hashes/jobs.ts");

/** How far it has come. */
interface Progress {
  /** The bytes of all files. */
  readonly total: number;
  /** Those that were read; the threads count them. */
  readonly read: BigInt64Array;
}

/** Prints the hash of each file, in the order of the paths; returns how many have failed. */
function* hashAll(paths: string[]): Coroutine<number> {
  const pool = new WorkerPool<Jobs>(new URL("./hashes/jobs.ts", import.meta.url));
  const read = new BigInt64Array(new SharedArrayBuffer(8));
  const progress = { total: totalSize(paths), read };
  const line = createTask(showProgress(progress));
  let failed = 0;
  try {
    // The pool has a queue: all jobs can be given to it at once.
    const jobs = paths.map((path) => pool.run("hash", path, read));
    const results = yield* gather(jobs, { returnExceptions: true });
    line.cancel();
    for (const [i, result] of results.entries()) {
      if (typeof result === "string") console.log(`${result}  ${paths[i]}`);
      else {
        console.error(`hashes: ${paths[i]}: ${(result as Error).message}`);
        failed++;
      }
    }
    return failed;
  } finally {
    line.cancel();
    yield* pool.shutdown({ cancel: true });
    if (Number(read[0]) < progress.total && failed === 0) {
      console.error(`Stopped after ${size(Number(read[0]))} of ${size(progress.total)}`);
    }
  }
}

/** The size of those files that there are. */
function totalSize(paths: string[]): number {
  let total = 0;
  for (const path of paths) {
    try {
      total += Deno.statSync(path).size;
    } catch { /* Its job will say what is wrong with it. */ }
  }
  return total;
}

/** Draws a bar on standard error until it is cancelled; where that is no terminal, a line a second. */
function* showProgress({ total, read }: Progress): Coroutine<void> {
  const terminal = Deno.stderr.isTerminal();
  const print = (text: string) => Deno.stderr.writeSync(new TextEncoder().encode(text));
  const loop = getRunningLoop();
  const start = loop.time();
  try {
    for (;;) {
      yield* sleep(terminal ? "80ms" : "1s");
      const bytes = Number(Atomics.load(read, 0));
      const speed = `${size(bytes / (loop.time() - start) * 1000)}/s`;
      const text = `${percent(bytes / total)} of ${size(total)}, ${speed}`;
      print(terminal ? `\r${bar(bytes / total, 30).padEnd(30, "░")} ${text}\x1b[K` : `${text}\n`);
    }
  } finally {
    if (terminal) print("\r\x1b[K");
  }
}

/** The whole program; what it returns is the exit code. */
async function main(paths: string[]): Promise<number> {
  if (paths.length === 0) {
    console.error("Usage: deno run --allow-read examples/hashes.ts FILE...");
    return 2;
  }
  try {
    return await run(() => hashAll(paths)) > 0 ? 1 : 0;
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
    return 130; // Ctrl-C, and everything has come to its end
  }
}

if (import.meta.main) Deno.exitCode = await main(Deno.args);
