/**
 * Measures what it costs to make a coroutine, by the kind of its function: of one that is declared
 * once, and of one that is made anew for each call. In a process of its own each, since V8 must have
 * time to compile one kind only.
 *
 *     deno run bench/probes/first_calls.ts "fresh function*"
 *
 * @module
 */
import { median } from "../measure.ts";

/** What a process reports, for each call. */
export interface FirstCallResult {
  /** Nanoseconds. */
  ns: number;
  /** Bytes of the engine's heap. */
  bytes: number;
}

const CALLS = 2000;
const ROUNDS = 200;

function* shared(i: number) {
  yield;
  return i;
}

async function sharedAsync(i: number) {
  await null;
  return i;
}

const declaring = {
  *method(i: number) {
    yield;
    return i;
  },
};

/** A call of each kind. What it makes is not run. */
const calls: Record<string, (i: number) => unknown> = {
  "shared function*": (i) => shared(i),
  "shared method": (i) => declaring.method(i),
  "fresh arrow function around it": (i) => (() => shared(i))(),
  "fresh function*": (i) =>
    function* () {
      yield;
      return i;
    }(),
  "shared async function": (i) => sharedAsync(i),
  "fresh async function": (i) =>
    (async () => {
      await null;
      return i;
    })(),
};

/** The kinds, in the order of the report. */
export const kinds = Object.keys(calls);

async function measure(call: (i: number) => unknown): Promise<FirstCallResult> {
  const made = new Array<unknown>(CALLS);
  const ns: number[] = [];
  const bytes: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = Deno.memoryUsage().heapUsed;
    const start = performance.now();
    for (let i = 0; i < CALLS; i++) made[i] = call(i);
    ns.push((performance.now() - start) * 1e6 / CALLS);
    bytes.push((Deno.memoryUsage().heapUsed - before) / CALLS);
    await null; // Async functions end, and don't pile up.
  }
  // The first half warms up. Where a collection came between, the heap has shrunk.
  const late = bytes.slice(ROUNDS / 2).filter((bytes) => bytes > 0);
  return { ns: median(ns.slice(ROUNDS / 2)), bytes: median(late) };
}

if (import.meta.main) console.log(JSON.stringify(await measure(calls[Deno.args[0]])));
