/**
 * Tasks: coroutines that the loop runs.
 *
 * @module
 */
import { checkName, messageText } from "../check.ts";
import { CancelledError, isCancelledError } from "../errors.ts";
import { current, currentVariables, enterFiber, leaveFiber, reenter } from "../kernel/current.ts";
import type { CancelReason, Fiber, Kernel, Waitable } from "../kernel/kernel.ts";
import { cancelledError, strayed, strayError, suspended, waitingStack } from "../kernel/suspend.ts";
import type { HostAbortSignal } from "../portable.ts";
import { labelled } from "../printing.ts";
import { cancelChain, type CancelLink } from "./cancel_chain.ts";
import { type Context, contextOf } from "./context.ts";
import { Future, onKernel } from "./future.ts";
import { type Coroutine, isCoroutine, resume } from "./generator.ts";
import { explain, misuseError } from "./misuse.ts";

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
 * The cancel state is one integer, zero for most tasks: two flags, and above them how many cancels were
 * asked for and not withdrawn.
 */

/** It runs no coroutine, but waits for an operation, a future or a promise. */
const PLAIN = 1;
/** The next step throws: a cancel that found nothing to cancel, or a wrong yield. */
const INTERRUPTED = 2;
const ONE_CANCEL = 4;

/** What those throw whose next step throws something in particular. */
const interruptions = new WeakMap<Task<unknown>, Exclude<CancelReason, undefined>>();

/** What a task waits for that has not begun: its first turn, which nothing can take away. */
const beginning: Waitable = {
  _abort: () => false,
  _aborted: () => false,
  _takeError: () => new CancelledError(),
  _detach: () => false,
  _label: () => "its turn",
};

let tasksMade = 0;

