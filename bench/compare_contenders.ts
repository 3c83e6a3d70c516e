/**
 * Puts cases before `deno bench`: the contenders of each case in one group, native promises as the
 * baseline.
 *
 * They share a process here, which costs each of them something; the report gives every one a process
 * of its own.
 *
 * @module
 */
import type { CaseName } from "./cases.ts";
import { type ContenderName, contenders } from "./contenders.ts";

/** Operations per iteration, for all contenders the same, so that the times compare. */
const OPERATIONS = 1000;

/** Effect at its fastest setting: on microtasks, and as a browser sees it. */
const shown: readonly ContenderName[] = [
  "native",
  "wasyncio",
  "wasyncio-js",
  "effect-sync",
  "effection",
];

/** Effection takes up to a quarter of a second for an iteration. */
const SLOW = { n: 10, warmup: 2 };

/** Registers benchmarks for some cases. */
export async function compareContenders(...names: CaseName[]): Promise<void> {
  for (const contender of shown) {
    const { cases } = await contenders[contender].load!();
    for (const name of names) {
      const body = cases[name];
      if (body === undefined) continue;
      Deno.bench({
        name: `${contender}: ${name}, ${OPERATIONS} operations`,
        group: name,
        baseline: contender === "native",
        ...contender === "effection" ? SLOW : {},
        fn: async () => {
          const checksum = await body(OPERATIONS);
          if (checksum !== OPERATIONS) throw new Error(`The checksum is ${checksum}`);
        },
      });
    }
  }
}
