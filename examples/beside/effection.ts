/**
 * Prices of many things, with Effection.
 *
 * @module
 */

// deno-lint-ignore-file no-import-prefix -- so that a copy of this file finds its package.
import {
  all,
  call,
  type Operation,
  race,
  run,
  sleep,
  until,
  useAbortSignal,
} from "npm:effection@4.1.1";
import type { Service } from "./service.ts";

function* ask(name: string, service: Service): Operation<number> {
  const signal = yield* useAbortSignal();
  return yield* until(service.price(name, signal));
}

function* giveUp(ms: number): Operation<never> {
  yield* sleep(ms);
  throw new Error(`No answer within ${ms} ms`);
}

function* price(name: string, service: Service): Operation<number> {
  for (let attempt = 1;; attempt++) {
    try {
      return yield* race([call(() => ask(name, service)), giveUp(200)]);
    } catch (error) {
      if (attempt === 3) throw error;
    }
    yield* sleep(10 * 2 ** attempt);
  }
}

/** At most three at a time; three attempts each, of 200 ms, with growing pauses. */
export async function prices(
  names: string[],
  service: Service,
  signal: AbortSignal,
): Promise<number[]> {
  const prices: number[] = [];
  let next = 0;
  function* worker(): Operation<void> {
    while (next < names.length) {
      const i = next++;
      prices[i] = yield* price(names[i], service);
    }
  }
  const task = run(() => all([worker(), worker(), worker()]));
  const stop = () => void task.halt().catch(() => {}); // begins when somebody looks at it
  signal.addEventListener("abort", stop);
  try {
    await task;
    return prices;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
