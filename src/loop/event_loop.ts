/**
 * The event loop as programs see it: callbacks, futures, tasks, and what happens to errors.
 *
 * @module
 */
import { type Awaitable, checkFunction, checkOptions, futureOf, start } from "./awaitable.ts";
import { type Clock, hostClock } from "./clock.ts";
import { Context } from "./context.ts";
import { DebugLog } from "./debug.ts";
import { isCoroutine } from "./generator.ts";
import { describe, type Duration, milliseconds, moment, optionalMilliseconds } from "./duration.ts";
import { DeadlockError, InvalidStateError } from "./errors.ts";
import { Future } from "./future.ts";
import { afterHostTurn } from "./host.ts";
import { Handle, TimerHandle } from "./handle.ts";
import { printReport, printWarning } from "./report.ts";
import { currentContext, provideDefaultLoop, running, type Variables } from "./running.ts";
import { Scheduler } from "./scheduler.ts";
import { Task, type TaskOptions } from "./task.ts";

/**
 * What an exception handler is told.
 *
 * @example
 * ```ts
 * const handler = (context: ExceptionContext) => log(context.message, context.exception);
 * ```
 */
export interface ExceptionContext {
  /** What happened, in one line. */
  message: string;
  /** Where. */
  loop: EventLoop;
  /** What was thrown. */
  exception?: unknown;
  /** The task concerned. */
  task?: Task<unknown>;
  /** The future concerned. */
  future?: Future<unknown>;
  /** The callback concerned. */
  handle?: Handle;
}

/**
 * What runs functions elsewhere, such as a pool of workers.
 *
 * @example
 * ```ts
 * const inline: Executor = { submit: async (fn, ...args) => fn(...args) };
 * ```
 */
export interface Executor {
  /** Runs a function elsewhere; the promise gets its result. */
  submit<A extends unknown[], T>(fn: (...args: A) => T, ...args: A): PromiseLike<T>;
}

/** How a loop is made. */
export interface LoopOptions {
  /** Whether to look for mistakes: slow callbacks, swallowed cancels, operations never awaited. */
  debug?: boolean;
  /** What to tell the time by; without it the host's clock. */
  clock?: Clock;
  /** Which scheduling core to use; without it WebAssembly, and TypeScript where that is refused. */
  core?: "wasm" | "js";
  /** Whether all tasks start eagerly. */
  eager?: boolean;
  /** How long the loop may run before it lets the host in; 8 ms without it. */
  timeSlice?: Duration | null;
  /** Is told of errors that nobody catches; without it they go to `console.error`. */
  exceptionHandler?: (context: ExceptionContext) => void;
}

const DEFAULT_TIME_SLICE = 8;

/**
 * What runs tasks and callbacks. {@linkcode run} makes one; {@linkcode getRunningLoop} finds it.
 *
 * @example
 * ```ts
 * await run(function* () {
 *   const loop = getRunningLoop();
 *   loop.callLater("1s", console.log, "a second has passed");
 *   yield* sleep("2s");
 * });
 * ```
 */
export class EventLoop extends Scheduler {
  /** After how many milliseconds a step is reported as slow in debug mode. */
  slowCallbackDuration = 100;
  #exceptionHandler: ((context: ExceptionContext) => void) | null;
  private readonly _eager: boolean;
  /** @internal What makes a future of this loop. */
  readonly _futureOptions: { readonly loop: EventLoop } = { loop: this };
  readonly #failures = new Set<Future<unknown>>();
  /** @internal */
  _debugLog: DebugLog | null = null;
  /** @internal The async iterators that coroutines are in the middle of. */
  readonly _iterators: Set<AsyncIterator<unknown>> = new Set();
  /** @internal Told when the loop can never go on. */
  _onDeadlock: ((error: DeadlockError) => void) | null = null;

  /** @internal Use {@linkcode run} or {@linkcode Runner}. */
  constructor(options: LoopOptions = {}) {
    const { core, timeSlice = DEFAULT_TIME_SLICE, exceptionHandler = null } = options;
    if (core !== undefined && core !== "wasm" && core !== "js") {
      throw new RangeError(`core must be "wasm" or "js", got ${describe(core)}`);
    }
    const slice = optionalMilliseconds(timeSlice, "timeSlice");
    if (slice <= 0) throw new RangeError(`timeSlice must be positive, got ${describe(timeSlice)}`);
    if (exceptionHandler !== null) checkFunction(exceptionHandler, "exceptionHandler");
    const clock = options.clock ?? hostClock;
    if (typeof clock.now !== "function" || typeof clock.createAlarm !== "function") {
      throw new TypeError(`clock must be a Clock, got ${describe(clock)}`);
    }
    super(clock, core, slice);
    this._eager = options.eager ?? false;
    this.#exceptionHandler = exceptionHandler;
    this.debug = options.debug ?? false;
  }

