/**
 * Staying alive for signals: hosts end a process that has nothing else to wait for.
 *
 * @module
 */
import { MAX_DELAY } from "../kernel/clock.ts";

/** Keeps the process from ending by itself; the result ends that. */
export function keepAlive(): () => void {
  const id = setInterval(() => {}, MAX_DELAY);
  return () => clearInterval(id);
}
