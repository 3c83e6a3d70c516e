/**
 * Tasks: coroutines that the loop runs.
 *
 * @module
 */
import { type Coroutine, generatorPrototype } from "./generator.ts";
import { type Context, contextOf } from "./context.ts";
import { describe } from "./duration.ts";
import { CancelledError } from "./errors.ts";
import type { EventLoop } from "./event_loop.ts";
import { Future } from "./future.ts";
import { Operation } from "./operation.ts";
import { currentContext, running, type Variables } from "./running.ts";
import { advancedByHand, cancelledError, parked, type Waitable, waitingStack } from "./parking.ts";

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

/** What sets a task apart from most, which run a coroutine that nobody has cancelled. */
interface Oddity {
  /** Whether it runs no coroutine, but waits for an operation, a future or a promise. */
  readonly plain: boolean;
  /** How many cancels were asked for and not withdrawn. */
  readonly cancels: number;
  /** What the next step throws: a cancel that found nothing to cancel, or a wrong yield. */
  readonly interruption: CancelRequest | Error | null;
}

/** The common ones, shared, by the number of cancels. */
const plain: readonly Oddity[] = [
  { plain: true, cancels: 0, interruption: null },
  { plain: true, cancels: 1, interruption: null },
];
const cancelled: readonly (Oddity | null)[] = [
  null,
  { plain: false, cancels: 1, interruption: null },
];

let tasksMade = 0;

