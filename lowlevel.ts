/**
 * For those who extend the library: how to make awaitables and primitives of one's own. Programs don't
 * need it day by day.
 *
 * @module
 */
import "./src/loop/default_loop.ts";

export type { Binding, Kernel, Report, Variables } from "./src/kernel/kernel.ts";
export { suspend } from "./src/task/awaitable.ts";
export { WaitQueue, type WaitQueuePolicy } from "./src/sync/wait_queue.ts";
