/**
 * Threads in Node, by `node:worker_threads`.
 *
 * @module
 */
import { threadCode } from "../thread_code.ts";
import type { Thread, ThreadEvents, ThreadPort, Threads } from "../threads.ts";

interface Worker {
  postMessage(message: unknown, transfer: object[]): void;
  terminate(): Promise<number>;
  ref(): void;
  unref(): void;
  on(event: "message" | "messageerror" | "error", listener: (value: unknown) => void): void;
  on(event: "exit", listener: (code: number) => void): void;
}

interface WorkerThreads {
  Worker: new (code: string, options: { eval: true; name: string }) => Worker;
  parentPort: {
    postMessage(message: unknown, transfer: object[]): void;
    on(event: "message" | "messageerror", listener: (value: unknown) => void): void;
  };
}

interface Process {
  getBuiltinModule(name: "node:worker_threads"): WorkerThreads;
  getBuiltinModule(name: "node:os"): { availableParallelism(): number };
  on(event: "uncaughtException", listener: (error: unknown) => void): void;
}

/** The threads of Node. */
export function nodeThreads(): Threads {
  const { process } = globalThis as unknown as { process: Process };
  return {
    parallelism: process.getBuiltinModule("node:os").availableParallelism(),
    keepsProcess: false,
    start: (main, name, events) => start(process, main, name, events),
  };
}

function start(process: Process, main: string, name: string, events: ThreadEvents): Thread {
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  // Sloppy code would see the names of a CommonJS module, which jobs have no business with.
  const worker = new Worker(`"use strict"; ${threadCode(main, insideWorker)}`, {
    eval: true,
    name,
  });
  worker.on("message", (message) => events.onMessage(message));
  worker.on(
    "messageerror",
    () => events.onDeath(new TypeError("A message of a thread can't be read here")),
  );
  worker.on("error", (error) => events.onDeath(error));
  worker.on(
    "exit",
    (code) => events.onDeath(new Error(`The thread has exited with code ${code}`)),
  );
  let refed = true;
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    terminate: () => void worker.terminate(),
    setBusy(busy) {
      if (busy === refed) return;
      refed = busy;
      if (busy) worker.ref();
      else worker.unref();
    },
  };
}

/** Runs inside the worker, where it comes as its source text: it sees nothing of this file. */
function insideWorker(): ThreadPort {
  const { process } = globalThis as unknown as { process: Process };
  const { parentPort } = process.getBuiltinModule("node:worker_threads");
  return {
    post: (message, transfer) => parentPort.postMessage(message, transfer),
    listen: (onMessage) => parentPort.on("message", onMessage),
    watch(die) {
      parentPort.on("messageerror", () => die(new TypeError("The thread can't read a message")));
      process.on("uncaughtException", die);
    },
  };
}
