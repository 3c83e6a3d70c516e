/**
 * Prices of many things, with promises and nothing else.
 *
 * @module
 */

import type { Service } from "./service.ts";

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}

async function price(name: string, service: Service, signal: AbortSignal): Promise<number> {
  for (let attempt = 1;; attempt++) {
    try {
      return await service.price(name, AbortSignal.any([signal, AbortSignal.timeout(200)]));
    } catch (error) {
      if (signal.aborted || attempt === 3) throw error;
    }
    await pause(10 * 2 ** attempt, signal);
  }
}

/** At most three at a time; three attempts each, of 200 ms, with growing pauses. */
export async function prices(
  names: string[],
  service: Service,
  signal: AbortSignal,
): Promise<number[]> {
  const failed = new AbortController(); // so that the first failure stops the others
  const either = AbortSignal.any([signal, failed.signal]);
  const prices: number[] = [];
  let next = 0;
  async function worker() {
    while (next < names.length) {
      const i = next++;
      try {
        prices[i] = await price(names[i], service, either);
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    }
  }
  await Promise.allSettled([worker(), worker(), worker()]);
  either.throwIfAborted();
  return prices;
}
