/**
 * Prices of many things, with Effect.
 *
 * @module
 */

// deno-lint-ignore-file no-import-prefix -- so that a copy of this file finds its package.
import * as Effect from "npm:effect@4.1.0/Effect";
import * as Schedule from "npm:effect@4.1.0/Schedule";
import type { Service } from "./service.ts";

const price = (name: string, service: Service) =>
  Effect.tryPromise({
    try: (signal) => service.price(name, signal),
    catch: (error) => error as Error,
  }).pipe(
    Effect.timeout("200 millis"),
    Effect.retry({ times: 2, schedule: Schedule.exponential("20 millis") }),
  );

/** At most three at a time; three attempts each, of 200 ms, with growing pauses. */
export function prices(names: string[], service: Service, signal: AbortSignal): Promise<number[]> {
  const all = Effect.forEach(names, (name) => price(name, service), { concurrency: 3 });
  return Effect.runPromise(all, { signal });
}