/** Tasks that start eagerly within one another are on the engine's stack; more start in the next turn. */
const MAX_EAGER_DEPTH = 100;
let eagerDepth = 0;

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

  declare private _context: Context | null;
  declare private readonly _slot: number;
  declare private _waitingOn: Waitable | null;
  declare private _cancelState: number;
  declare private _name: string | number;

  /** @internal */
  constructor(
    kernel: Kernel,
    coroutine: Iterator<unknown, T, unknown>,
    name: string | undefined,
    context: Context | undefined,
  ) {
    super(onKernel(kernel));
    this._value = coroutine;
    const variables = currentVariables();
    this._context = context ?? (variables === null ? null : contextOf(variables));
    this._slot = kernel.register(this as unknown as Fiber);
    this._waitingOn = beginning;
    this._cancelState = isCoroutine(coroutine) ? 0 : PLAIN;
    this._name = name ?? ++tasksMade;
  }

  /** The task's name, for debugging; may be set. */
  get name(): string {
    return typeof this._name === "number" ? `Task-${this._name}` : this._name;
  }

  set name(name: string) {
    checkName(name);
    this._name = name;
  }

  /** The context that the task runs in. */
  get context(): Context {
    return this._context ??= contextOf(null);
  }

  /** A signal that {@linkcode cancel} aborts, for APIs that take one; made on first use. */
  get signal(): HostAbortSignal {
    controllers ??= new WeakMap();
    let controller = controllers.get(this);
    if (controller === undefined) controllers.set(this, controller = new AbortController());
    if (this.cancelling() > 0 || this.cancelled()) abort(controller);
    return controller.signal;
  }

  /**
   * Asks the task to stop: throws {@linkcode CancelledError} into it at the `yield*` where it waits,
   * or at the next one. The task may clean up first, and it may refuse. What the task waits for is
   * cancelled in its place if it is a task itself, and so on, however long the chain.
   *
   * @param message The error's message.
   * @returns False when the task was done already, or its loop is closed.
   */
  override cancel(message?: string): boolean {
    return this._cancel(messageText(message));
  }

  /** How many cancels were asked for and not withdrawn by {@linkcode uncancel}. */
  cancelling(): number {
    return (this._cancelState / ONE_CANCEL) | 0;
  }

  /**
   * Withdraws one cancel, for code that handled it and goes on. The last one withdrawn also calls
   * off a cancel that has not reached the coroutine yet.
   *
   * @returns How many are left.
   */
  uncancel(): number {
    if (this._cancelState >= ONE_CANCEL) this._cancelState -= ONE_CANCEL;
    const left = this.cancelling();
    if (left === 0 && isCancel(this._interruption())) this._takeInterruption();
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
    if (this.done() || on === null || on === beginning || current.fiber === this as unknown) {
      return [];
    }
    if (on instanceof Future && on.done()) return [];
    return waitingStack(() => this._next(this._value as Coroutine<T>));
  }

  /** "Task". */
  override get [Symbol.toStringTag](): string {
    return "Task";
  }

  /** Its name and state, and what it waits for, in a line. */
  override toString(): string {
    const on = this._waitingOn;
    const state = this.done()
      ? this._stateName()
      : current.fiber === this as unknown
      ? "running"
      : on === null || on === beginning
      ? "ready"
      : `waiting for ${on._label()}`;
    return `${labelled("Task", this.name)} ${state}`;
  }

  /** Runs the coroutine up to its next wait. */
  private _run(slot: number): void {
    enterFiber(slot);
    const coroutine = this._value as Coroutine<T>;
    const ended = this._waitingOn;
    if (ended === beginning) {
      this._waitingOn = null;
      // It never began, and if its coroutine has, that is somebody else's.
      if ((this._cancelState & INTERRUPTED) !== 0) {
        return this._threw(cancelledError(this._takeInterruption()));
      }
    } else if (ended !== null && ended === this._value && ended._aborted()) {
      // What has nothing around that could catch it needn't be thrown, which takes 200 ns.
      this._waitingOn = null;
      return this._threw(errorOf(ended));
    }
    let result: IteratorResult<unknown, T>;
    try {
      result = this._cancelState === 0 ? resume(coroutine) : this._advance(coroutine);
    } catch (error) {
      if (this._waitingOn === ended) this._waitingOn = null;
      return this._threw(error);
    }
    const on = this._waitingOn;
    if (on === null) {
      if (result.done) this._returned(result.value);
      else if (result.value === undefined) this._kernel.schedule(slot);
      else this._misused(result.value);
    } else if (result.value === suspended) {
      if ((this._cancelState & INTERRUPTED) !== 0) this._interruptWait(on);
    } else if (on === ended) {
      // What it waited for was never asked: another fiber has advanced its coroutine meanwhile.
      this._waitingOn = null;
      this._threw(strayError());
    } else if (result.done) this._returned(result.value);
    else this._misused(result.value);
  }

  /** What it waited for is done. */
  private _futureDone(): void {
    this._kernel.schedule(this._slot);
  }

  /** The loop is closed: a task that stands in line shall not keep the others. */
  private _onClose(): void {
    this._abandonWait();
  }

  /**
   * Runs the first step now, inside whatever runs. That never throws, and is `nested` by hand: the
   * closure that it takes costs 20 ns, of 50.
   */
  private _startEagerly(): void {
    const { slot, holder, fiber } = current;
    const context = fiber === null ? null : fiber._context as unknown as Context | null;
    eagerDepth++;
    if (context !== null) context["_entered"]++;
    this._run(this._slot);
    if (context !== null) context["_entered"]--;
    eagerDepth--;
    reenter(slot, holder);
  }

  /** @ignore */
  protected override _cancel(reason: CancelReason): boolean {
    const on = this._waitingOn;
    if (on instanceof Future && on["_asLink"]() !== null) {
      return cancelChain(this._asLink(), reason);
    }
    return this._beginCancel() && this._endCancel(false, reason);
  }

  /** @ignore */
  protected override _asLink(): CancelLink {
    return this as unknown as CancelLink;
  }

  /** Notes that a cancel was asked for; false where there is nothing to cancel. */
  private _beginCancel(): boolean {
    if (this.done()) this._retrieved();
    if (this.done() || this._kernel.isClosed()) return false;
    this._cancelState += ONE_CANCEL;
    this._kernel.debug?._onCancelRequested(this as unknown as Fiber);
    const controller = controllers?.get(this);
    if (controller !== undefined) abort(controller);
    return true;
  }

  /** What it waits for, if that is a future. */
  private _cancelTarget(index: number): Future<unknown> | null {
    const on = this._waitingOn;
    return index === 0 && on instanceof Future ? on : null;
  }

  /** Interrupts the wait, or the next step, unless what it waits for was cancelled in its place. */
  private _endCancel(any: boolean, reason: CancelReason): boolean {
    const on = this._waitingOn;
    // A second cancel adds nothing to a wait that is going to throw the first one.
    const aborted = any ||
      (on !== null && (on._abort(this as unknown as Fiber, reason) || on._aborted()));
    if (!aborted) this._interruptWith(reason);
    return true;
  }

  /** Interrupts it where it waits, for its cancel goes round in a ring. */
  private _interrupt(reason: CancelReason): boolean {
    const woken = this._abandonWait();
    this._interruptWith(reason);
    if (!woken) this._kernel.schedule(this._slot);
    return true;
  }

  /** Has the next step throw. */
  private _interruptWith(reason: CancelReason): void {
    this._cancelState |= INTERRUPTED;
    if (reason !== undefined) interruptions.set(this, reason);
    else interruptions.delete(this);
  }

  /** What the next step throws, if it does. */
  private _interruption(): CancelReason {
    return interruptions.get(this);
  }

  /** Forgets what the next step would throw, and returns it. */
  private _takeInterruption(): CancelReason {
    const reason = this._interruption();
    this._cancelState &= ~INTERRUPTED;
    if (reason !== undefined) interruptions.delete(this);
    return reason;
  }

  /** The step of a task that was cancelled, or runs no coroutine. */
  private _advance(coroutine: Coroutine<T>): IteratorResult<unknown, T> {
    if ((this._cancelState & INTERRUPTED) !== 0) {
      const reason = this._takeInterruption();
      this._waitingOn = null;
      return coroutine.throw(isCancel(reason) ? cancelledError(reason) : reason);
    }
    return this._next(coroutine);
  }

  /** Resumes the coroutine, or what runs in its place. */
  private _next(coroutine: Coroutine<T>): IteratorResult<unknown, T> {
    return (this._cancelState & PLAIN) !== 0 ? coroutine.next() : resume(coroutine);
  }

  /** Cancels the wait if that was asked for during the step that has begun it. */
  private _interruptWait(on: Waitable): void {
    const reason = this._interruption();
    if (!isCancel(reason)) return;
    if (on._abort(this as unknown as Fiber, reason)) this._takeInterruption();
  }

  /** The coroutine has returned. */
  private _returned(value: T): void {
    if (this._waitingOn !== null || this._cancelState > PLAIN) return this._returnedAnyway(value);
    leaveFiber();
    this._kernel.release(this._slot);
    this._succeed(value);
  }

  /** It was cancelled and didn't care, or has begun a wait and not waited. */
  private _returnedAnyway(value: T): void {
    const interrupted = (this._cancelState & INTERRUPTED) !== 0;
    const astray = this._waitingOn !== null;
    this._finish();
    if (astray) this._fail(strayError());
    else if (interrupted) this._settleCancelled(this._takeInterruption());
    else {
      if (this.cancelling() > 0) this._kernel.debug?._onCancelSwallowed(this as unknown as Fiber);
      this._succeed(value);
    }
  }

  /** The coroutine has thrown. */
  private _threw(error: unknown): void {
    this._finish();
    if (isCancelledError(error)) return this._settleCancelled(error);
    explain(error);
    this._fail(error);
  }

  /** Lets go of the slot. */
  private _finish(): void {
    leaveFiber();
    if (this._abandonWait()) this._kernel.withdraw(this._slot);
    else this._kernel.release(this._slot);
  }

  /** Takes back a wait that nothing will come of; returns whether it has woken the task already. */
  private _abandonWait(): boolean {
    const on = this._waitingOn;
    this._waitingOn = null;
    return on !== null && !on._detach(this as unknown as Fiber);
  }

  /** It has yielded what it should not, which is thrown at that place. */
  private _misused(yielded: unknown): void {
    // It is in the middle of another task's coroutine, into which nothing can be thrown.
    if (yielded === strayed) return this._threw(strayError());
    const astray = this._waitingOn !== null && yielded === undefined;
    const woken = this._abandonWait();
    this._interruptWith(astray ? strayError() : misuseError(yielded));
    if (!woken) this._kernel.schedule(this._slot);
  }

  /** @ignore What it is, as one says it behind "waiting for". */
  protected override _label(): string {
    return labelled("task", this.name);
  }
}

/** Makes a task of an iterator that waits, and schedules or starts it. */
export function spawn<T>(
  kernel: Kernel,
  iterator: Iterator<unknown, T, unknown>,
  name: string | undefined,
  context: Context | undefined,
  eager: boolean,
): Task<T> {
  const task = new Task<T>(kernel, iterator, name, context);
  if (kernel.debug !== null) kernel.debug._onSpawn(task as unknown as Fiber);
  if (eager && current.kernel === kernel && eagerDepth < MAX_EAGER_DEPTH) task["_startEagerly"]();
  else kernel.schedule(task["_slot"]);
  return task;
}

/** Whether a cancel was asked for that the task has not been told of. */
export function isInterrupted(task: Task<unknown>): boolean {
  return (task["_cancelState"] & INTERRUPTED) !== 0;
}

/** The error of a cancelled wait, or what went wrong when that was left. */
function errorOf(wait: Waitable): unknown {
  try {
    return wait._takeError();
  } catch (error) {
    return error;
  }
}

function isCancel(reason: CancelReason): boolean {
  return !(reason instanceof Error) || isCancelledError(reason);
}

function abort(controller: AbortController): void {
  if (!controller.signal.aborted) controller.abort(new CancelledError("The task was cancelled"));
}
