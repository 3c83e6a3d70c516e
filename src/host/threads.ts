/**
 * What a host must give for threads, and which host gives it.
 *
 * @module
 */
import { InvalidStateError } from "../errors.ts";
import { nodeThreads } from "./node/threads.ts";
import { webThreads } from "./web/threads.ts";

/** What whoever starts a thread is told. */
export interface ThreadEvents {
  /** The thread has sent a message. */
  onMessage(message: unknown): void;
  /** It is dead, or can't be talked to any more; still to be ended. */
  onDeath(error: unknown): void;
}

/** A thread that was started. */
export interface Thread {
  /**
   * Sends a clone of a message.
   *
   * @param message What to send.
   * @param transfer What of it is handed over instead of being cloned.
   * @throws The host's `DataCloneError`, and then nothing was sent.
   */
  post(message: unknown, transfer: object[]): void;
  /** Ends it, as well as the host can; doing so again is harmless. */
  terminate(): void;
  /** Says whether the thread has work, and so a right to keep the process from ending. */
  setBusy(busy: boolean): void;
}

/** How code inside a thread talks to whoever started it. */
export interface ThreadPort {
  /** Sends a clone of a message. */
  post(message: unknown, transfer: object[]): void;
  /** Says what is called with each message. */
  listen(onMessage: (message: unknown) => void): void;
  /** Says what is called when the thread must be given up: an error that nobody catches, an exit. */
  watch(die: (error: unknown) => void): void;
}

/** What a host must give for threads. */
export interface Threads {
  /** How many of them can run at once. */
  readonly parallelism: number;
  /** Whether a thread that does nothing keeps the process alive, whatever `setBusy` said. */
  readonly keepsProcess: boolean;
  /**
   * Starts one.
   *
   * @param main The source of a function that takes a {@linkcode ThreadPort}; what the thread runs.
   * @param name What debuggers call it.
   * @param events Are told of what becomes of it.
   */
  start(main: string, name: string, events: ThreadEvents): Thread;
}

interface Host {
  Deno?: unknown;
  Bun?: unknown;
  Worker?: unknown;
  process?: { versions?: { node?: string }; getBuiltinModule?: unknown };
}

/**
 * The threads of the host.
 *
 * @throws {InvalidStateError} Where there are none.
 */
export function threads(): Threads {
  const host = globalThis as Host;
  // Where there is Deno, its `process` is left alone: to touch it takes 12 ms. And `node/builtin.ts` would
  // be one more file to load, for those who import nothing else that needs it.
  if (!host.Deno && !host.Bun && host.process?.versions?.node) {
    if (typeof host.process.getBuiltinModule === "function") return nodeThreads();
    const version = host.process.versions.node;
    throw new InvalidStateError(
      `Threads need Node 20.16 or later, in its line 22 22.3, got ${version}`,
    );
  }
  if (typeof host.Worker === "function") return webThreads();
  throw new InvalidStateError("This host has no threads: it has no Worker");
}
