/**
 * What {@link ./lateness.ts} measures, wherever it is run: it needs no host but a clock and timers.
 *
 * @module
 */
import { createTask, gather, run, sleep, until } from "../../mod.ts";

/** How late something was, in milliseconds. */
export interface Lateness {
  earliest: number;
  p50: number;
  p99: number;
}

/** What the host was asked for in the meantime, and the CPU time in milliseconds where it is told. */
export interface Cost {
  timers: number;
  turns: number;
  cpu: number | null;
}

/** What happens to a page beside a busy loop. */
export interface Frames {
  framesPerSecond: number;
  /** How late the page's own timers of 10 ms were. */
  timers: Lateness;
  /** How many steps the loop made in a millisecond. */
  stepsPerMillisecond: number;
  /** Frames that were asked for in a second in which the loop was idle. */
  askedWhenIdle: number;
}

const scope = globalThis as unknown as {
  setTimeout: (fn: () => void, ms?: number) => unknown;
  setImmediate?: (fn: () => void) => unknown;
  requestAnimationFrame?: (fn: () => void) => unknown;
  process?: { cpuUsage?(): { user: number; system: number } };
};

let timers = 0;
let turns = 0;
let frames = 0;

function countCalls(): void {
  const { setTimeout, setImmediate, requestAnimationFrame } = scope;
  scope.setTimeout = (fn, ms) => (timers++, setTimeout(fn, ms));
  if (setImmediate !== undefined) scope.setImmediate = (fn) => (turns++, setImmediate(fn));
  if (requestAnimationFrame !== undefined) {
    scope.requestAnimationFrame = (fn) => (frames++, requestAnimationFrame(fn));
  }
  const { postMessage } = MessagePort.prototype;
  MessagePort.prototype.postMessage = function (this: MessagePort, message: unknown) {
    turns++;
    postMessage.call(this, message, {});
  };
}

function cpuMilliseconds(): number | null {
  const used = scope.process?.cpuUsage?.();
  return used === undefined ? null : (used.user + used.system) / 1000;
}

function lateness(samples: number[]): Lateness {
  samples.sort((a, b) => a - b);
  const round = (ms: number) => Math.round(ms * 1000) / 1000;
  const at = (share: number) => round(samples[Math.floor(samples.length * share)]);
  return { earliest: at(0), p50: at(0.5), p99: at(0.99) };
}

async function withCost<T>(body: () => Promise<T>): Promise<T & Cost> {
  const before = { timers, turns, cpu: cpuMilliseconds() };
  const result = await body();
  const cpu = cpuMilliseconds();
  return {
    ...result,
    timers: timers - before.timers,
    turns: turns - before.turns,
    cpu: cpu === null ? null : Math.round(cpu - before.cpu!),
  };
}

/** One sleep after another. */
function alone(ms: number, count: number): Promise<Lateness & Cost> {
  return withCost(() =>
    run(function* () {
      const late: number[] = [];
      for (let i = 0; i < count; i++) {
        const due = performance.now() + ms;
        yield* sleep(ms);
        late.push(performance.now() - due);
      }
      return lateness(late);
    })
  );
}

/** Ten thousand sleeps, set at once over one second. */
function crowd(): Promise<Lateness & Cost> {
  return withCost(() =>
    run(function* () {
      const late: number[] = [];
      const one = function* (ms: number) {
        const due = performance.now() + ms;
        yield* sleep(ms);
        late.push(performance.now() - due);
      };
      const delay = (i: number) => ((Math.imul(i + 1, 0x9e3779b1) >>> 0) % 1_000_000) / 1000;
      yield* gather(Array.from({ length: 10_000 }, (_, i) => createTask(one(delay(i)))));
      return lateness(late);
    })
  );
}

/** What a page sees of 100,000 tasks that do nothing but give up their turn. */
async function busy(): Promise<Frames> {
  const { setTimeout, requestAnimationFrame } = scope;
  let stop = false;
  let steps = 0;
  let seen = 0;
  const late: number[] = [];
  const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  async function watch(ms: number) {
    const end = performance.now() + ms;
    const onFrame = () => {
      seen++;
      if (performance.now() < end) requestAnimationFrame!(onFrame);
    };
    requestAnimationFrame!(onFrame);
    while (performance.now() < end) {
      const due = performance.now() + 10;
      await pause(10);
      late.push(performance.now() - due);
    }
  }
  const result = await run(function* () {
    const idler = function* () {
      while (!stop) {
        steps++;
        yield;
      }
    };
    const tasks = Array.from({ length: 100_000 }, () => createTask(idler()));
    yield* sleep(500);
    seen = steps = 0;
    late.length = 0;
    const start = performance.now();
    yield* until(watch(4000));
    const elapsed = performance.now() - start;
    stop = true;
    yield* gather(tasks);
    return {
      framesPerSecond: Math.round(seen / elapsed * 1e4) / 10,
      timers: lateness(late),
      stepsPerMillisecond: Math.round(steps / elapsed),
    };
  });
  await pause(100);
  const before = frames;
  await run(() => sleep(1000));
  return { ...result, askedWhenIdle: frames - before };
}

/** Measures everything, and has it reported. */
export async function measure(report: (name: string, result: unknown) => void): Promise<void> {
  countCalls();
  await alone(1, 50); // Compiled by then.
  for (const ms of [0.5, 1, 1.5, 2, 4, 4.7, 10]) report(`sleep(${ms})`, await alone(ms, 100));
  report("10,000 sleeps", await crowd());
  report("sleep(2000)", await withCost(() => run(() => sleep(2000)).then(() => ({}))));
  if (scope.requestAnimationFrame !== undefined) report("100,000 busy", await busy());
}
