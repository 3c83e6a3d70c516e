/**
 * What tasks, primitives and time limits may ask of a loop. This file is the kernel's constitution:
 * whatever can be awaited is built on these interfaces, and on nothing else of a loop.
 *
 * @module
 */

/** What can hold a slot: the loop runs it when the slot comes up. */
export interface Runnable {
  /** Runs when the slot comes up; must not throw. */
  _run(slot: number): void;
  /** The loop was closed, and the slot will never come up. */
  _onClose?(): void;
}

/** Values of context variables. Never changed in place, and so shared by all who see the same. */
export interface Variables {
  /**
   * The value of a variable; undefined where none was set.
   *
   * @param id The variable's number.
   */
  get(id: number): Binding | undefined;
  /** All of them, those of older variables first. */
  [Symbol.iterator](): Iterator<Binding>;
}

/** A context variable's value. */
export interface Binding {
  /** Which variable. */
  readonly variable: unknown;
  /** Its value. */
  readonly value: unknown;
}

/** Whatever carries the variables that running code sees: a task, a callback, a context of its own. */
export interface VariablesHolder {
  _variables: Variables | null;
}

/**
 * A computation that suspends and is woken by its slot. Tasks are the only ones; this is as much of
 * them as the kernel knows.
 */
export interface Fiber extends Runnable {
  /** What holds its variables; null until there are some, or its context was asked for. */
  readonly _context: VariablesHolder | null;
  /** The same, made when it is asked for. */
  readonly context: VariablesHolder;
  readonly _kernel: Kernel;
  readonly _slot: number;
  /**
   * What it waits for, until that very object answers it: an answer to another fiber's call must not
   * end this one's wait. Null while it runs or gives up one turn.
   */
  _waitingOn: Waitable | null;
}

/** Why a wait is cancelled: the error itself, or the message of one that is made when needed. */
export type CancelReason = Error | string | undefined;

/** What a fiber can wait for. */
export interface Waitable {
  /** Ends the wait with a CancelledError; false when it is over already. */
  _abort(fiber: Fiber, reason: CancelReason): boolean;
  /** Whether the wait was ended by a cancel, and will throw its error. */
  _aborted(): boolean;
  /** Leaves a wait that was ended by a cancel; returns the error instead of throwing it. */
  _takeError(): Error;
  /** Takes the wait back, as if it had never begun; false when the fiber was woken already. */
  _detach(fiber: Fiber): boolean;
  /** What it is, as one says it behind "waiting for". */
  _label(): string;
}

/** What a report says; the loop adds itself. */
export interface Report {
  /** What happened, in one line. */
  message: string;
  /** What was thrown, where something was. */
  exception?: unknown;
  /** The task concerned. */
  task?: object;
  /** The future concerned. */
  future?: object;
  /** The callback's handle. */
  handle?: object;
}

/** Something of the host's that belongs to a loop: a socket, a child process, a thread. */
export interface HostResource {
  /**
   * The loop was closed: gives back to the host what it has, and tells nobody who waits. Where that
   * takes the host a while, it may return a promise, for which `run` waits.
   */
  _onLoopClosed(): PromiseLike<unknown> | void;
}

/** What debug mode wants to hear of. */
export interface DebugHooks {
  /** Runs a step in the scheduler's place, and looks how long that takes. */
  _onStep(runnable: Runnable, slot: number): void;
  /** The loop has nothing to do; it is `stuck` where no time and no promise is awaited, either. */
  _onIdle(stuck: boolean): void;
  /** A task was made. */
  _onSpawn(fiber: Fiber): void;
  /** A CancelledError is thrown into a fiber; `error` has the stack of that place. */
  _onCancelThrown(fiber: Fiber | null, error: Error): void;
  /** `cancel()` was called. */
  _onCancelRequested(fiber: Fiber): void;
  /** A fiber that was cancelled has come to an end, or left a time limit, as if it were not. */
  _onCancelSwallowed(fiber: Fiber): void;
}

/** What wants to hear of operations: in debug mode of all, without it of the first that are made. */
export interface OperationHooks {
  /** An operation was made, which should be awaited some time. */
  _onMade(operation: object): void;
  /** The loop has nothing to do. */
  _onIdle(): void;
}

/**
 * A loop, as everything sees it that runs or waits on one. A *slot* is a small integer that stands for
 * a runnable; `core/core.ts` says what the core does with it.
 */
export interface Kernel {
  /** The event loop that programs know this by. */
  readonly loop: object;
  /** @ignore Who holds which slot; of a free slot, a number. */
  readonly holders: readonly (Runnable | number)[];

  /**
   * @ignore Gives a slot to a runnable.
   *
   * @throws {RangeError} When there is no room for more.
   */
  register(runnable: Runnable): number;
  /**
   * Makes sure that so many slots can be had.
   *
   * @param count How many.
   * @throws {RangeError} When there is no room for them.
   */
  reserve(count: number): void;
  /** Takes the slot back. It must be neither ready nor have a timer. */
  release(slot: number): void;
  /** Takes back a slot that is ready or has a timer, before it comes up. */
  withdraw(slot: number): void;

  /** Puts a slot at the end of the run queue. */
  schedule(slot: number): void;
  /**
   * Makes the slot ready after so many ticks, from one to NEVER. The deadline counts from the next
   * reading of the clock: never early, and one reading serves all that start to sleep between two of
   * them.
   */
  scheduleAfter(slot: number, ticks: number): void;
  /**
   * Makes the slot ready at a time.
   *
   * @param slot The slot.
   * @param when The time, in milliseconds.
   */
  scheduleAt(slot: number, when: number): void;
  /** Takes the slot's timer back; false when it has fired or there was none. */
  cancelTimer(slot: number): boolean;
  /** When the slot's timer is due, in milliseconds. */
  deadlineOf(slot: number): number;

  /** The time in milliseconds, read afresh. */
  time(): number;
  /** The clock's last reading. */
  readonly now: number;
  /** A number that stays the same during a step, and is another one in the next. */
  readonly step: number;
  /** Whether it is closed, and nothing will run any more. */
  isClosed(): boolean;
  /** How many things the host may wake the loop by: promises that are awaited, resources. */
  hostWaits: number;
  /**
   * @ignore Has a resource of the host's end with the loop, and counts it among {@linkcode hostWaits}.
   *
   * @throws {InvalidStateError} When the loop is closed.
   */
  hold(resource: HostResource): void;
  /** @ignore The resource has ended; it may have been let go before. */
  letGo(resource: HostResource): void;

  /** Tells the exception handler, in a context that has these variables. */
  report: (report: Report, variables?: Variables | null) => void;
  /** Runs an awaitable as a task; the promise gets its result. */
  spawn: <T>(awaitable: { [Symbol.iterator](): Iterator<unknown, T, unknown> }) => PromiseLike<T>;
  /** A future failed, which the program may still look at. */
  onFailed: (future: object) => void;
  /** The program has looked at the failure. */
  onRetrieved: (future: object) => void;
  /** @ignore Debug mode's, while it is on. */
  debug: DebugHooks | null;
  /** @ignore What looks for operations that nobody awaits, while it does. */
  operations: OperationHooks | null;
}
