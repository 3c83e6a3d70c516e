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
  return folder ??= /([a-z]+:\/\/\S*\/)stack\.ts/.exec(new Error().stack ?? "")?.[1] ?? "";
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
