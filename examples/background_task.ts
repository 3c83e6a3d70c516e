/**
 * A task made now and awaited later: the kettle boils while the toast is being made, and whoever
 * wants the tea waits only for what is left of the boiling.
 *
 *     deno run examples/background_task.ts
 *
 * @module
 */

import { createTask, run, sleep } from "../mod.ts";

function* makeTea() {
  console.log("The kettle is on.");
  yield* sleep("2s");
  console.log("The tea is ready.");
  return "tea";
}

function* makeToast() {
  console.log("The bread is in the toaster.");
  yield* sleep("1s");
  console.log("The toast is ready.");
  return "toast";
}

/** Makes breakfast in two seconds instead of three. */
export function* main() {
  const tea = createTask(makeTea());
  const toast = yield* makeToast(); // the task starts as soon as this waits
  console.log(`Breakfast: ${toast} and ${yield* tea}.`);
}

if (import.meta.main) await run(main);
