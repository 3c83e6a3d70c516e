/**
 * The code that a thread begins with, as text.
 *
 * @module
 */
import type { ThreadPort } from "./threads.ts";

/**
 * Has a thread run a function.
 *
 * @param main The source of a function that takes a {@linkcode ThreadPort}.
 * @param insideThread Makes that port, in the thread, where it comes as its source text.
 */
export function threadCode(main: string, insideThread: () => ThreadPort): string {
  // Tools that keep the names of functions wrap them in calls of this, here and in the texts of jobs.
  return `globalThis.__name ??= (fn) => fn; (${main})((${insideThread})())`;
}
