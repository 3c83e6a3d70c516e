/**
 * The event loop as programs see it: callbacks, futures, tasks, and what happens to errors.
 *
 * @module
 */
import { checkFunction, checkName, checkOptions, describe, describeOther } from "../check.ts";
import { type Duration, milliseconds, moment, optionalMilliseconds } from "../duration.ts";
import { DeadlockError, InvalidStateError } from "../errors.ts";
import { type Clock, hostClock } from "../kernel/clock.ts";
import { asCallback, current, currentHolder, currentVariables } from "../kernel/current.ts";
import type { Report, Variables, VariablesHolder } from "../kernel/kernel.ts";
import { type LoopServices, Scheduler } from "../kernel/scheduler.ts";
import { Printable } from "../printing.ts";
import { type Awaitable, toIterator } from "../task/awaitable.ts";
import { Context, holderOf } from "../task/context.ts";
import { Future, futureOf } from "../task/future.ts";
import { isCoroutine } from "../task/generator.ts";
import { Handle, TimerHandle } from "../task/handle.ts";
import { fromPromise } from "../task/promises.ts";
import { spawn, Task, type TaskOptions } from "../task/task.ts";
import { DebugLog } from "./debug.ts";
import { Failures, reported } from "./failures.ts";
import { OperationLog } from "./operation_log.ts";
import { print } from "./report.ts";

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
  /**
   * Runs a function elsewhere; the promise gets its result.
   *
   * @param fn What to call.
   * @param args Its arguments.
   */
  submit<A extends unknown[], T>(
    fn: (...args: A) => T,
    ...args: A
  ): PromiseLike<T> | PromiseLike<Awaited<T>>;
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
  /** How long the loop may run before it lets the host in; 8 ms without it, `null` for no limit. */
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
export class EventLoop extends Printable {
  /** After how many milliseconds a step is reported as slow in debug mode. */
  slowCallbackDuration = 100;
  /** @ignore */
  protected readonly _kernel: Scheduler;
  readonly #eager: boolean;
  #exceptionHandler: ((context: ExceptionContext) => void) | null;
  #failures: Failures;
  #debugLog: DebugLog | null = null;
  #operations: OperationLog;
  /** @ignore The async iterators that coroutines are in the middle of. */
  protected readonly _iterators: Set<AsyncIterator<unknown>> = new Set();
  /** @ignore Told when the loop can never go on. */
  protected _onDeadlock: ((error: DeadlockError) => void) | null = null;

