/**
 * asyncio for TypeScript: coroutines, tasks, timeouts and cancellation, scheduled in WebAssembly.
 *
 * @module
 */
export { AsCompleted, asCompleted, type AsCompletedOptions } from "./src/as_completed.ts";
export { type Awaitable, isAwaitable, type Result } from "./src/awaitable.ts";
export { Barrier } from "./src/barrier.ts";
export type { Alarm, AlarmListener, Clock } from "./src/clock.ts";
export { Condition } from "./src/condition.ts";
export { Context, ContextVar, copyContext, type Token } from "./src/context.ts";
export { coroutine } from "./src/coroutine.ts";
export {
  allTasks,
  createTask,
  createTask as create_task,
  ensureFuture,
} from "./src/create_task.ts";
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
export { Event } from "./src/event.ts";
export {
  EventLoop,
  type ExceptionContext,
  type Executor,
  type LoopOptions,
} from "./src/event_loop.ts";
export { Future } from "./src/future.ts";
export { gather, type GatherOptions, type Outcomes, type Results } from "./src/gather.ts";
export { Handle, TimerHandle } from "./src/handle.ts";
export { type Coroutine, isCoroutine } from "./src/generator.ts";
export { iterate } from "./src/iterate.ts";
export { Lock } from "./src/lock.ts";
export type { Operation } from "./src/operation.ts";
export { LifoQueue, PriorityQueue, Queue } from "./src/queue.ts";
export { run, Runner, type RunOptions } from "./src/run.ts";
export { currentTask, getRunningLoop } from "./src/running.ts";
export type { Scheduler } from "./src/scheduler.ts";
export { BoundedSemaphore, Semaphore } from "./src/semaphore.ts";
export { shield } from "./src/shield.ts";
export { sleep } from "./src/sleep.ts";
export { Task, type TaskOptions } from "./src/task.ts";
export { type TaskGroup, taskGroup } from "./src/task_group.ts";
export {
  timeout,
  timeoutAt,
  type TimeoutScope,
  waitFor,
  waitFor as wait_for,
} from "./src/timeout.ts";
export { abortable, until } from "./src/until.ts";
export { type ReturnWhen, wait, type WaitOptions, type WaitResult } from "./src/wait.ts";