/** The few tasks whose signal was asked for; a field would be paid for by all. */
let controllers: WeakMap<Task<unknown>, AbortController> | undefined;

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
  // Declared for the reason that Future gives.

  /** @internal */
  declare _variables: Variables;
  declare private _context: Context | null;
  /** @internal */
  declare readonly _slot: number;
  /** @internal What the task waits for; null while it runs or gives up one turn. */
  declare _waitingOn: Waitable | null;
  declare private _oddity: Oddity | null;
  declare private _name: string | number;

  /** @internal */
  constructor(
    loop: EventLoop,
    coroutine: Iterator<unknown, T, unknown>,
    isGenerator: boolean,
    name: string | undefined,
    context: Context | undefined,
  ) {
    super(loop._futureOptions);
    this._value = coroutine;
    this._variables = currentContext()._variables;
    this._context = context ?? null;
    this._slot = loop._register(this);
    this._waitingOn = null;
    this._oddity = isGenerator ? null : plain[0];
    this._name = name ?? ++tasksMade;
  }

  /** The task's name, for debugging; may be set. */
  get name(): string {
    return typeof this._name === "number" ? `Task-${this._name}` : this._name;
  }

  set name(name: string) {
    if (typeof name !== "string") {
      throw new TypeError(`name must be a string, got ${describe(name)}`);
    }
    this._name = name;
  }

  /** The context that the task runs in. */
  get context(): Context {
    if (this._context === null) {
      this._context = contextOf(this._variables);
      if (running.task === this && running.context === null) running.context = this._context;
    }
    return this._context;
  }

  /** A signal that {@linkcode cancel} aborts, for APIs that take one; made on first use. */
  get signal(): AbortSignal {
    controllers ??= new WeakMap();
    let controller = controllers.get(this);
    if (controller === undefined) controllers.set(this, controller = new AbortController());
    if (this.cancelling() > 0 || this.cancelled()) abort(controller);
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
    this._mark(this.cancelling() + 1, this._interruption());
    const controller = controllers?.get(this);
    if (controller !== undefined) abort(controller);
    const on = this._waitingOn;
    // A second cancel adds nothing to a wait that is going to throw the first one.
    if (on === null || !(on._cancelWait(this, message) || on._waitCancelled())) {
      this._mark(this.cancelling(), { message });
    }
    return true;
  }

  /** How many cancels were asked for and not withdrawn by {@linkcode uncancel}. */
  cancelling(): number {
    return this._oddity === null ? 0 : this._oddity.cancels;
  }

  /**
   * Withdraws one cancel, for code that handled it and goes on. The last one withdrawn also calls
   * off a cancel that has not reached the coroutine yet.
   *
   * @returns How many are left.
   */
  uncancel(): number {
    const left = Math.max(0, this.cancelling() - 1);
    const interruption = this._interruption();
    this._mark(left, left > 0 || interruption instanceof Error ? interruption : null);
    return left;
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
    if (this.done() || on === null || running.task === this) return [];
    if (on instanceof Future && on.done()) return [];
    return waitingStack(this._value as Coroutine<T>);
  }

  /** @internal Runs the coroutine up to its next wait. */
  _step(slot: number): void {
    running.slot = slot;
    if (running.context !== this._context) running.context = this._context;
    const coroutine = this._value as Coroutine<T>;
    const ended = this._waitingOn;
    if (ended !== null) {
      this._waitingOn = null;
      // What has nothing around that could catch it needn't be thrown, which takes 200 ns.
      if (ended === this._value && ended._waitCancelled()) {
        return this._threw(ended._leaveCancelled());
      }
    }
    let result: IteratorResult<unknown, T>;
    try {
      result = this._oddity === null ? resume.call(coroutine) : this._advance(this._oddity);
    } catch (error) {
      return this._threw(error);
    }
    if (result.done) return this._returned(result.value);
    const on = this._waitingOn;
    if (on === null) {
      if (result.value === undefined) this.loop._ready(slot);
      else this._misused(result.value);
    } else if (result.value !== parked) this._misused(result.value);
    else if (this._oddity !== null) this._interruptWait(on, this._oddity);
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

  /** @internal Notes what sets the task apart. */
  private _mark(cancels: number, interruption: Oddity["interruption"]): void {
    const isPlain = this._oddity !== null && this._oddity.plain;
    this._oddity = cancels < 2 && interruption === null
      ? (isPlain ? plain : cancelled)[cancels]
      : { plain: isPlain, cancels, interruption };
  }

  /** @internal What the next step throws. */
  private _interruption(): Oddity["interruption"] {
    return this._oddity === null ? null : this._oddity.interruption;
  }

  /** @internal The step of a task that is set apart. */
  private _advance(oddity: Oddity): IteratorResult<unknown, T> {
    const coroutine = this._value as Coroutine<T>;
    const reason = oddity.interruption;
    if (reason === null) return oddity.plain ? coroutine.next() : resume.call(coroutine);
    this._mark(oddity.cancels, null);
    return coroutine.throw(reason instanceof Error ? reason : cancelledError(reason.message));
  }

  /** Cancels the wait if that was asked for during the step that has begun it. */
  private _interruptWait(on: Waitable, oddity: Oddity): void {
    const reason = oddity.interruption;
    if (reason === null || reason instanceof Error) return;
    if (on._cancelWait(this, reason.message)) this._mark(oddity.cancels, null);
  }

  /** @internal The coroutine has returned. */
  private _returned(value: T): void {
    if (this._waitingOn !== null || (this._oddity !== null && this._oddity !== plain[0])) {
      return this._returnedAnyway(value);
    }
    running.slot = -1;
    this.loop._release(this._slot);
    this._succeed(value);
  }

  /** It was cancelled and didn't care, or has begun a wait and not waited. */
  private _returnedAnyway(value: T): void {
    const interruption = this._interruption();
    const strayed = this._waitingOn !== null;
    this._finish();
    if (strayed) this._fail(advancedByHand());
    else if (interruption !== null) this._settleCancelled(interruption.message);
    else {
      if (this.cancelling() > 0) this.loop._debugLog?.cancelSwallowed(this);
      this._succeed(value);
    }
  }

  /** @internal The coroutine has thrown. */
  private _threw(error: unknown): void {
    this._finish();
    if (error instanceof CancelledError) this._settleCancelled(error);
    else this._fail(error);
  }

  /** @internal Lets go of the slot. */
  private _finish(): void {
    running.slot = -1;
    const woken = this._abandon();
    if (woken) this.loop._withdraw(this._slot);
    else this.loop._release(this._slot);
  }

  /** Takes back a wait that the step has left behind; returns whether it has woken the task already. */
  private _abandon(): boolean {
    const on = this._waitingOn;
    this._waitingOn = null;
    return on !== null && !on._leave(this);
  }

  /** @internal It has yielded what it should not, which is thrown at that place. */
  private _misused(yielded: unknown): void {
    const strayed = this._waitingOn !== null && yielded === undefined;
    const woken = this._abandon();
    this._mark(this.cancelling(), strayed ? advancedByHand() : new TypeError(misuse(yielded)));
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
