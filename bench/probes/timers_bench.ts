/**
 * Timers alone: an hour ahead, set and cancelled while others stand. `timers.ts` measures them firing
 * too, and a million of the host's, which would weigh on all other benchmarks of the process.
 *
 * @module
 */
import { Runner } from "../../mod.ts";
import { BATCH, cancelAll, far, loopTimers, native, type Timers } from "./timers.ts";

function benchmark<T>(name: string, make: () => Timers<T>, standing: number): void {
  let timers: Timers<T> | null = null;
  const batch = new Array<T>(BATCH);
  Deno.bench({
    name: `${name}, ${standing.toLocaleString("en")} standing`,
    group: `${BATCH} timers set and cancelled`,
    baseline: name === "native" && standing === 1_000,
    fn(bench) {
      if (timers === null) {
        timers = make();
        for (let i = 0; i < standing; i++) timers.set(far(i), () => {});
      }
      bench.start();
      for (let i = 0; i < BATCH; i++) batch[i] = timers.set(far(i), () => {});
      cancelAll(timers, batch);
      bench.end();
    },
  });
}

const timersOf = (core: "wasm" | "js") => () => loopTimers(new Runner({ core }).loop);

for (const standing of [1_000, 100_000, 1_000_000]) {
  if (standing <= 100_000) benchmark("native", () => native, standing);
  benchmark("wasyncio", timersOf("wasm"), standing);
  benchmark("wasyncio-js", timersOf("js"), standing);
}
