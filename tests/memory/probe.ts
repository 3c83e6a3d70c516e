/**
 * Runs in a process of its own with --expose-gc, and prints as JSON, one line each, what it
 * measures: what waves of each scenario leave behind, what runs do, and how much a task takes that
 * waits.
 *
 *     deno run --v8-flags=--expose-gc tests/memory/probe.ts <core> <how many>
 *
 * @module
 */

import {
  type Coroutine,
  createTask,
  type Executor,
  type Future,
  gather,
  getRunningLoop,
  run,
  sleep,
  type Task,
  until,
  waitFor,
} from "../../mod.ts";
import { VirtualClock } from "../../testing.ts";
import { scenarios, type Wave } from "./scenarios.ts";

/** What a measurement prints. All sizes are in bytes. */
export interface Report {
  name: string;
  /** How many there were at a time. */
  count: number;
  /** By how much they made the heap grow, and the rest of the memory. */
  heap: number;
  outside: number;
}

/** How many of them are still there. */
export interface Alive {
  name: string;
  alive: number;
}

declare const gc: () => void;

const core = Deno.args[0] as "wasm" | "js";
const total = Number(Deno.args[1]);
const WAVE = 10_000;

/** The memories of all instances that are still in use. */
const memories = new Set<WeakRef<WebAssembly.Memory>>();
const { Instance } = WebAssembly;
WebAssembly.Instance = class extends Instance {
  constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
    super(module, imports);
    memories.add(new WeakRef(this.exports.memory as WebAssembly.Memory));
  }
};

interface Measure {
  heap: number;
  outside: number;
}

function measure(): Measure {
  gc();
  gc();
  const { heapUsed, external } = Deno.memoryUsage();
  let wasm = 0;
  for (const ref of memories) {
    const memory = ref.deref();
    if (memory === undefined) memories.delete(ref);
    else wasm += memory.buffer.byteLength;
  }
  return { heap: heapUsed, outside: core === "wasm" ? wasm : external };
}

function report(name: string, count: number, before: Measure, after: Measure): void {
  const heap = after.heap - before.heap;
  const outside = after.outside - before.outside;
  console.log(JSON.stringify({ name, count, heap, outside } satisfies Report));
}

const options = () => ({ core, clock: new VirtualClock() });

/**
 * What something leaves behind that is done again and again, from the growth from one time to the next.
 * What leaks does so each time; what the engine compiles, or throws away, in between makes no median.
 */
class Growth {
  readonly #measures: Measure[] = [];

  note(): void {
    this.#measures.push(measure());
  }

  report(name: string, count: number): void {
    const growths = this.#measures.slice(1).map(({ heap }, i) => heap - this.#measures[i].heap);
    const heap = growths.sort((a, b) => a - b)[growths.length >> 1];
    const { outside } = this.#measures[0];
    report(name, count, { heap: 0, outside }, { heap, outside: this.#measures.at(-1)!.outside });
  }
}

const TIMES = 7;

function* measured(name: string, count: number, wave: Wave): Coroutine<void> {
  const waves = Math.ceil(count / WAVE / TIMES);
  const growth = new Growth();
  for (let time = 0; time <= TIMES; time++) {
    for (let i = 0; i < waves; i++) yield* wave(WAVE);
    growth.note();
  }
  growth.report(name, waves * WAVE);
}

for (const [name, { share, make }] of Object.entries(scenarios)) {
  await run(() => measured(name, total * share, make()), options());
}

async function runs(count: number): Promise<void> {
  // More at a time than there are idle cores kept.
  for (let i = 0; i < count; i += 20) {
    await Promise.all(Array.from({ length: 20 }, () =>
      run(function* () {
        createTask(sleep("1h"));
        yield* createTask(sleep(0));
      }, options())));
  }
  // Until then the host may hold on to the last ones: hops that are under way, WeakRefs just read.
  await new Promise((resolve) => setTimeout(resolve, 20));
}

const growthOfRuns = new Growth();
for (let time = 0; time <= TIMES; time++) {
  await runs(total / 1000);
  growthOfRuns.note();
}
growthOfRuns.report("runs", total / 1000);

const PARKED = 100_000;

await run(function* () {
  function* park() {
    yield* sleep("1h");
  }
  const tasks: Task<void>[] = [];
  tasks.length = PARKED;
  const before = measure();
  for (let i = 0; i < PARKED; i++) tasks[i] = createTask(park());
  yield* sleep(1);
  report("parked tasks", PARKED, before, measure());
}, options());

async function parkNatively(index: number, wake: (() => void)[]): Promise<void> {
  await new Promise<void>((resolve) => wake[index] = resolve);
}

{
  const wake: (() => void)[] = [];
  const promises: Promise<void>[] = [];
  wake.length = promises.length = PARKED;
  const before = measure();
  for (let i = 0; i < PARKED; i++) promises[i] = parkNatively(i, wake);
  await Promise.resolve();
  report("parked promises", PARKED, before, measure());
  for (const resolve of wake) resolve();
  await Promise.all(promises);
}

/** Tasks and futures that have waited for a promise in vain. */
function* waitInVain(promise: Promise<never>): Coroutine<WeakRef<Future<unknown>>[]> {
  const loop = getRunningLoop();
  const executor: Executor = { submit: () => promise };
  const tasks = Array.from({ length: 1000 }, () => createTask(waitFor(until(promise), 1)));
  const futures = tasks.map(() => loop.runInExecutor(executor, () => {}));
  for (const future of futures) future.cancel();
  yield* gather(tasks, { returnExceptions: true });
  const refs = [...tasks, ...futures].map((future) => new WeakRef<Future<unknown>>(future));
  yield* until(new Promise((resolve) => setTimeout(resolve))); // Until then a new WeakRef holds on.
  return refs;
}

await run(function* () {
  const never = new Promise<never>(() => {});
  const refs = yield* waitInVain(never);
  gc();
  // Code that is compiled meanwhile may hold one of them.
  yield* until(new Promise((resolve) => setTimeout(resolve)));
  gc();
  const alive = refs.filter((ref) => ref.deref() !== undefined).length;
  console.log(JSON.stringify({ name: "waits for one promise", alive } satisfies Alive));
  void never;
}, options());
