/**
 * Threads where they are the web's workers: in browsers, Deno and Bun.
 *
 * A thread's code is a `blob:`, so that a program is one file even when it is bundled, and a policy must
 * allow that: `worker-src blob:`.
 *
 * @module
 */
import { threadCode } from "../thread_code.ts";
import type { Thread, ThreadEvents, ThreadPort, Threads } from "../threads.ts";

interface WorkerEvent {
  data?: unknown;
  message?: string;
  preventDefault(): void;
}

interface Worker {
  postMessage(message: unknown, transfer: object[]): void;
  terminate(): void;
  onmessage: (event: WorkerEvent) => void;
  onmessageerror: (event: WorkerEvent) => void;
  onerror: (event: WorkerEvent) => void;
}

interface Host {
  Deno?: unknown;
  Worker: new (url: string, options: { type: "module"; name: string }) => Worker;
  Blob: new (parts: string[], options: { type: string }) => object;
  URL: { createObjectURL(blob: object): string };
  navigator?: { hardwareConcurrency?: number };
}

/** The URL of each code that was started: they are few, and threads are started again and again. */
const urls = new Map<string, string>();

/** The threads of browsers, Deno and Bun. */
export function webThreads(): Threads {
  const host = globalThis as unknown as Host;
  return {
    parallelism: host.navigator?.hardwareConcurrency ?? 1,
    keepsProcess: host.Deno !== undefined,
    start: (main, name, events) => start(host, main, name, events),
  };
}

function start(host: Host, main: string, name: string, events: ThreadEvents): Thread {
  let url = urls.get(main);
  if (url === undefined) {
    const code = threadCode(main, insideWorker);
    url = host.URL.createObjectURL(new host.Blob([code], { type: "text/javascript" }));
    urls.set(main, url);
  }
  const worker = new host.Worker(url, { type: "module", name });
  worker.onmessage = (event) => events.onMessage(event.data);
  worker.onmessageerror = () =>
    events.onDeath(new TypeError("A message of a thread can't be read here"));
  worker.onerror = (event) => {
    event.preventDefault(); // In Deno, it would end the whole process.
    events.onDeath(new Error(event.message || "The thread could not be started"));
  };
  return {
    post: (message, transfer) => worker.postMessage(message, transfer),
    terminate: () => worker.terminate(),
    setBusy() {},
  };
}

interface Scope {
  postMessage(message: unknown, transfer: object[]): void;
  addEventListener(
    type: string,
    listener: (
      event: {
        data?: unknown;
        error?: unknown;
        message?: string;
        reason?: unknown;
        preventDefault(): void;
      },
    ) => void,
  ): void;
  close(): void;
  Deno?: { exit(code?: number): never };
}

/** Runs inside the worker, where it comes as its source text: it sees nothing of this file. */
function insideWorker(): ThreadPort {
  const scope = globalThis as unknown as Scope;
  // Programs may replace these, and what they send would be taken for ours.
  const post = scope.postMessage.bind(scope);
  return {
    post,
    listen(onMessage) {
      // Not as `onmessage`, which programs may replace as well.
      scope.addEventListener("message", (event) => onMessage(event.data));
    },
    watch(die) {
      scope.addEventListener("messageerror", () => {
        die(new TypeError("The thread can't read a message"));
      });
      scope.addEventListener("error", (event) => {
        event.preventDefault();
        die(event.error ?? new Error(event.message));
      });
      scope.addEventListener("unhandledrejection", (event) => {
        event.preventDefault();
        die(event.reason);
      });
      // Of these the host tells nobody.
      const { close, Deno } = scope;
      scope.close = () => {
        die(new Error("close() was called"));
        close.call(scope);
      };
      const exit = Deno?.exit;
      if (Deno && exit) {
        Deno.exit = (code) => {
          die(new Error("Deno.exit() was called"));
          return exit(code);
        };
      }
    },
  };
}
