/**
 * Measures timers alone, through the public API, with many of them standing, in a process of its own.
 *
 *     deno run -A bench/probes/timers.ts wasyncio 100000
 *
 * @module
 */
import { type EventLoop, getRunningLoop, type Handle, run, until } from "../../mod.ts";
import { cpuNanoseconds, option } from "../measure.ts";

/** What a process reports: nanoseconds. */
export interface TimersResult {
  /** Setting a timer by its delay. */
  add: number;
  /** Setting one by its time, for which no clock is read; hosts have no such thing. */
  addAt?: number;
  /** Cancelling one. */
  cancel: number;
  /** One that fires and sets the next; CPU time. */
  hold: number;
}

/** A way to set timers. */
export interface Timers<T> {
  /** Has a function called after so many milliseconds. */
  set(delay: number, fn: () => void): T;
  /** Calls it off. */
  cancel(timer: T): void;
}

/** How many are set, then cancelled, between two looks at the clock. */
export const BATCH = 1000;

/** Delays are so short that timers are always due: the host or loop does nothing but fire them. */
const HOLD_DELAY = 200e-6;

/** So many fire before measuring begins. */
const WARM_UP = 100_000;

/** An hour and more, in milliseconds: these don't fire. */
export const far = (i: number): number => 3_600_000 + (Math.imul(i + 1, 0x9e3779b1) >>> 8);

/** Cancels a batch in no order: 619 has no divisor in common with its size, so it meets them all. */
export function cancelAll<T>(timers: Timers<T>, batch: readonly T[]): void {
  for (let i = 0; i < BATCH; i++) timers.cancel(batch[i * 619 % BATCH]);
}

function addAndCancel<T>(timers: Timers<T>, standing: number, forMs: number) {
  const kept: T[] = [];
  for (let i = 0; i < standing; i++) kept.push(timers.set(far(i), () => {}));
  const batch = new Array<T>(BATCH);
  let added = 0;
  let batches = 0;
  let adding = 0;
  let cancelling = 0;
  for (const end = performance.now() + forMs; performance.now() < end;) {
    const start = performance.now();
    for (let i = 0; i < BATCH; i++) batch[i] = timers.set(far(added + i), () => {});
    const between = performance.now();
    cancelAll(timers, batch);
    const done = performance.now();
    added += BATCH;
    // The first half warms up.
    if (end - done > forMs / 2) continue;
    adding += (between - start) * 1e6 / BATCH;
    cancelling += (done - between) * 1e6 / BATCH;
    batches++;
  }
  for (const timer of kept) timers.cancel(timer);
  return { add: adding / batches, cancel: cancelling / batches };
}

/** The hold model: so many timers stand, and each that fires sets another. */
function hold<T>(timers: Timers<T>, standing: number, forMs: number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  let fired = 0;
  let measuredFrom = Infinity;
  let cpuStart = 0;
  let firedBefore = 0;
  let stop = false;
  const longest = standing * HOLD_DELAY;
  const fire = () => {
    if (stop) return;
    if ((++fired & 255) === 0) look();
    timers.set(Math.random() * longest, fire);
  };
  const look = () => {
    const now = performance.now();
    if (measuredFrom === Infinity && fired > Math.min(standing, WARM_UP)) {
      measuredFrom = now;
      firedBefore = fired;
      cpuStart = cpuNanoseconds();
    } else if (now - measuredFrom > forMs) {
      stop = true;
      resolve((cpuNanoseconds() - cpuStart) / (fired - firedBefore));
    }
  };
  for (let i = 0; i < standing; i++) timers.set(Math.random() * longest, fire);
  return promise;
}

/** The host's. */
export const native: Timers<ReturnType<typeof setTimeout>> = {
  set: (delay, fn) => setTimeout(fn, delay),
  cancel: (timer) => clearTimeout(timer),
};

/** A loop's. */
export const loopTimers = (loop: EventLoop): Timers<Handle> => ({
  set: (delay, fn) => loop.callLater(delay, fn),
  cancel: (handle) => handle.cancel(),
});

/** The same, set by their time instead of their delay. */
const loopTimersAt = (loop: EventLoop): Timers<Handle> => {
  const now = loop.time();
  return { ...loopTimers(loop), set: (delay, fn) => loop.callAt(now + delay, fn) };
};

async function measure<T>(timers: Timers<T>, standing: number): Promise<TimersResult> {
  const forMs = option("measure", 300);
  return {
    ...addAndCancel(timers, standing, forMs),
    hold: await hold(timers, standing, forMs),
  };
}

async function measureLoop(standing: number): Promise<TimersResult> {
  const loop = getRunningLoop();
  const { add: addAt } = addAndCancel(loopTimersAt(loop), standing, option("measure", 300));
  return { ...await measure(loopTimers(loop), standing), addAt };
}

if (import.meta.main) {
  const [contender, standing] = Deno.args;
  const result = contender === "native"
    ? await measure(native, Number(standing))
    : await run(function* () {
      return yield* until(measureLoop(Number(standing)));
    }, { core: contender === "wasyncio-js" ? "js" : "wasm" });
  console.log(JSON.stringify(result));
  Deno.exit(); // Timers that are left standing would keep the process.
}