  /** Whether the loop looks for mistakes; may be set at any time. */
  get debug(): boolean {
    return this._debugLog !== null;
  }

  set debug(debug: boolean) {
    if (debug === this.debug) return;
    this._debugLog?.end();
    this._debugLog = debug ? new DebugLog(this) : null;
  }

  /**
   * Has a function called in the next turn, in a copy of the current context.
   *
   * @param fn What to call.
   * @param args Its arguments.
   */
  callSoon<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): Handle {
    checkFunction(fn, "fn");
    return this._callSoonIn(currentContext()._variables, fn, args);
  }

  /** @internal */
  _callSoonIn<A extends unknown[]>(
    variables: Variables,
    fn: (...args: A) => unknown,
    args: A,
  ): Handle {
    const handle = new Handle(this, fn, args, variables);
    this._ready(handle._slot);
    return handle;
  }

  /**
   * Has a function called after a delay, in a copy of the current context.
   *
   * @param delay How long to wait.
   * @param fn What to call.
   * @param args Its arguments.
   */
  callLater<A extends unknown[]>(
    delay: Duration,
    fn: (...args: A) => unknown,
    ...args: A
  ): TimerHandle {
    const wait = milliseconds(delay, "delay");
    return this.callAt(this.time() + wait, fn, ...args);
  }

  /**
   * Has a function called at a time, in a copy of the current context. Callbacks run in the order of
   * their times, and those of one microsecond in the order in which they were set.
   *
   * @param when Milliseconds on {@linkcode time}'s scale; what lies in the past is due at once.
   * @param fn What to call.
   * @param args Its arguments.
   */
  callAt<A extends unknown[]>(
    when: number,
    fn: (...args: A) => unknown,
    ...args: A
  ): TimerHandle {
    moment(when, "when");
    checkFunction(fn, "fn");
    return new TimerHandle(this, when, fn, args, currentContext()._variables);
  }

  /** Makes a future of this loop. */
  createFuture<T>(): Future<T> {
    return new Future<T>(this._futureOptions);
  }

  /**
   * Makes a task of this loop.
   *
   * @param coro An awaitable, or a function that returns one.
   * @param options See {@linkcode TaskOptions}.
   * @throws {TypeError} When `coro` is neither.
   */
  createTask<T>(coro: Awaitable<T> | (() => Awaitable<T>), options?: TaskOptions): Task<T> {
    return options === undefined
      ? this._spawn(start(coro, "coro", this), undefined, undefined, this._eager)
      : this.#spawnWith(options, coro);
  }

  #spawnWith<T>(options: TaskOptions, coro: Awaitable<T> | (() => Awaitable<T>)): Task<T> {
    checkOptions(options);
    const { name, context, eager = this._eager } = options;
    if (name !== undefined && typeof name !== "string") {
      throw new TypeError(`name must be a string, got ${describe(name)}`);
    }
    if (context !== undefined && !(context instanceof Context)) {
      throw new TypeError(`context must be a Context, got ${describe(context)}`);
    }
    return this._spawn(start(coro, "coro", this), name, context, eager);
  }

  /** @internal Makes a task of an iterator that waits, and schedules or starts it. */
  _spawn<T>(
    iterator: Iterator<unknown, T, unknown>,
    name: string | undefined,
    context: Context | undefined,
    eager: boolean,
  ): Task<T> {
    const task = new Task<T>(this, iterator, isCoroutine(iterator), name, context);
    if (this._debugLog !== null) this._debugLog.taskMade(task);
    if (eager && running.loop === this && this.isRunning()) task._startEagerly();
    else this._ready(task._slot);
    return task;
  }

  /**
   * Runs a function by an executor, and gives a future of its result.
   *
   * @param executor For example the pool of workers in `workers.ts`.
   * @param fn What to run; what an executor can take is its own affair.
   * @param args Its arguments.
   */
  runInExecutor<A extends unknown[], T>(
    executor: Executor,
    fn: (...args: A) => T,
    ...args: A
  ): Future<Awaited<T>> {
    if (typeof executor?.submit !== "function") {
      throw new TypeError(`executor must have a submit method, got ${describe(executor)}`);
    }
    checkFunction(fn, "fn");
    return futureOf(executor.submit(fn, ...args), this) as Future<Awaited<T>>;
  }

  /** The handler of errors that nobody catches, or `null` when it is the default one. */
  getExceptionHandler(): ((context: ExceptionContext) => void) | null {
    return this.#exceptionHandler;
  }

  /** Sets the handler of errors that nobody catches; `null` restores the default one. */
  setExceptionHandler(fn: ((context: ExceptionContext) => void) | null): void {
    if (fn !== null) checkFunction(fn, "fn");
    this.#exceptionHandler = fn;
  }

  /** Reports an error to the exception handler. */
  callExceptionHandler(context: Omit<ExceptionContext, "loop">): void {
    const full: ExceptionContext = { ...context, loop: this };
    if (this.#exceptionHandler === null) return printReport(full);
    try {
      this.#exceptionHandler(full);
    } catch (exception) {
      printReport(full);
      printReport({ message: "Exception in the exception handler", exception, loop: this });
    }
  }

  /**
   * Closes the loop: nothing that it still holds will run. Closing it again does nothing.
   *
   * @throws {InvalidStateError} When the loop is running.
   */
  close(): void {
    if (this.isClosed()) return;
    if (this.isRunning()) throw new InvalidStateError("Cannot close a running event loop");
    this._debugLog?.closing();
    this._reportFailures();
    this._shutDown();
  }

  /** @internal Calls a function as if from a callback of the loop. */
  _within<T>(fn: () => T): T {
    const { loop, slot, context } = running;
    running.context = currentContext();
    running.loop = this;
    running.slot = -1;
    try {
      return fn();
    } finally {
      running.loop = loop;
      running.slot = slot;
      running.context = context;
    }
  }

  /** @internal The tasks that are not done. */
  _tasks(): Set<Task<unknown>> {
    const tasks = new Set<Task<unknown>>();
    for (const holder of this._table) {
      if (holder instanceof Task && !holder.done()) tasks.add(holder);
    }
    return tasks;
  }

  /** @internal A future failed; somebody should look. */
  _failed(future: Future<unknown>): void {
    this.#failures.add(future);
  }

  /** @internal Somebody looked. */
  _failureSeen(future: Future<unknown>): void {
    this.#failures.delete(future);
  }

  /** @internal */
  _hasFailures(): boolean {
    return this.#failures.size > 0;
  }

  /** @internal Reports the failures that nobody has looked at. */
  _reportFailures(): void {
    for (const future of this.#failures) {
      this.#failures.delete(future);
      const exception = future._outcome();
      this.callExceptionHandler(
        future instanceof Task
          ? {
            message: `Task ${future.name} failed and nobody waited for it`,
            exception,
            task: future,
          }
          : { message: "A future failed and nobody waited for it", exception, future },
      );
    }
  }

  /** @internal Reports what debug mode has found. */
  _warn(context: Omit<ExceptionContext, "loop">): void {
    if (this.#exceptionHandler === null) printWarning({ ...context, loop: this });
    else this.callExceptionHandler(context);
  }

  /** @internal */
  override _idle(): void {}

  /** @internal */
  override stuck(): void {
    if (this._onDeadlock === null) return;
    const lines = [...this._tasks()].map((task) => {
      const [where] = task.getStack();
      return `\n  ${task.name} waits${where === undefined ? "" : ` at ${where}`}`;
    });
    this._onDeadlock(
      new DeadlockError(`Every task waits, and nothing is left to wake one:${lines.join("")}`),
    );
  }
}

/** A loop that serves whatever is called outside any other; it runs for as long as the host lives. */
class DefaultLoop extends EventLoop {
  override _idle(): void {
    // Whoever would still look at a failure is outside the loop, and has until the host's next turn.
    if (this._hasFailures()) afterHostTurn(() => this._reportFailures());
  }
}

provideDefaultLoop(() => {
  const loop = new DefaultLoop();
  loop._startForever();
  return loop;
});
