/**
 * Staying alive for signals: hosts end a process that has nothing else to wait for.
 *
 * @module
 */

/** The longest delay that timers of hosts take, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** Keeps the process from ending by itself; the result ends that. */
export function keepAlive(): () => void {
  const id = setInterval(() => {}, LONGEST);
  return () => clearInterval(id);
}
