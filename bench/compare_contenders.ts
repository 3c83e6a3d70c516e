/**
 * Puts cases before `deno bench`: the sides of each case in one group, native promises as the
 * baseline.
 *
 * All sides share a process here, which costs each of them something; the report gives every one a
 * process of its own.
 *
 * @module
 */
import type { CaseName } from "./cases.ts";
import { type SideName, sides } from "./sides.ts";

/** Operations per iteration, for all sides the same, so that the times compare. */
const OPERATIONS = 1000;

/** Effect at its fastest setting: on microtasks, and as a browser sees it. */
const shown: readonly SideName[] = [
  "native",
  "wasyncio",
  "wasyncio-js",
  "effect-sync",
  "effection",
];

/** Effection takes up to a quarter of a second for an iteration. */
const SLOW = { n: 10, warmup: 2 };

/** Registers benchmarks for some cases. */
export async function compare(...names: CaseName[]): Promise<void> {
  for (const sideName of shown) {
    const { cases } = await sides[sideName]();
    for (const name of names) {
      const body = cases[name];
      if (body === undefined) continue;
      Deno.bench({
        name: `${sideName}: ${name}, ${OPERATIONS} operations`,
        group: name,
        baseline: sideName === "native",
        ...sideName === "effection" ? SLOW : {},
        fn: async () => {
          const checksum = await body(OPERATIONS);
          if (checksum !== OPERATIONS) throw new Error(`The checksum is ${checksum}`);
        },
      });
    }
  }
}
