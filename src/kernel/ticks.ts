/**
 * Times as the core counts them: whole microseconds, called ticks.
 *
 * A deadline's tick is the first one that is not before it, and the clock's tick is the last one that
 * is not after it, so no timer fires early by as much as a rounding error. Multiplying rounds;
 * dividing back tells on which side. Nothing that leaves here lies beyond NEVER, or before its negative.
 *
 * @module
 */
import { NEVER } from "../core/core.ts";

/** The tick of a deadline in milliseconds. */
export function deadlineTick(when: number): number {
  if (!(when < NEVER / 1000)) return NEVER;
  if (when < -NEVER / 1000) return -NEVER;
  const tick = Math.ceil(when * 1000);
  if (tick / 1000 < when) return tick + 1;
  return (tick - 1) / 1000 >= when ? tick - 1 : tick;
}

/** The tick of a clock's reading in milliseconds. */
export function clockTick(now: number): number {
  const tick = Math.max(-NEVER, Math.min(NEVER, Math.floor(now * 1000)));
  if (tick / 1000 > now) return tick - 1;
  return (tick + 1) / 1000 <= now ? tick + 1 : tick;
}

/** How many ticks a delay in milliseconds lasts at least. */
export function delayTicks(delay: number): number {
  return delay < NEVER / 1000 ? Math.ceil(delay * 1000) : NEVER;
}
