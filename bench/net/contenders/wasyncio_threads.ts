/**
 * Calls in other threads. Prints microseconds a call.
 *
 *     deno run -A wasyncio_threads.ts CALLS              by toThread, one after the other
 *     deno run -A wasyncio_threads.ts CALLS IN_FLIGHT    by a WorkerPool, so many at a time
 *
 * @module
 */
import { gather, type Operation, run } from "../../../mod.ts";
import { toThread, WorkerPool } from "../../../workers.ts";

const [calls, inFlight = 1] = Deno.args.map(Number);
const add = (a: number, b: number) => a + b;

/** Calls one after the other. */
function* client(call: (a: number, b: number) => Operation<number>, calls: number) {
  for (let i = 0; i < calls; i++) {
    if ((yield* call(i, 1)) !== i + 1) throw new Error("a wrong sum");
  }
}

await run(function* () {
  const pool = new WorkerPool();
  const call = Deno.args.length > 1
    ? (a: number, b: number) => pool.run(add, a, b)
    : (a: number, b: number) => toThread(add, a, b);
  const all = (calls: number) =>
    gather(Array.from({ length: inFlight }, () => client(call, Math.ceil(calls / inFlight))));
  yield* all(calls / 4);
  const start = performance.now();
  yield* all(calls);
  console.log((performance.now() - start) / calls * 1000);
  yield* pool.shutdown();
});
