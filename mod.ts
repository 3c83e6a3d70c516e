/**
 * asyncio for TypeScript: coroutines, tasks, timeouts and cancellation, scheduled in WebAssembly.
 *
 * @module
 */
import "./src/loop/default_loop.ts";

export {
  AsCompleted,
  asCompleted,
  type AsCompletedOptions,
} from "./src/combinators/as_completed.ts";
export {
  gather,
  type GatherOptions,
  type Outcomes,
  type Results,
} from "./src/combinators/gather.ts";
export { iterate } from "./src/combinators/iterate.ts";
export { shield } from "./src/combinators/shield.ts";
export { type TaskGroup, taskGroup } from "./src/combinators/task_group.ts";
export { abortable, until, type UntilOptions } from "./src/combinators/until.ts";
export {
  type ReturnWhen,
  wait,
  type WaitOptions,
  type WaitResult,
} from "./src/combinators/wait.ts";
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
export type { Alarm, AlarmListener, Clock } from "./src/kernel/clock.ts";
export {
  allTasks,
  createTask,
  createTask as create_task,
  ensureFuture,
} from "./src/loop/create_task.ts";
export {
  EventLoop,
  type ExceptionContext,
  type Executor,
  type LoopOptions,
} from "./src/loop/event_loop.ts";
export { currentTask, getRunningLoop } from "./src/loop/running.ts";
export type { AbortSignalLike, HostAbortSignal } from "./src/portable.ts";
export type { Printable } from "./src/printing.ts";
export { run, Runner, type RunOptions } from "./src/run.ts";
export { Barrier } from "./src/sync/barrier.ts";
export { Condition } from "./src/sync/condition.ts";
export { Event } from "./src/sync/event.ts";
export { Lock } from "./src/sync/lock.ts";
export type { NameOptions } from "./src/sync/names.ts";
export { LifoQueue, PriorityQueue, Queue } from "./src/sync/queue.ts";
export { BoundedSemaphore, Semaphore } from "./src/sync/semaphore.ts";
export { type Awaitable, isAwaitable, type Result } from "./src/task/awaitable.ts";
export { Context, copyContext } from "./src/task/context.ts";
export { ContextVar, type Token } from "./src/task/context_var.ts";
export { coroutine } from "./src/task/coroutine.ts";
export { Future } from "./src/task/future.ts";
export { type Coroutine, isCoroutine } from "./src/task/generator.ts";
export { Handle, TimerHandle } from "./src/task/handle.ts";
export type { Operation } from "./src/task/operation.ts";
export { Task, type TaskOptions } from "./src/task/task.ts";
export { sleep } from "./src/time/sleep.ts";
export { timeout, timeoutAt, type TimeoutScope } from "./src/time/timeout.ts";
export { waitFor, waitFor as wait_for } from "./src/time/wait_for.ts";
