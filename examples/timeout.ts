/**
 * A job that would take five seconds, cut off after two. The timeout cancels the job, so nothing
 * of it is left running when the error arrives.
 *
 *     deno run examples/timeout.ts
 *
 * @module
 */

import { run, sleep, TimeoutError, waitFor } from "../mod.ts";

function* longJob() {
  yield* sleep("5s");
  return "Task completed!";
}

/** Gives the job two seconds. */
export function* main() {
  try {
    console.log(yield* waitFor(longJob(), "2s"));
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    console.log("Task timed out!");
  }
}

if (import.meta.main) await run(main);
