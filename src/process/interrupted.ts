/**
 * Ending a program by SIGINT and SIGTERM, gracefully at first.
 *
 * @module
 */
import { signals } from "../host/signals.ts";
import { type Interruption, interruptions, takeInterrupts } from "../kernel/interrupts.ts";
import type { HostAbortSignal } from "../portable.ts";
import { keepAlive } from "./keep_alive.ts";
import { listenTo, signalNumber } from "./signal_names.ts";

/** What ends services and what ends commands; a system without one of them does with the other. */
const DEFAULTS = ["SIGINT", "SIGTERM"];

/** What shells add to a signal's number for the exit code of a program that it has killed. */
const KILLED = 128;

/** Listens to the signals, aborts at the first, and ends the process at the next. */
class SignalInterruption implements Interruption {
  exitCode = 0;
  readonly #controller = new AbortController();
  readonly #names: string[];
  /** The names are none that a program has asked for, and a system needn't have them all. */
  readonly #lenient: boolean;
  /** Ends listening; empty while it doesn't listen. */
  #stops: (() => void)[] = [];
  #giveBack: (() => void) | null = null;
  /** How many runs were given the signal and are not over. */
  #runs = 0;

  constructor(names: string[]) {
    this.#lenient = names.length === 0;
    this.#names = [...new Set(this.#lenient ? DEFAULTS : names)];
    this.#listen();
    interruptions.set(this.#controller.signal, this);
  }

  get signal(): HostAbortSignal {
    return this.#controller.signal;
  }

  enter(): void {
    if (this.#runs++ === 0) this.#listen();
  }

  leave(): void {
    if (--this.#runs === 0) this.#stop();
  }

  wait(): () => void {
    return keepAlive();
  }

  #listen(): void {
    if (this.#stops.length > 0) return;
    try {
      for (const name of this.#names) this.#listenTo(name);
    } catch (error) {
      this.#stop();
      throw error;
    }
    if (this.#names.includes("SIGINT")) this.#giveBack = takeInterrupts();
  }

  #listenTo(name: string): void {
    const code = KILLED + signalNumber(name, "signals");
    try {
      this.#stops.push(listenTo(name, "signals", () => this.#onSignal(name, code)));
    } catch (error) {
      if (!this.#lenient) throw error;
    }
  }

  #onSignal(name: string, code: number): void {
    if (this.#controller.signal.aborted) return signals().exit(code);
    this.exitCode = code;
    this.#controller.abort(new Error(name));
  }

  #stop(): void {
    const stops = this.#stops;
    this.#stops = [];
    this.#giveBack?.();
    this.#giveBack = null;
    // Not before `run` listens again: between two listeners the host would end the process.
    queueMicrotask(() => stops.forEach((stop) => stop()));
  }
}

/**
 * A signal for `run(main, { signal: interrupted() })`: the first SIGINT or SIGTERM aborts it, which
 * cancels `main`, and the next one ends the process at once, with 128 and its number as the exit code,
 * whatever the clean-up is doing. The reason, which is the `cause` of the `CancelledError`, has the
 * signal's name as its message.
 *
 * From the call on, `run`'s own Ctrl-C stands back. When the run that was given the signal is over, the
 * system's signals do again what they do by default; without such a run, they are listened to until the
 * process ends, which they don't delay.
 *
 * A program that catches what `run` rejects with ends as it likes. One that doesn't ends without a
 * trace, with 128 and the first signal's number. CPython has no counterpart for SIGTERM; for SIGINT it
 * is what `asyncio.run()` does.
 *
 * @param names Which signals, such as "SIGHUP"; without any, SIGINT and SIGTERM.
 * @returns The signal, for one run or several at once.
 * @throws {TypeError} When one of them is no string.
 * @throws {RangeError} When there is no such signal, or it can't be handled, as SIGKILL can't.
 * @throws {InvalidStateError} When the host has no signals, as browsers have none.
 *
 * @example
 * ```ts
 * await run(main, { signal: interrupted() });
 * ```
 */
export function interrupted(...names: string[]): HostAbortSignal {
  return new SignalInterruption(names).signal;
}
