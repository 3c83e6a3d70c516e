/**
 * Functions that a loop calls when a signal arrives: asyncio's `loop.add_signal_handler()`, of
 * `asyncio/unix_events.py`.
 *
 * @module
 */
import { checkFunction, functionName } from "../check.ts";
import { currentKernel, currentVariables, isDefault } from "../kernel/current.ts";
import { takeInterrupts } from "../kernel/interrupts.ts";
import type { HostResource, Kernel, Variables } from "../kernel/kernel.ts";
import type { EventLoop } from "../loop/event_loop.ts";
import { type Awaitable, isAwaitable } from "../task/awaitable.ts";
import { Future } from "../task/future.ts";
import { Handle } from "../task/handle.ts";
import { keepAlive } from "./keep_alive.ts";
import { listenTo, signalNumber } from "./signal_names.ts";

/** The handlers of each loop, by the numbers of their signals, of which some have two names. */
const handlers = new WeakMap<Kernel, Map<number, SignalHandler>>();

/** A signal that a loop listens to. */
class SignalHandler implements HostResource {
  readonly #kernel: Kernel;
  readonly #number: number;
  readonly #stop: () => void;
  readonly #giveBack: (() => void) | null;
  readonly #letDie: (() => void) | null;
  #callback: (() => void) | null = null;
  #variables: Variables | null = null;

  constructor(kernel: Kernel, signal: string, number: number) {
    this.#kernel = kernel;
    this.#number = number;
    this.#stop = listenTo(signal, "signal", () => this.#onSignal());
    this.#giveBack = signal === "SIGINT" ? takeInterrupts() : null;
    // The default loop is never closed, and the process shall end by itself.
    this.#letDie = isDefault(kernel) ? null : keepAlive();
    kernel.hold(this);
  }

  /** Has this called from now on, with the context variables that are seen now. */
  set(callback: () => void): void {
    this.#callback = callback;
    this.#variables = currentVariables();
  }

  #onSignal(): void {
    if (this.#callback === null) return;
    new Handle(this.#kernel, this.#callback, [], this.#variables)["_schedule"]();
  }

  /** Leaves the signal to others. */
  remove(): void {
    handlers.get(this.#kernel)!.delete(this.#number);
    this.#kernel.letGo(this);
    this._onLoopClosed();
  }

  _onLoopClosed(): void {
    this.#callback = null;
    this.#letDie?.();
    if (this.#giveBack === null) return this.#stop();
    this.#giveBack();
    // Not before `run` listens again: between two listeners the host would end the process.
    queueMicrotask(this.#stop);
  }
}

/** The function that is called in the loop's turn. What it returns runs as a task, if it can wait. */
function callbackOf<A extends unknown[]>(
  kernel: Kernel,
  fn: (...args: A) => unknown,
  args: A,
): () => void {
  const callback = () => {
    const result = fn(...args);
    if (!isAwaitable(result) || result instanceof Future) return;
    (kernel.loop as EventLoop).createTask(result as Awaitable<unknown>);
  };
  // Reports name the program's function.
  return Object.defineProperty(callback, "name", { value: functionName(fn) });
}

/**
 * Has a function called whenever a signal arrives, in a turn of the running loop and in a copy of the
 * current context. The signal then no longer does what the system does by default. There is one
 * handler a signal and loop; another one replaces it. With the loop, the handler ends. Until then a
 * program may wait for the signal and for nothing else. Outside any loop the host's default one calls
 * it, and the process doesn't wait for that.
 *
 * A handler of SIGINT takes Ctrl-C away from `run`. The counterpart of CPython's
 * `loop.add_signal_handler()`.
 *
 * @param signal Its name, such as "SIGTERM".
 * @param fn What to call. A coroutine, an operation or a promise that it returns runs as a task.
 * @param args Its arguments.
 * @throws {TypeError} When `signal` is no string, or `fn` no function.
 * @throws {RangeError} When there is no such signal, or it can't be handled, as SIGKILL can't.
 * @throws {InvalidStateError} When the loop is closed, or the host has no signals.
 *
 * @example
 * ```ts
 * const stop = new Event();
 * addSignalHandler("SIGTERM", () => stop.set());
 * yield* stop.wait();
 * ```
 */
export function addSignalHandler<A extends unknown[]>(
  signal: string,
  fn: (...args: A) => unknown,
  ...args: A
): void {
  const number = signalNumber(signal, "signal");
  checkFunction(fn, "fn");
  const kernel = currentKernel();
  let own = handlers.get(kernel);
  if (own === undefined) handlers.set(kernel, own = new Map());
  let handler = own.get(number);
  if (handler === undefined) own.set(number, handler = new SignalHandler(kernel, signal, number));
  handler.set(callbackOf(kernel, fn, args));
}

/**
 * Takes a handler back; the signal then does again what it does by default. The counterpart of
 * CPython's `loop.remove_signal_handler()`.
 *
 * @param signal Its name, such as "SIGTERM".
 * @returns Whether there was one on the running loop.
 * @throws {TypeError} When `signal` is no string.
 * @throws {RangeError} When there is no such signal.
 * @throws {InvalidStateError} When the host has no signals.
 *
 * @example
 * ```ts
 * addSignalHandler("SIGHUP", reload);
 * removeSignalHandler("SIGHUP"); // true
 * removeSignalHandler("SIGHUP"); // false
 * ```
 */
export function removeSignalHandler(signal: string): boolean {
  const number = signalNumber(signal, "signal");
  const handler = handlers.get(currentKernel())?.get(number);
  handler?.remove();
  return handler !== undefined;
}
