/**
 * Names of signals, as arguments.
 *
 * @module
 */
import { describe } from "../check.ts";
import { signals } from "../host/signals.ts";

/**
 * The number of a signal on this system.
 *
 * @throws {TypeError} When it is no string.
 * @throws {RangeError} When it is no signal's name.
 */
export function signalNumber(signal: string, argument: string): number {
  if (typeof signal !== "string") {
    throw new TypeError(
      `${argument} must be a signal's name such as "SIGTERM", got ${describe(signal)}`,
    );
  }
  const number = signals().numberOf(signal);
  if (number === null) {
    throw new RangeError(
      `${argument} must be a signal's name such as "SIGTERM", got ${describe(signal)}`,
    );
  }
  return number;
}

/**
 * Listens to a signal.
 *
 * @throws {RangeError} When it can't be handled, as SIGKILL can't.
 */
export function listenTo(signal: string, argument: string, listener: () => void): () => void {
  try {
    return signals().listen(signal, listener);
  } catch (cause) {
    throw new RangeError(
      `${argument} must be a signal that can be handled, got ${describe(signal)}`,
      { cause },
    );
  }
}
