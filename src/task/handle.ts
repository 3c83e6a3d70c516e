/**
 * Handles: callbacks that the loop will run, and the means to call them off.
 *
 * @module
 */
import { functionName } from "../check.ts";
import { enterCallback } from "../kernel/current.ts";
import type { Kernel, Runnable, Variables } from "../kernel/kernel.ts";
import { isCoroutine } from "./generator.ts";

const none: readonly unknown[] = [];

type Callback = (...args: never[]) => unknown;

/**
 * A callback that waits for its turn; what {@linkcode EventLoop.callSoon} returns.
 *
 * @example
 * ```ts
 * const handle = getRunningLoop().callSoon(console.log, "never printed");
 * handle.cancel();
 * ```
 */
export class Handle {
  readonly #kernel: Kernel;
  readonly #slot: number;
  #callback: Callback | null;
  #args: readonly unknown[];
  #cancelled = false;
  /** A handle runs once, so it can be the holder of its own variables. */
  private _variables: Variables | null;

  /** @internal */
  constructor(
    kernel: Kernel,
    callback: Callback,
    args: readonly unknown[],
    variables: Variables | null,
  ) {
    this.#kernel = kernel;
    this.#callback = callback;
    this.#args = args;
    this._variables = variables;
    this.#slot = kernel.register(this as unknown as Runnable);
  }

  /** @ignore Makes it ready, now or at a time in milliseconds. */
  protected _schedule(when?: number): this {
    if (when === undefined) this.#kernel.schedule(this.#slot);
    else this.#kernel.scheduleAt(this.#slot, when);
    return this;
  }

  /** Calls the callback off, if it has not run yet. Calling this again does nothing. */
  cancel(): void {
    this.#cancelled = true;
    if (this.#callback === null) return;
    this.#letGo();
    this.#kernel.withdraw(this.#slot);
  }

  /** Whether {@linkcode cancel} was called. */
  cancelled(): boolean {
    return this.#cancelled;
  }

  /** Calls the callback. */
  private _run(): void {
    const callback = this.#callback!;
    const args = this.#args;
    enterCallback(this as unknown as { _variables: Variables | null });
    this.#letGo();
    this.#kernel.release(this.#slot);
    let result: unknown;
    try {
      result = callback(...args as never[]);
    } catch (exception) {
      this.#kernel.report({
        message: `Exception in callback ${functionName(callback)}`,
        exception,
        handle: this,
      });
    }
    try {
      if (typeof result === "object" && isCoroutine(result)) this.#report(callback);
    } catch { /* A proxy that throws is no coroutine. */ }
  }

  #report(callback: Callback): void {
    this.#kernel.report({
      message: `The callback ${
        functionName(callback)
      } returned a coroutine, which nobody runs: use createTask()`,
      handle: this,
    });
  }

  /** Lets go of what it holds; it has run, or never will. */
  #letGo(): void {
    this.#callback = null;
    this.#args = none;
  }

  /** The callback's name, while it is to be called. */
  private _label(): string {
    return this.#callback === null ? "" : functionName(this.#callback);
  }
}

/**
 * A callback that waits for its time; what {@linkcode EventLoop.callLater} and
 * {@linkcode EventLoop.callAt} return.
 *
 * @example
 * ```ts
 * const loop = getRunningLoop();
 * const handle = loop.callLater("1s", console.log, "a second has passed");
 * console.log(handle.when() - loop.time()); // about 1000
 * ```
 */
export class TimerHandle extends Handle {
  readonly #when: number;

  /** @internal */
  constructor(
    kernel: Kernel,
    when: number,
    callback: Callback,
    args: readonly unknown[],
    variables: Variables | null,
  ) {
    super(kernel, callback, args, variables);
    this.#when = when;
    this._schedule(when);
  }

  /** When it is due, in milliseconds on `loop.time()`'s scale. */
  when(): number {
    return this.#when;
  }
}
