/**
 * Task groups.
 *
 * @module
 */
import { checkFunction, cut, describe } from "../check.ts";
import { InvalidStateError, isCancelledError } from "../errors.ts";
import { waitingFiber } from "../kernel/suspend.ts";
import { type Awaitable, awaitResultOf } from "../task/awaitable.ts";
import type { Future } from "../task/future.ts";
import type { Coroutine } from "../task/generator.ts";
import { explain } from "../task/misuse.ts";
import type { Observer } from "../task/observers.ts";
import { GeneratorOperation, type Operation } from "../task/operation.ts";
import type { Task, TaskOptions } from "../task/task.ts";

/**
 * What a {@linkcode taskGroup} body gets: a way to start tasks that don't outlive it.
 *
 * @example
 * ```ts
 * function* serve(group: TaskGroup) {
 *   for (;;) group.createTask(handle(yield* accept()));
 * }
 * ```
 */
export interface TaskGroup {
  /**
   * Makes a task of the group.
   *
   * @param coro An awaitable, or a function that returns one.
   * @param options See {@linkcode TaskOptions}.
   * @throws {InvalidStateError} When the group has ended, or is being aborted.
   */
  createTask<T>(coro: Awaitable<T> | (() => Awaitable<T>), options?: TaskOptions): Task<T>;
  /**
   * Cancels all of it: the group's tasks and what is left of its body. The operation then ends without
   * an error, unless a task fails. After the end this does nothing.
   *
   * @param message The message of the `CancelledError`s.
   */
  cancel(message?: string): void;
}

class Group implements TaskGroup, Observer {
  readonly #parent = waitingFiber(null) as unknown as Task<unknown>;
  /** Those that run, and those of whose end the group has not taken notice yet. */
  readonly #tasks = new Set<Future<unknown>>();
  #unfinished = 0;
  readonly #errors: unknown[] = [];
  #leaving = false;
  #aborting = false;
  #parentCancelled = false;
  #allDone: Future<void> | null = null;

  createTask<T>(coro: Awaitable<T> | (() => Awaitable<T>), options?: TaskOptions): Task<T> {
    if (this.#leaving && this.#tasks.size === 0) {
      throw new InvalidStateError("Cannot create a task: the task group has ended");
    }
    if (this.#aborting) {
      throw new InvalidStateError("Cannot create a task: the task group is being aborted");
    }
    const task = this.#parent.loop.createTask(coro, options);
    this.#tasks.add(task);
    this.#unfinished++;
    task["_observe"](this);
    return task;
  }

  cancel(message?: string): void {
    if (this.#leaving && this.#tasks.size === 0) return;
    if (!this.#aborting) this.#abort(message);
    this.#cancelParent(message);
  }

  /** A success that isn't the last needs no turn of its own. */
  _futureDone(task: Future<unknown>): void {
    if (--this.#unfinished > 0 && !task["_hasFailed"]()) this.#tasks.delete(task);
    else {
      try {
        task.loop.callSoon(() => this.#ended(task));
      } catch {
        this.#ended(task); // Where there is no slot left, at once is better than never.
      }
    }
  }

  *run<T>(body: (group: TaskGroup) => Awaitable<T> | void): Coroutine<T> {
    let result: T;
    try {
      result = yield* awaitResultOf(() => body(this), "body");
    } catch (error) {
      explain(error);
      yield* this.#leave(error, true);
      // It was the group's own cancel that has ended the body, which has no result then.
      return undefined as T;
    }
    yield* this.#leave(undefined, false);
    return result;
  }

  /** Waits for all tasks; throws what the group throws, and returns if that is what the body did. */
  *#leave(error: unknown, failed: boolean): Coroutine<void> {
    this.#leaving = true;
    let cancellation = isCancelledError(error) ? error : null;
    if (failed && !this.#aborting) this.#abort();
    while (this.#tasks.size > 0) {
      this.#allDone ??= this.#parent.loop.createFuture();
      try {
        yield* this.#allDone;
      } catch (error) {
        if (!isCancelledError(error)) throw error;
        if (!this.#aborting) {
          cancellation = error;
          this.#abort();
        }
      }
      this.#allDone = null;
    }
    // The group cancelled its parent to interrupt the body; nobody else shall see that.
    if (this.#parentCancelled && this.#parent.uncancel() === 0) cancellation = null;
    if (cancellation !== null && this.#errors.length === 0) throw cancellation;
    if (failed && !isCancelledError(error)) this.#errors.push(error);
    if (this.#errors.length === 0) return;
    if (this.#parent.cancelling() > 0) {
      // Errors go before a cancel from outside, which then strikes at the next wait.
      this.#parent.uncancel();
      this.#parent.cancel();
    }
    throw new AggregateError(this.#errors, summary(this.#errors));
  }

  #abort(message?: string): void {
    this.#aborting = true;
    for (const task of this.#tasks) task.cancel(message);
  }

  /** Interrupts the body, or the wait for the tasks. */
  #cancelParent(message?: string): void {
    if (this.#parentCancelled) return;
    this.#parentCancelled = true;
    this.#parent.cancel(message);
  }

  #ended(task: Future<unknown>): void {
    this.#tasks.delete(task);
    if (this.#tasks.size === 0 && this.#allDone !== null && !this.#allDone.done()) {
      this.#allDone.setResult();
    }
    if (!task["_hasFailed"]()) return;
    this.#errors.push(task.exception());
    if (this.#parent.done()) {
      this.#parent.loop.callExceptionHandler({
        message: "A task of a group failed after the group's own task had ended",
        exception: task.exception(),
        task: task as Task<unknown>,
      });
    } else if (!this.#aborting) {
      this.#abort();
      this.#cancelParent();
    }
  }
}

/** An error's text; it must not throw in place of the errors. */
function messageOf(error: unknown): string {
  try {
    if (error instanceof Error) return String(error.message || error.name);
  } catch { /* Described as anything else is. */ }
  return describe(error);
}

/** How many errors, and the first one's text. */
function summary(errors: unknown[]): string {
  const text = messageOf(errors[0]);
  const count = errors.length === 1 ? "1 error" : `${errors.length} errors`;
  return `${count} in a task group: ${cut(text)}`;
}

/**
 * Runs `body`, which starts tasks in the group, and waits for them all. The first failure cancels the
 * others and the body; the failures are thrown together.
 *
 * @param body A function of the group that returns an awaitable or nothing; it runs in the task that
 * awaits.
 * @returns An operation of the body's result; of undefined where `group.cancel` has ended the body.
 * @throws {AggregateError} When awaited, of the errors of the tasks and the body.
 * @throws {TypeError} When `body` is no function.
 *
 * @example
 * ```ts
 * const [user, posts] = yield* taskGroup(function* (group) {
 *   const user = group.createTask(loadUser(1));
 *   const posts = group.createTask(loadPosts(1));
 *   return [yield* user, yield* posts] as const;
 * });
 * ```
 */
export function taskGroup<T = void>(body: (group: TaskGroup) => Awaitable<T> | void): Operation<T> {
  checkFunction(body, "body");
  return new GeneratorOperation(function taskGroup() {
    return runGroup(body);
  }, []);
}

/** A coroutine, and not a plain function: the group's parent is the task that runs it. */
function* runGroup<T>(body: (group: TaskGroup) => Awaitable<T> | void): Coroutine<T> {
  return yield* new Group().run(body);
}
