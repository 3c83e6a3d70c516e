/**
 * Stack traces as people want to read them.
 *
 * @module
 */

let folder: string | undefined;

/**
 * The folder of this library's sources; empty in a bundle, where files can't be told apart. Found on
 * first use: a stack trace takes Deno some 2 ms the first time.
 */
function ownFolder(): string {
  return folder ??= /([a-z]+:\/\/\S*\/)kernel\/stack\.ts/.exec(new Error().stack ?? "")?.[1] ?? "";
}

/** The frames of a stack trace, innermost first, one line each. */
export function frames(stack: string | undefined): string[] {
  return (stack ?? "").split("\n")
    .filter((line) => /^\s*at |@/.test(line))
    .map((line) => line.trim().replace(/^at /, ""));
}

/** Only those frames that are the program's own. */
export function ownFrames(frames: string[]): string[] {
  const here = ownFolder();
  return frames.filter((frame) =>
    !/<anonymous>|\b(ext|node):/.test(frame) && !(here !== "" && frame.includes(here))
  );
}

const shown = new WeakSet<Error>();

/**
 * Adds the frames of the coroutines that waited to an error that comes from elsewhere, as native
 * `at async` does; called on their stack, before the error is thrown there. An error gets them once.
 */
export function showWaiters(error: unknown): unknown {
  try {
    if (!(error instanceof Error) || shown.has(error) || Object.isFrozen(error)) return error;
    shown.add(error);
    const waiters = ownFrames(frames(new Error().stack));
    const { stack } = error;
    if (typeof stack === "string" && waiters.length > 0) {
      error.stack = [stack, ...waiters.map((frame) => `    at async ${frame}`)].join("\n");
    }
  } catch { /* It is as it was. */ }
  return error;
}
