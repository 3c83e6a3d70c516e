/**
 * How to wait.
 *
 * A coroutine waits by `yield*` of an iterator, as CPython's waits by `await` of an `__await__`. The
 * iterator's `next()` runs on the stack of the fiber that waits, below all its coroutines. It either
 * returns `done(value)`, and the fiber goes on without a pause; or it arranges to be woken, notes
 * itself as what the fiber waits for, and returns a result that each `yield*` passes up to whoever
 * runs the fiber. When that resumes it, the same `next()` is called again, and answers. The result
 * objects are shared: a `yield*` hands them through untouched and they are read at once, so one of
 * each kind is enough, and waiting allocates nothing.
 *
 * All of it could be callbacks and promises. A promise for each wait was measured first: it costs a
 * microtask, three objects, and the means to take a wait back, which is what cancelling is. Futures
 * under everything, as in CPython, came second: an acquire then makes a future, a list entry and a
 * callback. Here the awaitable is all of these. `Sleep` and the wait queue's `Waiter` are written by
 * hand for that reason. Everything else that waits, a promise of the host's, a socket, a message of a
 * worker, is a {@linkcode Suspension}: a function that arranges a wake, and gives back one that calls
 * it off. Trio's `wait_task_rescheduled(abort_fn)` has the same shape.
 *
 * What has to hold, and is easily lost:
 *
 * - A wake comes from outside and only puts the fiber's slot into the run queue. What the wait
 *   results in is fetched when the fiber runs, because it may be cancelled in between.
 * - A fiber's `_waitingOn` stands until the very object that it names answers. `next()` is all that
 *   there is, and anybody can call it: a second fiber that got hold of the same coroutine, a loop
 *   written by hand. A stranger's call must not count as the wake. It is answered with
 *   {@linkcode strayed}, which the fiber that called takes for its own failure; thrown instead, it
 *   would unwind the coroutine of the one who is innocent. Where the fiber's own code calls, it is
 *   thrown.
 * - A cancel ends the wait at once or not at all: `_abort` returns false for a wait that is over.
 *
 * Few get as far as that: a coroutine that a task or an operation has taken is marked, and refuses
 * strangers where they call it (`task/generator.ts`). A `yield*` of a coroutine leaves no mark.
 *
 * In doubt: a fiber that strayed fails without unwinding, so its `finally` blocks don't run. They
 * can't, since the only way to them leads through the other one's coroutine.
 *
 * @module
 */
import {
  CancelledError,
  InvalidStateError,
  isCancelledError,
  lightCancelledError,
} from "../errors.ts";
import { current } from "./current.ts";
import type { CancelReason, Fiber, Kernel, Waitable } from "./kernel.ts";
import { frames, ownFrames, showWaiters } from "./stack.ts";

/** What `next()` returns when the fiber has to wait. */
export type Suspended = IteratorYieldResult<unknown>;

/** What a fiber yields that waits; it yields nothing to give up one turn. */
export const suspended: unique symbol = Symbol("suspended");
/** What a fiber yields that advanced a coroutine in which another fiber waits. */
export const strayed: unique symbol = Symbol("strayed");

const waiting: Suspended = { done: false, value: suspended };
const astray: Suspended = { done: false, value: strayed };
const turn: Suspended = { done: false, value: undefined };

/** What `next()` returns when there is no more to wait for. */
export function done<T>(value: T): IteratorReturnResult<T> {
  return { done: true, value };
}

/**
 * The running fiber, which is about to wait for something of `kernel`'s.
 *
 * @throws {InvalidStateError} When no fiber runs, or one of another loop does.
 */
export function waitingFiber(kernel: Kernel | null): Fiber {
  const { fiber } = current;
  if (fiber === null) {
    throw new InvalidStateError(
      otherCopyRuns()
        ? "Cannot wait here: the running task belongs to another copy of wasyncio. Load it once"
        : "Cannot wait here: no task is running. Use yield* in a coroutine that run() or createTask() runs, or await in an async function",
    );
  }
  if (kernel !== fiber._kernel && kernel !== null) {
    throw new InvalidStateError(
      "Cannot wait for what belongs to another event loop: make it inside this run()",
    );
  }
  return fiber;
}

