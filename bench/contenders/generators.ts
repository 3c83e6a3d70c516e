/**
 * The floor: generators resumed in turn by a bare loop. No tasks, no queue, nothing to wait for.
 *
 * They come of several functions and the loop looks whether they are done, as every scheduler must. A
 * loop that only ever sees one function is a third faster, but not a loop of anything.
 *
 * @module
 */
import type { Contender } from "../cases.ts";

function* one(k: number) {
  for (let i = 0; i < k; i++) yield;
  return k;
}

function* two(k: number) {
  while (k-- > 0) yield;
  return 2;
}

function* three(k: number) {
  let i = 0;
  do yield; while (++i < k);
  return i;
}

function* four(k: number) {
  for (; k > 0; k--) yield;
  return 4;
}

function* five(k: number) {
  for (let i = k; i > 0; i--) yield;
  return -k;
}

const functions = [one, two, three, four, five];

// deno-lint-ignore require-await -- the other contenders wait.
const yieldAmong = (k: number) => async (n: number) => {
  const generators = Array.from({ length: k }, (_, i) => functions[i % 5](n / k));
  let yields = 0;
  for (let done = 0; done < k;) {
    for (let i = 0; i < k; i++) {
      if (generators[i].next().done) done++;
      else yields++;
    }
  }
  return yields;
};

export const generators: Contender = {
  cases: { yield_2: yieldAmong(2), yield_100: yieldAmong(100) },
  // deno-lint-ignore require-await -- the other contenders wait.
  async park(n) {
    const generators = Array.from({ length: n }, (_, i) => functions[i % 5](1));
    for (const generator of generators) generator.next();
    // deno-lint-ignore require-await -- the other contenders wait.
    return async () => generators.length = 0;
  },
};
