/**
 * The scheduling core alone, against its twin in TypeScript and a 4-ary heap, in the hold model. One
 * iteration fires and sets a thousand timers: its microseconds are nanoseconds for each timer.
 *
 * @module
 */
import type { Core } from "../../src/core/core.ts";
import { TwinCore } from "../../tests/unit/core/twin.ts";
import { WasmCore } from "../../src/core/wasm.ts";
import { FourAryHeap } from "./four_ary_heap.ts";
import type { Hold } from "./hold.ts";

const FIRED = 1000;

// One core of a kind for all cases: a call site that knows two WebAssembly instances is slower, and
// most programs have one loop.
const wasm = new WasmCore();
const twin = new TwinCore();

/** For the same reason, each case has a copy of the code for itself. */
async function codeFor(name: string): Promise<typeof import("./hold.ts")> {
  return await import(`./hold.ts?${encodeURIComponent(name)}`);
}

async function benchmark(
  name: string,
  group: string,
  start: (code: typeof import("./hold.ts")) => Hold,
): Promise<void> {
  const code = await codeFor(`${name}, ${group}`);
  let hold: Hold | null = null;
  Deno.bench({
    name,
    group,
    baseline: name === "wasm",
    fn(bench) {
      if (hold === null) {
        hold = start(code);
        // Until each timer was set anew once or twice, those set in a row lie in a row.
        hold(2_000_000);
      }
      bench.start();
      hold(FIRED);
      bench.end();
    },
  });
}

function emptied(core: Core): Core {
  core.reset();
  return core;
}

for (const standing of [1_000, 100_000, 1_000_000]) {
  for (const atOnce of [10, 0]) {
    const group = `${standing.toLocaleString("en")} standing, ${atOnce || "one"} at a time`;
    await benchmark("wasm", group, (code) => code.holdCore(emptied(wasm), standing, atOnce));
    await benchmark("twin", group, (code) => code.holdCore(emptied(twin), standing, atOnce));
    await benchmark(
      "4-ary heap",
      group,
      (code) => code.holdHeap(new FourAryHeap(standing), standing, atOnce),
    );
  }
}