/** Notes what the fiber waits for, and returns what `next()` must return. */
export function suspendOn(fiber: Fiber, on: Waitable): Suspended {
  fiber._waitingOn = on;
  return waiting;
}

/** What `next()` returns to give every other ready task one turn, as a bare `yield` does. */
export function suspendOneTurn(): Suspended {
  return turn;
}

/** What `next()` returns to a caller that is not the fiber that waits, or only wants to see the stack. */
export function stray(): Suspended {
  return probe === null ? astray : answerProbe();
}

/**
 * What `next()` does where the fiber that waits calls it itself, in the very step that has begun the
 * wait: `for…of` or a spread does that. It takes the wait back, and throws.
 */
export function advancedByHand(fiber: Fiber): Suspended {
  if (probe !== null) return answerProbe();
  const on = fiber._waitingOn!;
  fiber._waitingOn = null;
  on._detach(fiber);
  throw strayError();
}

/** The error of a fiber that strayed. */
export function strayError(): InvalidStateError {
  return new InvalidStateError(
    "A coroutine that waits was advanced by hand, by for…of, or by a second task: it has one owner. Run it once, with yield* or with createTask()",
  );
}

/** The error of a cancelled wait. Debug mode remembers it, in case the task swallows it. */
export function cancelledError(reason: CancelReason): CancelledError {
  const debug = current.kernel?.debug;
  if (isCancelledError(reason)) {
    debug?._onCancelThrown(current.fiber, new Error());
    return reason;
  }
  if (!debug) return lightCancelledError(reason as string | undefined);
  const error = new CancelledError(reason as string | undefined);
  debug._onCancelThrown(current.fiber, error);
  return error;
}

const NEW = 0;
const STARTING = 1;
const WAITING = 2;
const WOKEN = 3;
const FAILED = 4;
const ABORTED = 5;
const ENDED = 6;

/** Arranges a wake, and may return what calls that off. */
export type Start<T> = (
  wake: (value: T) => void,
  fail: (error: unknown) => void,
) => ((reason: CancelledError) => unknown) | void;

/** One wait for anything that can call back. */
export class Suspension<T> implements Waitable, Iterator<unknown, T, unknown> {
  /** What calling the wait off has given; `withCleanup` waits for it before the cancel goes on. */
  cleanup: unknown = undefined;
  private readonly _start: Start<T>;
  private readonly _name: string;
  private _phase = NEW;
  private _callOff: ((reason: CancelledError) => unknown) | void = undefined;
  /** What the wait results in: a value or an error; of a cancelled one, the reason. */
  private _value: unknown = undefined;
  private _kernel: Kernel | null = null;

