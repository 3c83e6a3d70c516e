/**
 * Checking what says where to connect to and where to listen.
 *
 * @module
 */
import { describe } from "../check.ts";

/** Refuses what is no port; nobody listens at port 0, but to listen there means any that is free. */
export function checkPort(port: unknown, lowest: 0 | 1): number {
  if (typeof port !== "number") throw new TypeError(`port must be a number, got ${describe(port)}`);
  if (!Number.isInteger(port) || port < lowest || port > 65_535) {
    throw new RangeError(`port must be a whole number from ${lowest} to 65535, got ${port}`);
  }
  return port;
}

/** Refuses what is no text, or an empty one. */
export function checkText(value: unknown, argument: string): string {
  if (typeof value !== "string") {
    throw new TypeError(`${argument} must be a string, got ${describe(value)}`);
  }
  if (value === "") throw new RangeError(`${argument} must not be empty`);
  // Systems end texts with a zero, and hosts have an error each for that.
  if (value.includes("\0")) {
    throw new RangeError(`${argument} must have no zero character, got ${describe(value)}`);
  }
  return value;
}

/** Refuses what is no list of texts; without one there is an empty one. */
export function checkTexts(value: unknown, argument: string): string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    throw new TypeError(`${argument} must be an array of strings, got ${describe(value)}`);
  }
  return value.map((text: unknown, i) => checkText(text, `${argument}[${i}]`));
}

/** Refuses what is neither true nor false; without it, it is false. */
export function checkFlag(value: unknown, argument: string): boolean {
  if (value !== undefined && typeof value !== "boolean") {
    throw new TypeError(`${argument} must be true or false, got ${describe(value)}`);
  }
  return value === true;
}

/** Refuses options that are none. */
export function checkObject(value: unknown, argument: string): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`${argument} must be an object, got ${describe(value)}`);
  }
}
