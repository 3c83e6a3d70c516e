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

/** The errors that end the process with {@linkcode SIGINT_EXIT_CODE}. */
let endings: WeakSet<object> | undefined;

/** The exit code that shells know: 128 and the signal's number. */
const SIGINT_EXIT_CODE = 130;

/**
 * Has the process end as interrupted: when it ends by itself, and at once when nobody catches the error.
 * Hosts would then print a trace and say 1.
 */
export function endInterrupted(error: object): void {
  const process = host.process!;
  process.exitCode = SIGINT_EXIT_CODE;
  if (endings === undefined) {
    const ours = endings = new WeakSet();
    // A monitor changes nothing for other errors, as a listener for rejections would.
    process.on("uncaughtExceptionMonitor", (error) => {
      if (ours.has(error as object) && process.listenerCount("uncaughtException") === 0) {
        process.exit(SIGINT_EXIT_CODE);
      }
    });
  }
  endings.add(error);
}