  constructor(start: Start<T>, name: string) {
    this._start = start;
    this._name = name;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<unknown, T> {
    const phase = this._phase;
    if (phase === NEW) return this._begin(waitingFiber(null));
    const { fiber } = current;
    if (probed() || fiber === null || fiber._waitingOn !== this) return stray();
    if (phase === WAITING) return advancedByHand(fiber) as IteratorResult<unknown, T>;
    fiber._waitingOn = null;
    if (phase === ABORTED) throw this._takeError();
    return this._answer();
  }

  private _begin(fiber: Fiber): IteratorResult<unknown, T> {
    if (fiber._waitingOn !== null) return stray();
    const settle = (phase: number, value: unknown) => {
      const parked = this._phase === WAITING;
      if (!parked && this._phase !== STARTING) return;
      this._phase = phase;
      this._value = value;
      if (parked) fiber._kernel.schedule(fiber._slot);
    };
    this._phase = STARTING;
    this._kernel = fiber._kernel;
    this._callOff = this._start((value) => settle(WOKEN, value), (error) => settle(FAILED, error));
    if (this._phase !== STARTING) return this._answer();
    this._phase = WAITING;
    return suspendOn(fiber, this);
  }

  private _answer(): IteratorReturnResult<T> {
    const failed = this._phase === FAILED;
    this._phase = ENDED;
    if (failed) throw showWaiters(this._value);
    return done(this._value as T);
  }

  /** Calls the wait off. */
  private _leave(error: CancelledError): CancelledError {
    this._phase = ENDED;
    this.cleanup = this._callOff?.(error);
    return error;
  }

  /** Something was thrown into the fiber where it waits: a cancel that came after the wake. */
  throw(error: unknown): IteratorResult<unknown, T> {
    if (this._isOpen() && isCancelledError(error)) throw this._leave(error);
    this._detach();
    throw error;
  }

  return(value: T): IteratorReturnResult<T> {
    this._detach();
    return done(value);
  }

  private _isOpen(): boolean {
    return this._phase > STARTING && this._phase < ENDED;
  }

  _abort(fiber: Fiber, reason: CancelReason): boolean {
    if (this._phase !== WAITING) return false;
    this._phase = ABORTED;
    this._value = reason;
    fiber._kernel.schedule(fiber._slot);
    return true;
  }

  _aborted(): boolean {
    return this._phase === ABORTED;
  }

  _takeError(): CancelledError {
    return this._leave(cancelledError(this._value as CancelReason));
  }

  _detach(): boolean {
    const parked = this._phase === WAITING;
    const isOpen = this._isOpen();
    this._phase = ENDED;
    try {
      if (isOpen) this._callOff?.(lightCancelledError());
    } catch (exception) {
      // Nobody is there to hear of it, and the wait is over all the same.
      this._kernel?.report({ message: "A wait could not be called off", exception });
    }
    return parked;
  }

  _label(): string {
    return this._name;
  }
}

/*
 * A waiting fiber's stack does not exist: its generators are suspended. But `next()` on them comes
 * down to the awaitable that they wait for, through all their frames. So to see the stack, a fiber is
 * resumed with a probe; the awaitable takes the stack and returns the same result as before, and
 * nothing has happened.
 */
let probe: { stack: string } | null = null;

/** Whether `next()` was called to look at the stack only; then return {@linkcode answerProbe}. */
export function probed(): boolean {
  return probe !== null;
}

/** Takes the stack. */
export function answerProbe(): Suspended {
  probe!.stack = new Error().stack ?? "";
  return waiting;
}

/** The frames of a fiber that waits, innermost first; none when it doesn't answer. */
export function waitingStack(resume: () => void): string[] {
  const limit = Error.stackTraceLimit;
  const asked = probe = { stack: "" };
  try {
    // Throws where the page has frozen its Error; then there is nothing to be seen.
    Error.stackTraceLimit = Infinity;
    const callers = frames(new Error().stack).length;
    resume();
    const all = frames(asked.stack);
    // Innermost are answerProbe() and the awaitable's next(), outermost those who ask.
    return ownFrames(all.slice(2, all.length - callers));
  } catch {
    return [];
  } finally {
    probe = null;
    if (Error.stackTraceLimit !== limit) Error.stackTraceLimit = limit;
  }
}

/*
 * Two copies of the library in one program have a running task each, and know nothing of one another;
 * with this set, an error can say so.
 */
const COPIES = Symbol.for("wasyncio.copies");
const shared = globalThis as { [COPIES]?: Set<{ readonly fiber: unknown }> };

/** Has other copies of the library hear of this one; called when a loop is made. */
export function announceCopy(): void {
  try {
    (shared[COPIES] ??= new Set()).add(current);
  } catch { /* Where the global object is frozen, there is less to be said. */ }
}

export function otherCopyRuns(): boolean {
  return [...shared[COPIES] ?? []].some((copy) => copy !== current && copy.fiber !== null);
}
