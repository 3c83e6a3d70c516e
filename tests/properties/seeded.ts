/**
 * Properties: what must hold for every program, tried on random ones.
 *
 * `WASYNCIO_SEED=123` repeats a run; `WASYNCIO_RUNS=50` tries fifty times as many cases, and the
 * name of a test after `--filter` picks the one to spend them on.
 *
 * @module
 */

import fc from "fast-check";
import {
  type Awaitable,
  type Coroutine,
  getRunningLoop,
  run,
  type RunOptions,
  sleep,
} from "../../mod.ts";
import { VirtualClock } from "../../testing.ts";

const given = Deno.env.get("WASYNCIO_SEED");

/** What all random choices follow from. */
export const seed = given === undefined ? Math.random() * 2 ** 31 | 0 : Number(given);

const factor = Number(Deno.env.get("WASYNCIO_RUNS") ?? 1);

// Said beforehand: a test that hangs has no other chance to.
console.log(`WASYNCIO_SEED=${seed} repeats the random cases of this file`);

/** Runs a main coroutine on the core under test, on a virtual clock. */
export type Run = <T>(main: () => Awaitable<T>, options?: RunOptions) => Promise<T>;

export const cores = ["wasm", "js"] as const;

/** Both cores, each with a clock that starts at zero. */
function runOn(core: "wasm" | "js"): Run {
  return (main, options) => run(main, { core, clock: new VirtualClock(), ...options });
}

/** Registers a test that tries a property on random plans; one that fails is made as small as can be. */
export function property<T>(
  name: string,
  plans: fc.Arbitrary<T>,
  holds: (plan: T, run: Run) => Promise<unknown>,
  runs = 500,
): void {
  for (const core of cores) {
    Deno.test(`${name} (${core})`, () => tryAll(plans, (plan) => holds(plan, runOn(core)), runs));
  }
}

/** Tries random plans; throws the smallest that fails, with what repeats it. */
export async function tryAll<T>(
  plans: fc.Arbitrary<T>,
  holds: (plan: T) => Promise<unknown>,
  runs: number,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => void await holds(plan)),
    {
      seed,
      numRuns: Math.ceil(runs * factor),
      reporter: (details) => {
        if (details.failed) {
          throw new Error(
            `${fc.defaultReportMessage(details)}\nWASYNCIO_SEED=${seed} repeats this`,
            { cause: details.errorInstance },
          );
        }
      },
    },
  );
}

/** Delays of a few milliseconds: so few that many fall on the same moment. */
export const delays: fc.Arbitrary<number> = fc.nat({ max: 9 });

/** A moment, down to the turn of the loop: what goes wrong between two turns shall be found, too. */
export interface Moment {
  ms: number;
  turns: number;
}

/** Moments up to some milliseconds away. */
export function moments(most = 9): fc.Arbitrary<Moment> {
  return fc.record({ ms: fc.nat({ max: most }), turns: fc.nat({ max: 3 }) });
}

/** Waits until a moment counted from now. */
export function* until({ ms, turns }: Moment): Coroutine<void> {
  if (ms > 0) yield* sleep(ms);
  for (let turn = 0; turn < turns; turn++) yield* sleep(0);
}

/** Calls a function at a moment counted from now. */
export function at({ ms, turns }: Moment, fn: () => void): void {
  const loop = getRunningLoop();
  const wait = (turns: number) => turns === 0 ? fn() : void loop.callSoon(wait, turns - 1);
  if (ms > 0) loop.callLater(ms, wait, turns);
  else wait(turns);
}

/**
 * Looks between the milliseconds, when nobody has anything to do, whether all is as it should be; then
 * lets everything come to its end, and looks once more.
 */
export function* watch(check: () => void): Coroutine<void> {
  yield* sleep(0.5);
  for (let ms = 0; ms < 40; ms++) {
    check();
    yield* sleep(1);
  }
  yield* sleep(1000);
  check();
}
