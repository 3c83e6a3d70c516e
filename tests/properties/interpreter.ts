/**
 * Runs a program of program.ts on this library and writes down what happens. interpreter.py does
 * the same on CPython's asyncio, line by line.
 *
 * @module
 */

import {
  allTasks,
  type Awaitable,
  BoundedSemaphore,
  CancelledError,
  Condition,
  ContextVar,
  type Coroutine,
  createTask,
  currentTask,
  DeadlockError,
  Event,
  Future,
  gather,
  getRunningLoop,
  InvalidStateError,
  LifoQueue,
  Lock,
  PriorityQueue,
  Queue,
  run,
  type RunOptions,
  Semaphore,
  shield,
  sleep,
  type Task,
  type TaskGroup,
  taskGroup,
  timeout,
  timeoutAt,
  TimeoutError,
  type TimeoutScope,
  type Token,
  wait,
  waitFor,
} from "../../mod.ts";
import { VirtualClock } from "../../testing.ts";
import { type Action, OBJECTS, type Program, type Step, type Target } from "./program.ts";

/** What a program did. */
export interface Trace {
  lines: string[];
  /** Whether two timers were set to the same moment; their order is no matter of CPython's. */
  tied: boolean;
  /** Whether some of its tasks could never end, because each cleans up behind what another holds. */
  deadlocked: boolean;
}

/** Longer than all that a program can sleep. */
const HORIZON = 1_000_000;
/** How often what still waits at the horizon is cancelled: each time, each task goes on a bit. */
const ROUNDS = 50;

/** What a program raises. */
class Failure extends Error {
  override name = "Failure";
  constructor(id: number) {
    super(String(id));
  }
}

/** What a coroutine's steps see of what surrounds them in the program's text. */
interface Surroundings {
  /** The number of the coroutine. */
  readonly block: number;
  readonly timeout: TimeoutScope | null;
  readonly group: TaskGroup | null;
  /** The conditions whose locks it holds. */
  readonly held: ReadonlySet<number>;
}

const RETURN = Symbol("the program's own return");

const times = <T>(make: () => T): T[] => Array.from({ length: OBJECTS }, make);

