/**
 * Signals in Node, by its `process`.
 *
 * @module
 */
import type { Signals } from "../signals.ts";

/** Node's signals; `null` elsewhere. */
export function nodeSignals(): Signals | null {
  return null;
}
