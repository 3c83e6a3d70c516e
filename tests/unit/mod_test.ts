/**
 * What the doors export.
 *
 * @module
 */

import { assertEquals, assertStrictEquals } from "@std/assert";
import * as mod from "../../mod.ts";
import * as testing from "../../testing.ts";

const names = `
  AsCompleted Barrier BoundedSemaphore BrokenBarrierError CancelledError Condition Context
  ContextVar DeadlockError Event EventLoop Future Handle InvalidStateError LifoQueue Lock
  PriorityQueue Queue QueueEmpty QueueFull QueueShutDown Runner Semaphore Task TimeoutError
  TimerHandle abortable allTasks asCompleted copyContext coroutine createTask create_task
  currentTask ensureFuture gather getRunningLoop isAwaitable isCoroutine iterate run shield sleep
  taskGroup timeout timeoutAt until wait waitFor wait_for
`;

Deno.test("mod.ts exports what it promises, and nothing else", () => {
  assertEquals(Object.keys(mod).sort(), names.trim().split(/\s+/).sort());
});

Deno.test("the two spellings of the tutorials are plain aliases", () => {
  assertStrictEquals(mod.wait_for, mod.waitFor);
  assertStrictEquals(mod.create_task, mod.createTask);
});

Deno.test("testing.ts exports the virtual clock", () => {
  assertEquals(typeof testing.VirtualClock, "function");
});
