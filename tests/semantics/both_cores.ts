// What the tests in this folder share: a test that runs on both cores, and a turn counter.

import { type Awaitable, type Coroutine, getRunningLoop, run } from "../../mod.ts";
import { VirtualClock } from "../../testing.ts";

/** `run` on the core under test and on a virtual clock. */
export type Run = typeof run;

/** Registers a test of one behaviour for each core, in a loop of its own on a virtual clock. */
export function behaviour(name: string, body: () => Coroutine<void>): void {
  behaviourOfRun(name, (run) => run(body));
}

/** The same for what concerns the loop's own beginning and end. */
export function behaviourOfRun(name: string, body: (run: Run) => Promise<void>): void {
  for (const core of ["wasm", "js"] as const) {
    const runHere: Run = (main, options) =>
      run(main, { core, clock: new VirtualClock(), ...options });
    Deno.test(`${name} (${core})`, () => body(runHere));
  }
}

/** Counts the turns of the running loop with a callback that sets itself again, until stopped. */
export class Turns implements Disposable {
  count = 0;
  #loop = getRunningLoop();
  #next = this.#loop.callSoon(() => this.#turn());

  #turn(): void {
    this.count++;
    this.#next = this.#loop.callSoon(() => this.#turn());
  }

  /** How many turns it takes until the wait is over. */
  *of(wait: () => Awaitable<unknown> & Iterable<unknown, unknown, unknown>): Coroutine<number> {
    const start = this.count;
    yield* wait();
    return this.count - start;
  }

  [Symbol.dispose](): void {
    this.#next.cancel();
  }
}
