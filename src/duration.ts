/**
 * Durations as callers write them, and as the core counts them.
 *
 * @module
 */
import { NEVER } from "./core/core.ts";

/**
 * A length of time: a number of milliseconds, or a number with a unit.
 *
 * @example
 * ```ts
 * const durations: Duration[] = [250, "250ms", "2s", "1.5m", "1h"];
 * ```
 */
export type Duration = number | `${number}ms` | `${number}s` | `${number}m` | `${number}h`;

const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
const PATTERN = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(ms|s|m|h)$/;

/**
 * A duration in milliseconds. `Infinity` passes; what is no duration throws.
 *
 * @param duration What the caller gave.
 * @param argument The argument's name, for the error.
 */
export function milliseconds(duration: Duration, argument: string): number {
  if (typeof duration === "number") {
    if (duration === duration) return duration;
    throw new RangeError(`${argument} must be a duration, got NaN`);
  }
  if (typeof duration !== "string") {
    throw new TypeError(
      `${argument} must be a number of milliseconds or a string such as "2s", got ${
        describe(duration)
      }`,
    );
  }
  const match = PATTERN.exec(duration);
  if (match === null) {
    throw new RangeError(
      `${argument} must be a number with a unit of ms, s, m or h, such as "250ms", got ${
        JSON.stringify(duration)
      }`,
    );
  }
  return Number(match[1]) * MILLISECONDS[match[2] as keyof typeof MILLISECONDS];
}

/** As {@linkcode milliseconds} where a limit is optional: `null` and `undefined` mean none. */
export function optionalMilliseconds(
  duration: Duration | null | undefined,
  argument: string,
): number {
  return duration === null || duration === undefined ? Infinity : milliseconds(duration, argument);
}

/** A moment on a loop's clock: any number but NaN; `null` where none is allowed means never. */
export function moment(when: number, argument: string): number {
  if (typeof when !== "number") {
    throw new TypeError(
      `${argument} must be a number of milliseconds on loop.time()'s scale, got ${describe(when)}`,
    );
  }
  if (when !== when) {
    throw new RangeError(`${argument} must be a moment on loop.time()'s scale, got NaN`);
  }
  return when;
}

/** A value as an error message names it: short, and never throwing. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return `function ${value.name || "(anonymous)"}`;
  if (typeof value === "object") {
    const name = Object.prototype.toString.call(value).slice(8, -1);
    return name === "Object" ? (value.constructor?.name ?? "an object") : name;
  }
  return String(value);
}

/*
 * Ticks. A deadline's tick is the first whole microsecond that is not before it, and the clock's
 * tick is the last one that is not after it, so no timer fires early by as much as a rounding
 * error. Multiplying rounds; dividing back tells on which side.
 */

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
  const tick = Math.floor(now * 1000);
  if (tick / 1000 > now) return tick - 1;
  return (tick + 1) / 1000 <= now ? tick + 1 : tick;
}

/** How many ticks a delay in milliseconds lasts at least. */
export function delayTicks(delay: number): number {
  return delay < NEVER / 1000 ? Math.ceil(delay * 1000) : NEVER;
}
