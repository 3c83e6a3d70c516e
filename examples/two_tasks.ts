/**
 * Two tasks that both start before either ends: the second needs less time, so it finishes first.
 *
 *     deno run examples/two_tasks.ts
 *
 * @module
 */

import { createTask, type Duration, run, sleep } from "../mod.ts";

function* work(name: string, duration: Duration) {
  console.log(`Task ${name} starting...`);
  yield* sleep(duration);
  console.log(`Task ${name} completed!`);
}

/** Starts both tasks, then waits for one after the other. */
export function* main() {
  const one = createTask(work("one", "2s"));
  const two = createTask(work("two", "1s"));
  yield* one;
  yield* two; // finished a second ago: this does not wait
}

if (import.meta.main) await run(main);