  /** @internal Use {@linkcode run} or {@linkcode Runner}. */
  constructor(options: LoopOptions = {}) {
    super();
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
    this._kernel = new Scheduler(this.#services(), clock, core, slice);
    this.#failures = this.#newFailures(false);
    this.#eager = options.eager ?? false;
    this.#exceptionHandler = exceptionHandler;
    this.#operations = new OperationLog(this._kernel, false);
    this.debug = options.debug ?? false;
  }

  /** @ignore Tells of an operation that was never awaited; debug mode does so of all, and says where. */
  protected _tellForgotten(): void {
    if (this.debug || this.#exceptionHandler !== null) return;
    const [message] = this.#operations.takeForgotten();
    if (message) print("warn", { message: `${message}; debug mode says where`, loop: this });
  }

  /** What the scheduler leaves to the loop. */
  #services(): LoopServices {
    return {
      loop: this,
      report: (report, variables) => this.#report(report, variables),
      spawn: (awaitable) => this.createTask(awaitable as Awaitable<never>),
      onFailed: (future) => this.#failures.add(future as Future<unknown>),
      onRetrieved: (future) => this.#failures.delete(future as Future<unknown>),
      onDeadlock: () => this.#deadlocked(),
    };
  }

  #newFailures(soon: boolean): Failures {
    return new Failures((report, variables) => this.#report(report, variables), soon);
  }

  /** @ignore Runs for as long as the host lives. */
  protected _beDefault(): void {
    this.#failures = this.#newFailures(true);
    this._kernel.startForever();
  }

  /** The loop's time in milliseconds, read afresh. It never goes back; where it starts means nothing. */
  time(): number {
    return this._kernel.time();
  }

  /** Whether the loop runs: between the start and the end of a `run`, waiting included. */
  isRunning(): boolean {
    return this._kernel.isRunning();
  }

  /** Whether the loop is closed and will never run again. */
  isClosed(): boolean {
    return this._kernel.isClosed();
  }

  /** Whether the loop looks for mistakes; may be set at any time. */
  get debug(): boolean {
    return this.#debugLog !== null;
  }

  set debug(debug: boolean) {
    if (debug === this.debug) return;
    this.#debugLog?.end();
    this.#operations = new OperationLog(this._kernel, debug);
    this.#debugLog = this._kernel.debug = debug
      ? new DebugLog(this, (report) => this.#report(report, undefined, "warn"))
      : null;
  }

  /**
   * Has a function called in the next turn, in a copy of the current context.
   *
   * @param fn What to call.
   * @param args Its arguments.
   * @throws {TypeError} When `fn` is no function.
   * @throws {InvalidStateError} When the loop is closed; so do the other methods that schedule.
   */
  callSoon<A extends unknown[]>(fn: (...args: A) => unknown, ...args: A): Handle {
    checkFunction(fn, "fn");
    return new Handle(this._kernel, fn, args, currentVariables())["_schedule"]();
  }

  /**
   * Has a function called after a delay, in a copy of the current context.
   *
   * @param delay How long to wait.
   * @param fn What to call.
   * @param args Its arguments.
   * @throws {RangeError | TypeError} When `delay` is no duration, or `fn` no function.
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
   * @throws {RangeError | TypeError} When `when` is no number, or `fn` no function.
   */
  callAt<A extends unknown[]>(
    when: number,
    fn: (...args: A) => unknown,
    ...args: A
  ): TimerHandle {
    moment(when, "when");
    checkFunction(fn, "fn");
    return new TimerHandle(this._kernel, when, fn, args, currentVariables());
  }

  /** Makes a future of this loop. */
  createFuture<T>(): Future<T> {
    return futureOf<T>(this._kernel);
  }

  /**
   * Makes a task of this loop.
   *
   * @param coro An awaitable, or a function that returns one.
   * @param options See {@linkcode TaskOptions}.
   * @throws {TypeError} When `coro` is neither.
   */
  createTask<T>(coro: Awaitable<T> | (() => Awaitable<T>), options?: TaskOptions): Task<T> {
    if (options !== undefined) return this.#createTaskWith(options, coro);
    this._kernel.checkOpen();
    return this._spawn(toIterator(coro, "coro", true));
  }

  /** @ignore Makes a task of what was taken. */
  protected _spawn<T>(iterator: Iterator<unknown, T, unknown>): Task<T> {
    const eager = this.#eager && this.isRunning();
    return spawn(this._kernel, iterator, undefined, undefined, eager);
  }

  #createTaskWith<T>(options: TaskOptions, coro: Awaitable<T> | (() => Awaitable<T>)): Task<T> {
    checkOptions(options);
    const { name, context, eager = this.#eager } = options;
    if (name !== undefined) checkName(name);
    if (context !== undefined && !(context instanceof Context)) {
      throw new TypeError(`context must be a Context, got ${describeOther(context, "Context")}`);
    }
    if (eager && current.kernel === this._kernel) context?.["_checkEntry"]();
    this._kernel.checkOpen();
    const iterator = toIterator(coro, "coro", true);
    return spawn(this._kernel, iterator, name, context, eager && this.isRunning());
  }

  /**
   * Runs a function by an executor, and gives a future of its result. Where the executor has made a
   * future, it is that one, and what cancelling it does is the executor's affair.
   *
   * @param executor For example the pool of workers in `workers.ts`.
   * @param fn What to run; what an executor can take, names of functions for example, is its own affair.
   * @param args Its arguments.
   * @throws {TypeError} When `executor` has no `submit` method or that returns no promise, or `fn` is neither
   * a function nor a name.
   * @throws {InvalidStateError} When the loop is closed; nothing is started then.
   */
  runInExecutor<A extends unknown[], T>(
    executor: Executor,
    fn: (...args: A) => T,
    ...args: A
  ): Future<Awaited<T>>;
  /** As above, with a name in the function's place, for executors that know functions by name. */
  runInExecutor<T = unknown>(
    executor: { submit(fn: never, ...args: never[]): PromiseLike<unknown> },
    fn: string,
    ...args: unknown[]
  ): Future<T>;
  /** As above. */
  runInExecutor(executor: Executor, fn: unknown, ...args: unknown[]): Future<unknown> {
    if (typeof executor?.submit !== "function") {
      const hint = executor === null ? ": toThread() of workers.ts needs none" : "";
      throw new TypeError(`executor must have a submit method, got ${describe(executor)}${hint}`);
    }
    if (typeof fn !== "string") checkFunction(fn, "fn");
    this._kernel.checkOpen();
    const result = executor.submit(fn as () => unknown, ...args as []);
    if (result instanceof Future && result["_kernel"] === this._kernel) return result;
    if (typeof result?.then !== "function") {
      throw new TypeError(`The executor's submit() must return a promise, got ${describe(result)}`);
    }
    return fromPromise(result, this._kernel);
  }

  /** The handler of errors that nobody catches, or `null` when it is the default one. */
  getExceptionHandler(): ((context: ExceptionContext) => void) | null {
    return this.#exceptionHandler;
  }

  /**
   * Sets the handler of errors that nobody catches.
   *
   * @param fn Is called with an {@linkcode ExceptionContext}; `null` restores the default one.
   * @throws {TypeError} When `fn` is neither.
   */
  setExceptionHandler(fn: ((context: ExceptionContext) => void) | null): void {
    if (fn !== null) checkFunction(fn, "fn");
    this.#exceptionHandler = fn;
  }

  /**
   * Reports an error to the exception handler, in the context of the task or callback concerned;
   * without a handler, prints it.
   *
   * @param context What happened, and to what.
   * @throws {TypeError} When `context` is no object.
   */
  callExceptionHandler(context: Omit<ExceptionContext, "loop">): void {
    checkOptions(context);
    this.#report(context);
  }

  /** Never throws, whatever the handler and the error do. */
  #report(report: Report, variables?: Variables | null, method: "error" | "warn" = "error"): void {
    const context = { ...report, loop: this } as ExceptionContext;
    if (report.task !== undefined && "exception" in report) reported.add(report.task);
    const handler = this.#exceptionHandler;
    if (handler === null) return print(method, context);
    try {
      const result: unknown = asCallback(
        this._kernel,
        () => handler(context),
        variables === undefined ? holderFor(report) : { _variables: variables },
      );
      if (isCoroutine(result)) throw new TypeError("It returned a coroutine, which nobody runs");
    } catch (exception) {
      print("error", context);
      print("error", { message: "Exception in the exception handler", exception, loop: this });
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
    this.#debugLog?.closing(this.#operations.takeForgotten());
    this.#failures.reportAll();
    this._kernel.close();
  }

  /** Its kind and state, in a line. */
  override toString(): string {
    const state = this.isClosed() ? "closed" : this.isRunning() ? "running" : "at rest";
    return `EventLoop ${state}`;
  }

  /** @ignore The tasks that are not done. */
  protected _tasks(): Set<Task<unknown>> {
    const tasks = new Set<Task<unknown>>();
    for (const holder of this._kernel.list() as object[]) {
      if (holder instanceof Task && !holder.done()) tasks.add(holder);
    }
    return tasks;
  }

  #deadlocked(): void {
    if (this._onDeadlock === null) return;
    const lines = [...this._tasks()].map((task) => {
      const [where] = task.getStack();
      return `\n  ${task}${where === undefined ? "" : ` at ${where}`}`;
    });
    this._onDeadlock(
      new DeadlockError(`Every task waits, and nothing is left to wake one:${lines.join("")}`),
    );
  }
}

/** Whose context variables a report's handler sees. */
function holderFor({ task, future = task, handle }: Report): VariablesHolder {
  if (future instanceof Task) return holderOf(future.context);
  if (handle instanceof Handle) return handle as unknown as VariablesHolder;
  return currentHolder();
}
