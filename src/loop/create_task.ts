/**
 * Making tasks, and listing them.
 *
 * @module
 */
import { notAwaitable } from "../check.ts";
import { type Awaitable, isAwaitable } from "../task/awaitable.ts";
import { Future } from "../task/future.ts";
import type { Task, TaskOptions } from "../task/task.ts";
import { currentLoop } from "./default_loop.ts";

/**
 * Makes a task: the coroutine runs by itself, beginning in the next turn. Outside any loop it runs
 * on the host's default loop.
 *
 * @param coro An awaitable, or a function that returns one.
 * @param options See {@linkcode TaskOptions}.
 * @throws {TypeError} When `coro` is neither, or an option is of the wrong kind.
 * @throws {InvalidStateError} When a coroutine or an operation was taken before.
 *
 * @example
 * ```ts
 * const task = createTask(download(url), { name: "download" });
 * const body = yield* task;
 * ```
 */
export function createTask<T>(
  coro: Awaitable<T> | (() => Awaitable<T>),
  options?: TaskOptions,
): Task<T> {
  return currentLoop().createTask(coro, options);
}

/**
 * A future of whatever can be awaited: a future or task is returned as it is, anything else is
 * wrapped in a task.
 *
 * @param aw What to wait for.
 * @throws {TypeError} When it can't be awaited.
 *
 * @example
 * ```ts
 * const future = ensureFuture(download(url));
 * future.addDoneCallback(() => console.log("done"));
 * ```
 */
export function ensureFuture<T>(aw: Awaitable<T>): Future<T> {
  if (aw instanceof Future) return aw;
  if (!isAwaitable(aw)) throw notAwaitable(aw, "aw");
  return createTask(aw);
}

/**
 * The unfinished tasks of the running loop; outside any loop, of the host's default loop.
 *
 * @example
 * ```ts
 * for (const task of allTasks()) if (task !== currentTask()) task.cancel();
 * ```
 */
export function allTasks(): Set<Task<unknown>> {
  return currentLoop()["_tasks"]();
}
