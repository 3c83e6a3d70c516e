/**
 * Who hears SIGINT, which is what Ctrl-C sends: for `run`, and for those who take it from `run`.
 *
 * The first SIGINT calls everybody who listens. From then on the host is left alone, so that the second
 * one does what it does in any program: it ends the process. That lasts until all who have heard the
 * first are done with it.
 *
 * @module
 */

interface Process {
  exitCode?: number | string | null;
  exit(code: number): void;
  listenerCount(event: string): number;
  on(event: string, listener: (error: unknown) => void): void;
  off(event: string, listener: () => void): void;
}

type Listen = (signal: "SIGINT", listener: () => void) => void;

interface Host {
  Deno?: { addSignalListener: Listen; removeSignalListener: Listen };
  process?: Process;
  DedicatedWorkerGlobalScope?: unknown;
}

const host = globalThis as Host;

const listeners = new Set<() => void>();
/** Whether those who listen have been called. */
let heard = false;
/** How many have taken SIGINT away. */
let takers = 0;
let installed = false;

/**
 * Has a function called at the next SIGINT, unless it was taken by {@linkcode takeInterrupts}. Without a
 * process to hear of, in browsers and in worker threads, it never is.
 */
export function addInterruptListener(listener: () => void): void {
  listeners.add(listener);
  update();
}

/** Takes it back; whoever was called says so when it has ended. */
export function removeInterruptListener(listener: () => void): void {
  listeners.delete(listener);
  update();
}

/**
 * Keeps SIGINT from the listeners. Whoever does so listens first: between two listeners the host would
 * end the process.
 *
 * @returns Gives it back, once.
 */
export function takeInterrupts(): () => void {
  let taken = 1;
  takers++;
  update();
  return () => {
    takers -= taken;
    taken = 0;
    // Not at once: Deno tells a listener of the very signal during which it was added.
    queueMicrotask(update);
  };
}

/** Listens to the host if there is a reason to. A listener keeps no process alive. */
function update(): void {
  heard &&= listeners.size > 0;
  const wanted = listeners.size > 0 && !heard && takers === 0;
  if (wanted === installed) return;
  installed = wanted;
  const { Deno } = host;
  try {
    // Where there is Deno, its `process` is left alone: to touch it takes 12 ms.
    if (!Deno) host.process?.[wanted ? "on" : "off"]("SIGINT", onSigint);
    // Deno would tell its workers as well; Node doesn't.
    else if (!host.DedicatedWorkerGlobalScope) {
      Deno[wanted ? "addSignalListener" : "removeSignalListener"]("SIGINT", onSigint);
    }
  } catch {
    // A host without signals.
  }
}

function onSigint(): void {
  heard = true;
  update();
  for (const listener of [...listeners]) listener();
}

/** What aborts an abort signal when a signal of the system's arrives: `interrupted()` of process.ts. */
export interface Interruption {
  /** With what the process ends if nobody catches the cancel that it has caused. */
  readonly exitCode: number;
  /** Somebody was given the abort signal, to run programs with. */
  enter(): void;
  /** That is over. */
  leave(): void;
  /** A program begins, and may wait for nothing else; the result says that it has ended. */
  wait(): () => void;
}

/** Those that there are, by their abort signals. */
export const interruptions = /* @__PURE__ */ new WeakMap<object, Interruption>();

/** The errors that end the process, with their exit codes. */
let endings: WeakMap<object, number> | undefined;

/** The exit code that shells know: 128 and the signal's number. */
const SIGINT_EXIT_CODE = 130;

/** Has the process end as interrupted by SIGINT: when it ends by itself, and as {@linkcode endQuietly}. */
export function endInterrupted(error: object): void {
  host.process!.exitCode = SIGINT_EXIT_CODE;
  endQuietly(error, SIGINT_EXIT_CODE);
}

/**
 * Has the process end with an exit code when nobody catches the error. Hosts would print a trace and
 * say 1.
 */
export function endQuietly(error: object, exitCode: number): void {
  if (endings === undefined) {
    const ours = endings = new WeakMap();
    const process = host.process!;
    // A monitor changes nothing for other errors, as a listener for rejections would.
    process.on("uncaughtExceptionMonitor", (error) => {
      const code = ours.get(error as object);
      if (code !== undefined && process.listenerCount("uncaughtException") === 0) {
        process.exit(code);
      }
    });
  }
  endings.set(error, exitCode);
}