class Interpreter {
  readonly lines: string[] = [];
  tied = false;
  deadlocked = false;
  readonly #deadlines = new Set<number>();
  readonly #loop = getRunningLoop();
  readonly #tasks = new Map<number, Task<unknown>>();
  readonly #cancellables = new Map<number, Future<unknown>>();
  readonly #locks = times(() => new Lock());
  readonly #semaphores = [new Semaphore(1), new BoundedSemaphore(2)];
  readonly #events = times(() => new Event());
  readonly #conditions = [new Condition(), new Condition(this.#locks[1])];
  readonly #futures = times(() => new Future<number>());
  readonly #variable = new ContextVar<number>("variable", { defaultValue: 0 });
  #token: Token<number> | null = null;
  readonly #queues = [
    new Queue<number>(1),
    new LifoQueue<number>(2),
    new PriorityQueue<number>(2),
    new Queue<number>(),
  ];

  /** Runs the program and then cancels, in order, whatever still waits at the end of time. */
  *main(program: Program): Coroutine<void> {
    const outside = { block: 0, timeout: null, group: null, held: new Set<number>() };
    this.#register(0, createTask(this.#coroutine(program, outside)));
    for (let round = 0; round < ROUNDS; round++) {
      yield* sleep(this.#delay(HORIZON));
      const left = sorted(this.#tasks).filter(([, task]) => !task.done());
      if (left.length === 0) break;
      for (const [id, task] of left) {
        this.#log(id, "is cancelled at the end");
        task.cancel();
      }
    }
    for (const [id, task] of sorted(this.#tasks)) this.#log(id, `ended: ${outcome(task)}`);
    this.#log(0, `tasks left: ${allTasks().size - 1}`);
  }

  #log(id: number, text: string): void {
    this.lines.push(`${this.#loop.time()} ${id} ${text}`);
  }

  /** Takes note of a timer. */
  #delay(delay: number): number {
    if (delay > 0) {
      const when = this.#loop.time() + delay;
      if (this.#deadlines.has(when)) this.tied = true;
      this.#deadlines.add(when);
    }
    return delay;
  }

  #limit(delay: number | null): number | null {
    return delay === null ? null : this.#delay(delay);
  }

  #register<T>(id: number, task: Task<T>): Task<T> {
    this.#tasks.set(id, task);
    this.#cancellables.set(id, task);
    return task;
  }

  *#coroutine(
    steps: Step[],
    at: Surroundings,
    isTask = false,
  ): Coroutine<number> {
    if (isTask) this.#register(at.block, currentTask()!);
    yield* this.#steps(steps, at);
    return at.block;
  }

  /** A coroutine below this one; what it holds is its own. */
  #child(id: number, steps: Step[], at: Surroundings, isTask = false): Coroutine<number> {
    return this.#coroutine(steps, { ...at, block: id, held: new Set() }, isTask);
  }

  /** Runs steps; returns whether the program returned among them. */
  *#steps(steps: Step[], at: Surroundings): Coroutine<boolean> {
    for (const step of steps) {
      this.#log(step.id, step.op);
      let result: unknown;
      try {
        result = yield* this.#step(step, at);
      } catch (error) {
        this.#log(step.id, `throws ${show(error)}`);
        throw error;
      }
      this.#log(step.id, result === RETURN ? "returns" : `-> ${show(result)}`);
      if (result === RETURN) return true;
    }
    return false;
  }

  *#block(steps: Step[], at: Surroundings): Coroutine<unknown> {
    return (yield* this.#steps(steps, at)) ? RETURN : null;
  }

  *#step(step: Step, at: Surroundings): Coroutine<unknown> {
    const { id } = step;
    switch (step.op) {
      case "sleep":
        return yield* sleep(this.#delay(step.delay));
      case "spawn": {
        const { eager } = step;
        return void this.#register(id, createTask(this.#child(id, step.body, at), { eager }));
      }
      case "await": {
        const task = this.#find(step.ref, at);
        return task === null ? null : yield* task;
      }
      case "cancel":
        return this.#cancel(step.ref);
      case "uncancel":
        return currentTask()!.uncancel();
      case "cancelling":
        return currentTask()!.cancelling();
      case "catch":
        return yield* this.#catch(step, at);
      case "finally":
        try {
          return yield* this.#block(step.body, at);
        } finally {
          yield* this.#block(step.handler, at);
        }
      case "raise":
        throw new Failure(id);
      case "return":
        return RETURN;
      case "timeout": {
        const delay = this.#limit(step.delay);
        return yield* this.#timeout(step, at, (body) => timeout(delay, body));
      }
      case "timeoutAt":
        this.#delay(step.when - this.#loop.time());
        return yield* this.#timeout(step, at, (body) => timeoutAt(step.when, body));
      case "reschedule": {
        if (at.timeout === null) return null;
        const delay = this.#limit(step.delay);
        return at.timeout.reschedule(delay === null ? null : this.#loop.time() + delay);
      }
      case "waitFor": {
        const target = this.#target(step.target, at, false);
        return target === null ? null : yield* waitFor(target, this.#limit(step.delay));
      }
      case "gather": {
        const targets = this.#targets(step.targets, at);
        if (targets.length === 0) return null;
        const gathered: Future<unknown> = step.collect
          ? gather(targets, { returnExceptions: true })
          : gather(targets);
        this.#cancellables.set(id, gathered);
        return yield* gathered;
      }
      case "wait":
        return yield* this.#wait(step, at);
      case "shield": {
        const target = this.#target(step.target, at, true);
        if (target === null) return null;
        const shielded = shield(target);
        this.#cancellables.set(id, shielded);
        return yield* shielded;
      }
      case "group":
        return yield* taskGroup((group) => this.#block(step.body, { ...at, group }));
      case "start":
        if (at.group === null) return null;
        return void this.#register(id, at.group.createTask(this.#child(id, step.body, at)));
      case "lock": {
        using _held = yield* this.#locks[step.index].acquire();
        this.#log(id, "acquired");
        return yield* this.#block(step.body, at);
      }
      case "semaphore": {
        const semaphore = this.#semaphores[step.index];
        yield* semaphore.acquire();
        try {
          this.#log(id, `acquired, locked: ${semaphore.locked()}`);
          return yield* this.#block(step.body, at);
        } finally {
          semaphore.release(); // Where this fails, `using` would throw a SuppressedError of its own.
        }
      }
      case "release":
        this.#semaphores[step.index].release();
        return this.#semaphores[step.index].locked();
      case "event":
        return yield* this.#event(step);
      case "condition": {
        using _held = yield* this.#conditions[step.index].acquire();
        this.#log(id, "acquired");
        return yield* this.#block(step.body, { ...at, held: new Set([...at.held, step.index]) });
      }
      case "waitCondition":
        return at.held.has(step.index) ? yield* this.#conditions[step.index].wait() : null;
      case "waitForCondition": {
        if (!at.held.has(step.index)) return null;
        const event = this.#events[step.index];
        return yield* this.#conditions[step.index].waitFor(() => event.isSet());
      }
      case "notify":
        if (at.held.has(step.index)) this.#conditions[step.index].notify(step.count);
        return null;
      case "queue":
        return yield* this.#queue(step);
      case "future":
        return yield* this.#future(step);
      case "callback": {
        const [other, future] = this.#cancellable(step.ref);
        if (step.action === "remove") return [other, future.removeDoneCallback(this.#heard)];
        future.addDoneCallback(this.#heard);
        return other;
      }
      case "variable":
        return this.#useVariable(step);
      case "later": {
        const act = () => {
          const result = this.#act(step.action, id);
          this.#log(id, `later: ${show(result)}, variable: ${this.#variable.get()}`);
        };
        if (step.delay === 0) this.#loop.callSoon(act);
        else this.#loop.callLater(this.#delay(step.delay), act);
        return null;
      }
      case "census":
        return allTasks().size;
    }
  }

  *#catch(step: Step & { op: "catch" }, at: Surroundings): Coroutine<unknown> {
    try {
      return yield* this.#block(step.body, at);
    } catch (error) {
      const meant = step.kind === "all" ||
        error instanceof (step.kind === "cancelled" ? CancelledError : TimeoutError);
      if (!meant) throw error;
      this.#log(step.id, `catches ${show(error)}`);
    }
    return yield* this.#block(step.handler, at);
  }

  *#timeout(
    step: Step & { op: "timeout" | "timeoutAt" },
    at: Surroundings,
    limit: (body: (scope: TimeoutScope) => Coroutine<unknown>) => Iterable<unknown, unknown>,
  ): Coroutine<unknown> {
    let scope!: TimeoutScope;
    try {
      return yield* limit((it) => {
        scope = it;
        return this.#block(step.body, { ...at, timeout: it });
      });
    } finally {
      this.#log(step.id, `expired: ${scope.expired()}`);
    }
  }

  *#wait(step: Step & { op: "wait" }, at: Surroundings): Coroutine<unknown> {
    const futures = step.targets.map((target) =>
      "body" in target
        ? this.#register(target.id, createTask(this.#child(target.id, target.body, at)))
        : this.#target(target, at, true) as Future<unknown> | null
    ).filter((future) => future !== null);
    if (futures.length === 0) return null;
    const timeout = this.#limit(step.delay);
    const { done, pending } = yield* wait(futures, { timeout, returnWhen: step.mode });
    return futures.map((future) =>
      `${done.has(future) ? "done" : ""}${pending.has(future) ? "pending" : ""}`
    );
  }

  *#event(step: Step & { op: "event" }): Coroutine<unknown> {
    const event = this.#events[step.index];
    if (step.action === "wait") return yield* event.wait();
    if (step.action !== "clear") event.set();
    if (step.action !== "set") event.clear();
    return event.isSet();
  }

  *#queue(step: Step & { op: "queue" }): Coroutine<unknown> {
    const queue = this.#queues[step.index];
    let result: unknown = null;
    if (step.action === "put") yield* queue.put(step.id);
    else if (step.action === "putNowait") queue.putNowait(step.id);
    else if (step.action === "get") result = yield* queue.get();
    else if (step.action === "getNowait") result = queue.getNowait();
    else if (step.action === "taskDone") queue.taskDone();
    else if (step.action === "join") yield* queue.join();
    else queue.shutdown(step.id % 2 === 0);
    return [result, queue.size];
  }

  *#future(step: Step & { op: "future" }): Coroutine<unknown> {
    const future = this.#futures[step.index];
    if (step.action === "await") return yield* future;
    if (step.action === "cancel") return future.cancel();
    if (step.action === "set") future.setResult(step.id);
    else future.setException(new Failure(step.id));
    return null;
  }

  readonly #heard = (future: Future<unknown>): void => {
    this.#log(0, `callback: ${outcome(future)}, variable: ${this.#variable.get()}`);
  };

  #useVariable(step: Step & { op: "variable" }): unknown {
    if (step.action === "set") this.#token = this.#variable.set(step.id);
    else if (step.action === "reset" && this.#token !== null) this.#variable.reset(this.#token);
    return this.#variable.get();
  }

  #act(action: Action, id: number): unknown {
    if ("cancel" in action) return this.#cancel(action.cancel);
    if ("set" in action) return this.#events[action.set].set();
    const future = this.#futures[action.resolve];
    if (!future.done()) future.setResult(id);
  }

  #cancel(ref: number): unknown {
    const [id, future] = this.#cancellable(ref);
    return [id, future.cancel()];
  }

  #cancellable(ref: number): [number, Future<unknown>] {
    const all = sorted(this.#cancellables);
    return all[ref % all.length];
  }

  /** One of the tasks that may be awaited here. */
  #find(ref: number, at: Surroundings): Task<unknown> | null {
    const tasks = sorted(this.#tasks).filter(([id]) => id > at.block);
    return tasks.length === 0 ? null : tasks[ref % tasks.length][1];
  }

  #target(target: Target, at: Surroundings, isTask: boolean): Awaitable<unknown> | null {
    if ("body" in target) return this.#child(target.id, target.body, at, isTask);
    return "ref" in target ? this.#find(target.ref, at) : this.#futures[target.future];
  }

  #targets(targets: Target[], at: Surroundings): Awaitable<unknown>[] {
    return targets.map((target) => this.#target(target, at, true)).filter((aw) => aw !== null);
  }
}

