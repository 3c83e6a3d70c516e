/**
 * Stack traces as people want to read them.
 *
 * @module
 */

import { withoutFrames } from "../errors.ts";

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
  return frames.filter((frame) => !/\b(ext|node):/.test(frame) && !isInternal(frame));
}

/** Where the program called into this library; empty where that can't be told. */
export function callSite(): string {
  return ownFrames(frames(new Error().stack))[0] ?? "";
}

/** Whether a frame is this library's, or of what calls it and is called by it. */
function isInternal(frame: string): boolean {
  const here = ownPlace();
  // In Node, with source maps, a function without a name is `<anonymous> (place)`.
  return /<anonymous>(?! \()|\bext:core\b/.test(frame) || here !== "" && frame.includes(here);
}

/**
 * Takes the frames of this library out of an error's stack, for those that a program has not caught.
 * It takes some 50 µs.
 */
export function tidy(error: unknown): void {
  try {
    if (!(error instanceof Error) || Object.isFrozen(error)) return;
    if (error instanceof AggregateError) error.errors.forEach(tidy);
    const lines = error.stack!.split("\n");
    const kept = lines.filter((line) => !/^\s*at /.test(line) || !isInternal(line));
    if (kept.length < lines.length) setStack(error, kept);
  } catch { /* It is as it was. */ }
}

/** Deno prints the frames that it noted when the stack was read: here it notes that there are none. */
function setStack(error: Error, lines: string[]): void {
  withoutFrames(() => Error.captureStackTrace?.(error));
  error.stack = (error.stack, lines.join("\n"));
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
      setStack(error, [stack, ...waiters.map((frame) => `    at async ${frame}`)]);
    }
  } catch { /* It is as it was. */ }
  return error;
}
