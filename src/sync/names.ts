/**
 * The names of primitives, for debugging.
 *
 * @module
 */
import { checkName, checkOptions } from "../check.ts";

/** Settings that all primitives have. */
export interface NameOptions {
  /** What reports call it; "" without one. */
  name?: string;
}

/** The name in the options, checked. */
export function nameOf(options: NameOptions): string {
  checkOptions(options);
  const { name = "" } = options;
  checkName(name);
  return name;
}
