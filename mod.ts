/**
 * asyncio for TypeScript: coroutines, tasks, timeouts and cancellation, scheduled in WebAssembly.
 *
 * @module
 */
export type { Awaitable, Coroutine } from "./src/awaitable.ts";
export { isAwaitable, isCoroutine } from "./src/awaitable.ts";
export { Context, ContextVar, copyContext, type Token } from "./src/context.ts";
export { coroutine } from "./src/coroutine.ts";
export { allTasks, createTask, createTask as create_task, ensureFuture } from "./src/create_task.ts";
export type { Duration } from "./src/duration.ts";
export {
  BrokenBarrierError,
  CancelledError,
  DeadlockError,
  InvalidStateError,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  TimeoutError,
} from "./src/errors.ts";
export { EventLoop, type ExceptionContext, type Executor } from "./src/event_loop.ts";
export { Future } from "./src/future.ts";
export { gather, type GatherOptions } from "./src/gather.ts";
export { Handle, TimerHandle } from "./src/handle.ts";
export type { Operation } from "./src/operation.ts";
export { run, Runner, type RunOptions } from "./src/run.ts";
export { currentTask, getRunningLoop } from "./src/running.ts";
export { sleep } from "./src/sleep.ts";
export { Task, type TaskOptions } from "./src/task.ts";
export {
  timeout,
  timeoutAt,
  type TimeoutScope,
  waitFor,
  waitFor as wait_for,
} from "./src/timeout.ts";
export { abortable, until } from "./src/until.ts";
