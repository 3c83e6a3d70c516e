/**
 * What a host must give for signals of the operating system, and which host gives it.
 *
 * @module
 */
import { InvalidStateError } from "../errors.ts";
import { denoSignals } from "./deno/signals.ts";
import { nodeSignals } from "./node/signals.ts";

/** What a host must give for signals. */
export interface Signals {
  /** The number of a signal on this system, such as 15 for "SIGTERM"; `null` for an unknown name. */
  numberOf(signal: string): number | null;
  /**
   * Listens to a signal, which then no longer does what the system does by default. To listen keeps no
   * process alive.
   *
   * @param signal A name that {@linkcode numberOf} knows.
   * @param listener Is called in a turn of the host's.
   * @returns Ends that.
   * @throws The host's error when the signal can't be listened to, such as SIGKILL.
   */
  listen(signal: string, listener: () => void): () => void;
  /** Ends the process at once. */
  exit(code: number): void;
}

/**
 * The signals of the host that runs this.
 *
 * @throws {InvalidStateError} Where there is none, as in browsers.
 */
export function signals(): Signals {
  const found = denoSignals() ?? nodeSignals();
  if (found === null) throw new InvalidStateError("Cannot handle a signal: this host has none");
  return found;
}
