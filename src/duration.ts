/**
 * Durations as callers write them.
 *
 * @module
 */
import { describe } from "./check.ts";

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
const PATTERN = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?) *(ms|s|m|h)$/;

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
        describe(duration)
      }`,
    );
  }
  return Number(match[1]) * MILLISECONDS[match[2] as keyof typeof MILLISECONDS];
}

/** As {@linkcode milliseconds} where `null` means that there is no limit. */
export function limitMilliseconds(duration: Duration | null, argument: string): number {
  return duration === null ? Infinity : milliseconds(duration, argument);
}

/** The same for an option, which may be left out. */
export function optionalMilliseconds(
  duration: Duration | null = null,
  argument: string,
): number {
  return limitMilliseconds(duration, argument);
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