function sorted<T>(map: Map<number, T>): [number, T][] {
  return [...map].sort(([a], [b]) => a - b);
}

function outcome(future: Future<unknown>): string {
  if (!future.done()) return "never";
  return future.cancelled() ? "cancelled" : show(future.exception() ?? future.result());
}

function show(value: unknown): string {
  if (value === null || value === undefined) return "none";
  if (Array.isArray(value)) return `[${value.map(show).join(" ")}]`;
  if (value instanceof AggregateError) return `group of ${show(value.errors)}`;
  if (value instanceof Failure) return `failure ${value.message}`;
  if (value instanceof CancelledError) return "cancelled";
  if (value instanceof TimeoutError) return "timeout";
  if (value instanceof InvalidStateError) return "invalid";
  if (value instanceof RangeError) return "value error";
  if (value instanceof Error) return value.name.startsWith("Queue") ? value.name : value.stack!;
  return String(value);
}

/** Runs a program to its end. */
export async function trace(program: Program, options: RunOptions = {}): Promise<Trace> {
  let interpreter!: Interpreter;
  try {
    await run(() => (interpreter = new Interpreter()).main(program), {
      clock: new VirtualClock(),
      exceptionHandler: () => {},
      ...options,
    });
  } catch (error) {
    if (!(error instanceof DeadlockError)) throw error;
    interpreter.deadlocked = true;
  }
  return interpreter;
}
