/**
 * Handles: callbacks that the loop will run, and the means to call them off.
 *
 * @module
 */
import type { EventLoop } from "./event_loop.ts";
import { running, type Variables } from "./running.ts";

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
  /** @internal */
  readonly _loop: EventLoop;
  /** @internal */
  readonly _slot: number;
  #callback: Callback | null;
  #args: readonly unknown[];
  /** @internal A handle runs once, so it can be its own context. */
  _variables: Variables;
  #cancelled = false;
  #ended = false;

  /** @internal */
  constructor(
    loop: EventLoop,
    callback: Callback,
    args: readonly unknown[],
    variables: Variables,
  ) {
    this._loop = loop;
    this.#callback = callback;
    this._name = callback.name || "(anonymous)";
    this.#args = args;
    this._variables = variables;
    this._slot = loop._register(this);
  }

  /** Calls the callback off, if it has not run yet. Calling this again does nothing. */
  cancel(): void {
    this.#cancelled = true;
    if (this.#ended) return;
    this.#end();
    this._loop._withdraw(this._slot);
  }

  /** Whether {@linkcode cancel} was called. */
  cancelled(): boolean {
    return this.#cancelled;
  }

  /** @internal The callback's name, for reports. */
  readonly _name: string;

  /** @internal */
  _step(): void {
    const callback = this.#callback!;
    const args = this.#args;
    running.slot = -1;
    running.context = this;
    this.#end();
    this._loop._release(this._slot);
    try {
      callback(...args as never[]);
    } catch (exception) {
      this._loop.callExceptionHandler({
        message: `Exception in callback ${this._name}`,
        exception,
        handle: this,
      });
    }
  }

  /** Lets go of what it holds. */
  #end(): void {
    this.#ended = true;
    this.#callback = null;
    this.#args = none;
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
    loop: EventLoop,
    when: number,
    callback: Callback,
    args: readonly unknown[],
    variables: Variables,
  ) {
    super(loop, callback, args, variables);
    this.#when = when;
    loop._readyAt(this._slot, when);
  }

  /** When it is due, in milliseconds on `loop.time()`'s scale. */
  when(): number {
    return this.#when;
  }
}
