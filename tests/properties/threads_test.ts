/**
 * Random jobs in a pool, short and long, some of which are cancelled: each that wasn't ran once and gave
 * its own result.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { CancelledError, type Coroutine, createTask, gather, run, sleep } from "../../mod.ts";
import { WorkerPool } from "../../workers.ts";
import { Random } from "../random.ts";

const JOBS = 1500;
const AT_ONCE = 100;

const seed = Number(Deno.env.get("WASYNCIO_SEED") ?? Math.floor(Math.random() * 2 ** 32));

/** The kinds of jobs, and how often, in a thousand times. */
const kinds = new Map([
  ["number", 800],
  ["object", 50],
  ["text", 50],
  ["later", 20],
  ["long", 20],
  ["endless", 5],
  ["error", 55],
]);

/** What a job does; the calls of each are counted in shared memory. */
function job(calls: Int32Array, i: number, kind: string): unknown {
  const { cancelled } = globalThis as unknown as { cancelled(): boolean };
  Atomics.add(calls, i, 1);
  const end = performance.now() + (kind === "long" ? 3 : kind === "endless" ? Infinity : 0);
  while (performance.now() < end && !cancelled());
  if (kind === "error") throw new RangeError(String(i));
  if (kind === "object") return { i };
  if (kind === "text") return "x".repeat(i);
  if (kind === "later") return new Promise((resolve) => setTimeout(() => resolve(i), 1));
  return i;
}

for (const onCancel of ["terminate", "abandon"] as const) {
  Deno.test(`each job of a pool runs once (onCancel: "${onCancel}", seed ${seed})`, async () => {
    const random = new Random(seed);
    const calls = new Int32Array(new SharedArrayBuffer(4 * JOBS));
    const wrong: string[] = [];
    await run(function* () {
      const pool = new WorkerPool(null, { size: 2, onCancel });
      function* check(i: number): Coroutine<void> {
        const kind = random.among(kinds);
        const task = createTask(pool.run(job, calls, i, kind));
        const isCancelled = kind === "endless" || random.next() < 0.1;
        if (isCancelled) {
          yield* sleep(5 * random.next());
          task.cancel();
        }
        let result: string;
        try {
          result = JSON.stringify(yield* task);
        } catch (error) {
          if (error instanceof CancelledError && isCancelled) return;
          result = String(error);
        }
        const expected = {
          object: JSON.stringify({ i }),
          text: JSON.stringify("x".repeat(i)),
          error: `RangeError: ${i}`,
        }[kind] ?? String(i);
        if (result !== expected || calls[i] !== 1) wrong.push(`${i} ${kind}: ${result}`);
      }
      let started = 0;
      function* client(): Coroutine<void> {
        while (started < JOBS) yield* check(started++);
      }
      yield* gather(Array.from({ length: AT_ONCE }, client));
      yield* pool.shutdown();
    });
    assertEquals({ wrong, twice: calls.findIndex((count) => count > 1) }, { wrong: [], twice: -1 });
  });
}
