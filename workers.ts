/**
 * Threads: functions that run beside the event loop, in a pool of workers.
 *
 * @module
 */
import "./src/loop/default_loop.ts";

export {
  type JobArgs,
  type JobName,
  type JobResult,
  type Jobs,
  WorkerPool,
  type WorkerPoolOptions,
} from "./src/workers/pool.ts";
export { toThread } from "./src/workers/to_thread.ts";
export { cancelled, transfer } from "./src/workers/transfer.ts";
export { WorkerError } from "./src/workers/worker_error.ts";
