/**
 * Measures one timer queue in the hold model, alone in its process: what firing a timer and setting
 * another costs while so many stand.
 *
 *     deno run bench/probes/heaps.ts wasm 100000
 *
 * @module
 */
import { TwinCore } from "../../tests/unit/core/twin.ts";
import { HeapCore } from "../../src/core/heap.ts";
import { WasmCore } from "../../src/core/wasm.ts";
import { FourAryHeap } from "./four_ary_heap.ts";
import { type Hold, holdCore, holdHeap } from "./hold.ts";
import { median } from "../measure.ts";

/** What a process reports. */
export interface HeapResult {
  /** Nanoseconds for each timer: the median of the rounds. */
  ns: number;
}

/** The queues that are compared, and what they are. */
export const heaps = {
  wasm: "the core",
  twin: "its twin in TypeScript",
  small: "the small core in TypeScript",
  "four-ary": "a 4-ary heap on typed arrays",
};

/** How many timers come due at a time, as in a loop that looks at its clock now and then. */
const AT_ONCE = 10;

const ROUNDS = 5;

function start(name: string, standing: number): Hold {
  if (name === "wasm") return holdCore(new WasmCore(), standing, AT_ONCE);
  if (name === "twin") return holdCore(new TwinCore(), standing, AT_ONCE);
  if (name === "small") return holdCore(new HeapCore(), standing, AT_ONCE);
  return holdHeap(new FourAryHeap(standing), standing, AT_ONCE);
}

function measure(name: string, standing: number): HeapResult {
  const hold = start(name, standing);
  // Those that were set in a row lie in a row until each was set anew. And a round must be long: a
  // radix heap works in bursts.
  const count = Math.max(1_000_000, standing);
  hold(2 * count);
  const rounds = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    hold(count);
    return (performance.now() - start) * 1e6 / count;
  });
  return { ns: median(rounds) };
}

if (import.meta.main) {
  const [name, standing] = Deno.args;
  console.log(JSON.stringify(measure(name, Number(standing))));
}
