/**
 * Signals in Node, by its `process`.
 *
 * @module
 */
import type { Signals } from "../signals.ts";
import { builtin, isNode } from "./builtin.ts";
import type { OsModule } from "./modules.ts";

interface Process {
  on(signal: string, listener: () => void): void;
  off(signal: string, listener: () => void): void;
  exit(code: number): void;
}

/**
 * Node's signals; `null` in other hosts.
 *
 * @throws {InvalidStateError} Where Node is too old.
 */
export function nodeSignals(): Signals | null {
  if (!isNode()) return null;
  const { process } = globalThis as unknown as { process: Process };
  const numbers = signalNumbers();
  return {
    numberOf: (signal) => Object.hasOwn(numbers, signal) ? numbers[signal] : null,
    listen(signal, listener) {
      // Each listener is a function of its own, so that it is the one that is taken back.
      const own = () => listener();
      process.on(signal, own);
      return () => process.off(signal, own);
    },
    exit: (code) => process.exit(code),
  };
}

/** The numbers of this system's signals, by their names. */
export function signalNumbers(): Readonly<Record<string, number>> {
  return builtin<OsModule>("node:os").constants.signals;
}
