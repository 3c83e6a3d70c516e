/**
 * Measures how long things wait: timers, and the host beside a busy loop. Each in a process of its own.
 *
 *     deno run -A bench/probes/latency.ts lateness wasyncio heavy
 *     deno run -A bench/probes/latency.ts host wasyncio http
 *     deno run -A bench/probes/latency.ts idle wasyncio
 *
 * @module
 */
import { createTask, gather, getRunningLoop, run, sleep, until } from "../../mod.ts";
import { cpuNanoseconds, option, quantile } from "../measure.ts";

/** How late something was, in milliseconds. */
export interface Lateness {
  /** Half of them were this late or less. */
  p50: number;
  /** All but one in a hundred were. */
  p99: number;
  /** How many were measured. */
  samples: number;
}

/** What a process that sleeps for two seconds costs. */
export interface Idleness {
  /** CPU time, in milliseconds. */
  cpu: number;
  /** How often the kernel woke one of its threads; null where it doesn't say. */
  wakeUps: number | null;
}

/** What the tasks of a busy loop are counted by. */
const BUSY_TASKS = 100_000;

/** Timers under heavy load, all set at once over one second, and what each does when it fires. */
const HEAVY_TIMERS = 10_000;
const HEAVY_WORK = 0.03;

type SetTimer = (ms: number, fn: () => void) => unknown;

function lateness(samples: number[]): Lateness {
  return { p50: quantile(samples, 0.5), p99: quantile(samples, 0.99), samples: samples.length };
}

function spin(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

/** One timer at a time. */
async function light(set: SetTimer): Promise<number[]> {
  const late: number[] = [];
  for (let i = 0; i < 200; i++) {
    const ms = 1 + i % 20;
    const due = performance.now() + ms;
    await new Promise<void>((resolve) => set(ms, resolve));
    late.push(performance.now() - due);
  }
  return late;
}

/** Ten thousand in a second, each of which keeps the thread busy: it is at work a third of the time. */
function heavy(set: SetTimer): Promise<number[]> {
  const { promise, resolve } = Promise.withResolvers<number[]>();
  const late: number[] = [];
  for (let i = 0; i < HEAVY_TIMERS; i++) {
    const ms = 100 + (Math.imul(i + 1, 0x9e3779b1) >>> 0) % 1000;
    const due = performance.now() + ms;
    set(ms, () => {
      late.push(performance.now() - due);
      spin(HEAVY_WORK);
      if (late.length === HEAVY_TIMERS) resolve(late);
    });
  }
  return promise;
}

/** How late a host's timer is, again and again. */
async function hostTimers(end: number): Promise<number[]> {
  const late: number[] = [];
  while (performance.now() < end) {
    const due = performance.now() + 5;
    await new Promise<void>((resolve) => setTimeout(resolve, 5));
    late.push(performance.now() - due);
  }
  return late;
}

/** How long a request takes to a server in this process. */
async function requests(end: number): Promise<number[]> {
  const late: number[] = [];
  const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
  const server = Deno.serve(options, () => new Response("hello"));
  const url = `http://127.0.0.1:${server.addr.port}/`;
  while (performance.now() < end) {
    const start = performance.now();
    const response = await fetch(url);
    if (await response.text() !== "hello") throw new Error("The answer is wrong");
    late.push(performance.now() - start);
  }
  await server.shutdown();
  return late;
}

/** Measures the host beside tasks that do nothing but give up their turn. */
async function besideBusyLoop(
  measure: (end: number) => Promise<number[]>,
  core: "wasm" | "js",
): Promise<number[]> {
  let stop = false;
  const busy = function* () {
    while (!stop) yield;
  };
  return await run(function* () {
    const tasks = Array.from({ length: BUSY_TASKS }, () => createTask(busy()));
    yield* sleep("500ms");
    const late = yield* until(measure(performance.now() + option("measure", 3000)));
    stop = true;
    yield* gather(tasks);
    return late;
  }, { core });
}

/** How often any thread of this process was woken, as Linux counts it. */
function wakeUps(): number | null {
  try {
    let count = 0;
    for (const { name } of Deno.readDirSync("/proc/self/task")) {
      const status = Deno.readTextFileSync(`/proc/self/task/${name}/status`);
      count += Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(status)?.[1] ?? 0);
    }
    return count;
  } catch {
    return null;
  }
}

/** Runs something that sleeps for two seconds. */
async function idle(sleeping: () => Promise<unknown>): Promise<Idleness> {
  await new Promise((resolve) => setTimeout(resolve, 200)); // The start is over by then.
  const before = wakeUps();
  const cpu = cpuNanoseconds();
  await sleeping();
  const used = (cpuNanoseconds() - cpu) / 1e6;
  const after = wakeUps();
  return { cpu: used, wakeUps: before === null || after === null ? null : after - before };
}

async function measure([what, contender, load]: string[]): Promise<Lateness | Idleness> {
  const native = contender === "native";
  const core = contender === "wasyncio-js" ? "js" : "wasm";
  if (what === "idle") {
    return await idle(() =>
      native
        ? new Promise((resolve) => setTimeout(resolve, 2000))
        : run(() => sleep("2s"), { core })
    );
  }
  if (what === "host") {
    const measured = load === "http" ? requests : hostTimers;
    return lateness(
      native
        ? await measured(performance.now() + option("measure", 3000))
        : await besideBusyLoop(measured, core),
    );
  }
  const timers = load === "heavy" ? heavy : light;
  if (native) return lateness(await timers((ms, fn) => setTimeout(fn, ms)));
  return await run(function* () {
    const loop = getRunningLoop();
    return lateness(yield* until(timers((ms, fn) => loop.callLater(ms, fn))));
  }, { core });
}

if (import.meta.main) {
  console.log(JSON.stringify(await measure(Deno.args)));
  Deno.exit();
}
