/**
 * Stack traces as people want to read them.
 *
 * @module
 */

let place: string | undefined;

/**
 * Where this library's code is: the folder of its sources, or the file in which they are released.
 * Empty in the bundle of a program, where frames can't be told apart. Found on first use: a stack trace
 * takes Deno some 2 ms the first time.
 */
function ownPlace(): string {
  if (place === undefined) {
    const here = /((?:[a-z]+:\/\/)?\/\S*\/)(?:kernel\/stack\.ts|(wasyncio[-.]\S*js))/;
    const [, folder = "", file = ""] = here.exec(new Error().stack ?? "") ?? [];
    place = folder + file;
  }
  return place;
}

/** The frames of a stack trace, innermost first, one line each. */
export function frames(stack: string | undefined): string[] {
  return (stack ?? "").split("\n")
    .filter((line) => /^\s*at |@/.test(line))
    .map((line) => line.trim().replace(/^at /, ""));
}

/** Only those frames that are the program's own. */
export function ownFrames(frames: string[]): string[] {
  const here = ownPlace();
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
