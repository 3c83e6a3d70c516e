/**
 * Child processes in Node, by `node:child_process`.
 *
 * @module
 */
import type { Processes } from "../processes.ts";

/** Node's child processes; `null` elsewhere. */
export function nodeProcesses(): Processes | null {
  return null;
}
