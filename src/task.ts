/**
 * Tasks: coroutines that the loop runs.
 *
 * @module
 */
import { generatorPrototype, isCoroutine } from "./generator.ts";
import { type Context, contextOf } from "./context.ts";
import { describe } from "./duration.ts";
import { CancelledError } from "./errors.ts";
import type { EventLoop } from "./event_loop.ts";
import { Future } from "./future.ts";
import { Operation } from "./operation.ts";
import { currentContext, running, type Variables } from "./running.ts";
import { advancedByHand, cancelledError, type Waitable, waitingStack } from "./parking.ts";

/** How a task is made. */
export interface TaskOptions {
  /** A name for debugging; without one it is "Task-" and a number. */
  name?: string;
  /** The context to run in; without one a copy of the current context. */
  context?: Context;
  /** Whether to run the first steps at once, up to the first wait, instead of in the next turn. */
  eager?: boolean;
}

/*
 * Each generator function has its own prototype, so a call of coroutine.next() is looked up anew for
 * each; called by way of their common method it saves 4 ns of 22.
 */
const resume: (this: Iterator<unknown, unknown, unknown>) => IteratorResult<unknown, never> =
  generatorPrototype.next;

/** A cancel that has not reached the coroutine. */
interface CancelRequest {
  readonly message: string | undefined;
}

let tasksMade = 0;

/** The few tasks whose signal was asked for; a field would be paid for by all. */
const controllers = new WeakMap<Task<unknown>, AbortController>();

/**
 * A coroutine that runs by itself, and the future of its result. Made by {@linkcode createTask}.
 *
 * @example
 * ```ts
 * const task = createTask(download(url));
 * yield* sleep("1s"); // it runs meanwhile
 * const body = yield* task;
 * ```
 */
export class Task<T> extends Future<T> {
  /** @internal */
  _variables: Variables;
  #context: Context | null;
  #coroutine: Iterator<unknown, T, unknown> | null;
  /** @internal */
  readonly _slot: number;
  /** @internal What the task waits for; null while it runs or gives up one turn. */
  _waitingOn: Waitable | null = null;
  #name: string | number;
  #cancels = 0;
  /** What the next step throws: a cancel that found nothing to cancel, or a wrong yield. */
  #interruption: CancelRequest | Error | null = null;
  readonly #isGenerator: boolean;

  /** @internal */
  constructor(
    loop: EventLoop,
    coroutine: Iterator<unknown, T, unknown>,
    name: string | undefined,
    context: Context | undefined,
  ) {
    super({ loop });
    this._variables = currentContext()._variables;
    this.#context = context ?? null;
    this.#coroutine = coroutine;
    this.#isGenerator = isCoroutine(coroutine);
    this.#name = name ?? ++tasksMade;
    this._slot = loop._register(this);
  }

  /** The task's name, for debugging; may be set. */
  get name(): string {
    return typeof this.#name === "number" ? `Task-${this.#name}` : this.#name;
  }

  set name(name: string) {
    if (typeof name !== "string") {
      throw new TypeError(`name must be a string, got ${describe(name)}`);
    }
    this.#name = name;
  }

  /** The context that the task runs in. */
  get context(): Context {
    if (this.#context === null) {
      this.#context = contextOf(this._variables);
      if (running.task === this && running.context === null) running.context = this.#context;
    }
    return this.#context;
  }

