/**
 * What a message ends with.
 *
 * @module
 */
import { describe } from "../check.ts";
import type { ReceiveBuffer } from "./receive_buffer.ts";

/** A separator, or several. */
export interface Separator {
  /** One byte that is all of it, or the last one; -1 where there are several separators. */
  readonly last: number;
  /** All of them, the shortest first. */
  readonly parts: readonly Uint8Array[];
  /** How long the longest is. */
  readonly longest: number;
  /** For each byte, whether a separator ends with it; only where there are several. */
  readonly lasts: Uint8Array | null;
}

/** The separator of lines. */
export const NEWLINE: Separator = /* @__PURE__ */ separatorOf("\n", "separator");

/**
 * Understands what a program calls a separator.
 *
 * @throws {TypeError} When it is neither text nor bytes nor an array of them.
 * @throws {RangeError} When there is none, or an empty one.
 */
export function separatorOf(
  separator: string | Uint8Array | readonly (string | Uint8Array)[],
  argument: string,
): Separator {
  const list = Array.isArray(separator) ? separator : [separator];
  if (list.length === 0) throw new RangeError(`${argument} must not be an empty array`);
  const parts = list.map((part: unknown) => bytesOf(part, argument));
  if (parts.some(({ length }) => length === 0)) {
    throw new RangeError(`${argument} must be one byte at least`);
  }
  parts.sort((a, b) => a.length - b.length);
  const several = parts.length > 1;
  const lasts = several ? new Uint8Array(256) : null;
  if (lasts !== null) { for (const part of parts) lasts[part[part.length - 1]] = 1; }
  const longest = parts[parts.length - 1];
  const last = several ? -1 : longest[longest.length - 1];
  return { last, parts, longest: longest.length, lasts };
}

function bytesOf(part: unknown, argument: string): Uint8Array {
  if (typeof part === "string") return new TextEncoder().encode(part);
  // A copy: the search may go on when the program has changed it.
  if (part instanceof Uint8Array) return part.slice();
  throw new TypeError(
    `${argument} must be a string, a Uint8Array or an array of them, got ${describe(part)}`,
  );
}

/** Where in a buffer a separator is. */
export interface Match {
  start: number;
  end: number;
}

/**
 * Finds the separator that ends first; of those that end together the shortest.
 *
 * @param from Before this place none ends.
 */
export function find(
  buffer: ReceiveBuffer,
  separator: Separator,
  from: number,
): Match | null {
  const { last, parts, lasts } = separator;
  if (lasts === null) {
    const [part] = parts;
    for (let i = from;; i++) {
      i = buffer.indexOf(last, i);
      if (i < 0) return null;
      if (buffer.endsWith(part, i + 1)) return { start: i + 1 - part.length, end: i + 1 };
    }
  }
  for (let i = from; i < buffer.length; i++) {
    if (lasts[buffer.at(i)] === 0) continue;
    for (const part of parts) {
      if (buffer.endsWith(part, i + 1)) return { start: i + 1 - part.length, end: i + 1 };
    }
  }
  return null;
}
