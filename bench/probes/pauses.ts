/**
 * Measures for how long a timer queue holds up the program: while it grows, and while the garbage
 * collector looks through it. Each in a process of its own.
 *
 *     deno run -A bench/probes/pauses.ts growth wasm 4000000
 *     deno run -A bench/probes/pauses.ts garbage objects 1000000
 *
 * @module
 */
import { TwinCore } from "../../tests/unit/core/twin.ts";
import type { Core } from "../../src/core/core.ts";
import { HeapCore } from "../../src/core/heap.ts";
import { WasmCore } from "../../src/core/wasm.ts";
import { option } from "../measure.ts";
import { type Hold, holdCore, holdHeap } from "./hold.ts";
import { ObjectHeap } from "./object_heap.ts";

/** What a process reports. */
export interface PauseResult {
  /** The longest pause, in milliseconds. */
  longest: number;
  /** How many collections there were, where these are what is measured. */
  collections?: number;
}

/** What is measured while it grows, and what it is. */
export const growingCores = {
  wasm: "the core",
  twin: "its twin in TypeScript",
  small: "the small core in TypeScript",
};

/** What is measured while garbage is collected. */
export const collectedHeaps = { wasm: "the core", objects: "a heap of objects" };

/** How many timers are fired and set beside what makes garbage, at a time. */
const BATCH = 10_000;

/** The program's own objects: so few live at a time that what is collected is the timers' fault. */
const KEPT = 1000;

function makeCore(name: string): Core {
  return name === "wasm" ? new WasmCore() : name === "twin" ? new TwinCore() : new HeapCore();
}

/** The longest time that setting one timer takes, of so many that are set one after another. */
function growth(core: Core, count: number): PauseResult {
  let longest = 0;
  let last = performance.now();
  for (let slot = 0; slot < count; slot++) {
    if (slot === core.capacity) core.grow();
    core.at(slot, 1 + (Math.imul(slot + 1, 0x9e3779b1) >>> 1));
    const now = performance.now();
    if (now - last > longest) longest = now - last;
    last = now;
  }
  return { longest };
}

/** Fires and sets timers beside objects that come and go, for so many milliseconds. */
function makeGarbage(hold: Hold, milliseconds: number): void {
  const kept = new Array<{ readonly values: number[] }>(KEPT);
  let made = 0;
  for (const end = performance.now() + milliseconds; performance.now() < end;) {
    hold(BATCH);
    for (let i = 0; i < BATCH; i++) kept[made++ % KEPT] = { values: [made, i, made + i, made - i] };
  }
}

/** The longest that V8 reports of the collections in a process like this one. */
async function garbage(name: string, count: number): Promise<PauseResult> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--allow-all", "--v8-flags=--trace-gc", import.meta.url],
      ...["collected", name, `${count}`, `--measure=${option("measure", 3000)}`],
    ],
  }).output();
  const pauses = [...new TextDecoder().decode(stdout).matchAll(/ MB, .*?([\d.]+) \/ [\d.]+ ms/g)]
    .map(([, pause]) => Number(pause));
  if (pauses.length === 0) throw new Error("V8 has not said what it collected");
  return { longest: Math.max(...pauses), collections: pauses.length };
}

if (import.meta.main) {
  const [what, name, amount] = Deno.args;
  const count = Number(amount);
  if (what === "growth") console.log(JSON.stringify(growth(makeCore(name), count)));
  else if (what === "garbage") console.log(JSON.stringify(await garbage(name, count)));
  else {
    const hold = name === "objects"
      ? holdHeap(new ObjectHeap(), count, 10)
      : holdCore(makeCore(name), count, 10);
    makeGarbage(hold, option("measure", 3000));
  }
}