  /** A signal that {@linkcode cancel} aborts, for APIs that take one; made on first use. */
  get signal(): AbortSignal {
    let controller = controllers.get(this);
    if (controller === undefined) controllers.set(this, controller = new AbortController());
    if (this.#cancels > 0 || this.cancelled()) abort(controller);
    return controller.signal;
  }

  /**
   * Asks the task to stop: throws {@linkcode CancelledError} into it at the `yield*` where it waits,
   * or at the next one. The task may clean up first, and it may refuse.
   *
   * @param message The error's message.
   * @returns False when the task was done already.
   */
  override cancel(message?: string): boolean {
    if (this.done()) return false;
    this.#cancels++;
    const controller = controllers.get(this);
    if (controller !== undefined) abort(controller);
    const on = this._waitingOn;
    // A second cancel adds nothing to a wait that is going to throw the first one.
    if (on === null || !(on._cancelWait(this, message) || on._waitCancelled())) {
      this.#interruption = { message };
    }
    return true;
  }

  /** How many cancels were asked for and not withdrawn by {@linkcode uncancel}. */
  cancelling(): number {
    return this.#cancels;
  }

  /**
   * Withdraws one cancel, for code that handled it and goes on. The last one withdrawn also calls
   * off a cancel that has not reached the coroutine yet.
   *
   * @returns How many are left.
   */
  uncancel(): number {
    if (this.#cancels > 0 && --this.#cancels === 0 && !(this.#interruption instanceof Error)) {
      this.#interruption = null;
    }
    return this.#cancels;
  }

  /**
   * Where the task waits: the call stack of its coroutines, innermost first, one line each. Empty
   * for a task that is running, done, or not started.
   *
   * @example
   * ```ts
   * for (const task of allTasks()) console.log(task.name, task.getStack().join("\n"));
   * ```
   */
  getStack(): string[] {
    const on = this._waitingOn;
    if (this.#coroutine === null || on === null || running.task === this) return [];
    if (on instanceof Future && on.done()) return [];
    return waitingStack(this.#coroutine);
  }

  /** @internal Runs the coroutine up to its next wait. */
  _step(slot: number): void {
    running.slot = slot;
    if (running.context !== this.#context) running.context = this.#context;
    // With a hundred thousand tasks, a store costs more than the look that saves it.
    if (this._waitingOn !== null) this._waitingOn = null;
    const coroutine = this.#coroutine!;
    let result: IteratorResult<unknown, T>;
    try {
      result = this.#interruption !== null
        ? coroutine.throw!(this.#interrupt())
        : this.#isGenerator
        ? resume.call(coroutine)
        : coroutine.next();
    } catch (error) {
      return this.#threw(error);
    }
    if (result.done) return this.#returned(result.value);
    const on = this._waitingOn;
    if (on === null) {
      if (result.value === undefined) this.loop._ready(this._slot);
      else this.#misused(result.value);
    } else if (on !== result.value) this.#misused(result.value);
    else if (this.#interruption !== null) this.#cancelWait(on);
  }

  /** @internal What it waited for is done. */
  _futureDone(): void {
    this.loop._ready(this._slot);
  }

  /** @internal Runs the first step now, inside whatever runs. */
  _startEagerly(): void {
    const { slot, context } = running;
    this._step(this._slot);
    running.slot = slot;
    running.context = context;
  }

  /** @internal */
  override _owned(): boolean {
    return true;
  }

  #interrupt(): Error {
    const reason = this.#interruption!;
    this.#interruption = null;
    return reason instanceof Error ? reason : cancelledError(reason.message);
  }

  #cancelWait(on: Waitable): void {
    const reason = this.#interruption!;
    if (reason instanceof Error) return;
    if (on._cancelWait(this, reason.message)) this.#interruption = null;
  }

  #returned(value: T): void {
    const interruption = this.#interruption;
    const strayed = this._waitingOn !== null;
    this.#finish();
    if (strayed) this._fail(advancedByHand());
    else if (interruption !== null) this._settleCancelled(interruption.message);
    else {
      if (this.#cancels > 0) this.loop._debugLog?.cancelSwallowed(this);
      this._succeed(value);
    }
  }

  #threw(error: unknown): void {
    this.#finish();
    if (error instanceof CancelledError) this._settleCancelled(error);
    else this._fail(error);
  }

  #finish(): void {
    running.slot = -1;
    const woken = this.#leave();
    this.#coroutine = null;
    if (woken) this.loop._withdraw(this._slot);
    else this.loop._release(this._slot);
  }

  /** Takes back a wait that the step has left behind; returns whether it has woken the task already. */
  #leave(): boolean {
    const on = this._waitingOn;
    this._waitingOn = null;
    return on !== null && !on._leave(this);
  }

  #misused(yielded: unknown): void {
    const strayed = this._waitingOn !== null && yielded === undefined;
    const woken = this.#leave();
    this.#interruption = strayed ? advancedByHand() : new TypeError(misuse(yielded));
    if (!woken) this.loop._ready(this._slot);
  }
}

function abort(controller: AbortController): void {
  if (!controller.signal.aborted) controller.abort(new CancelledError("The task was cancelled"));
}

function misuse(yielded: unknown): string {
  const thenable = typeof (yielded as { then?: unknown } | null)?.then === "function";
  if (yielded instanceof Future || yielded instanceof Operation) {
    return `Cannot yield a ${describe(yielded)}: write yield* instead of yield`;
  }
  if (thenable) return "Cannot yield a promise: write yield* until(promise)";
  if (typeof (yielded as { next?: unknown } | null)?.next === "function") {
    return "Cannot yield a coroutine: write yield* instead of yield";
  }
  return `Cannot yield ${
    describe(yielded)
  }: a coroutine yields nothing, and waits with yield* for a coroutine, future or operation`;
}
