// A task that cancels itself notices at its next suspension; if it returns before one, it still ends
// as cancelled; if it throws, its error wins. Waiting for what never suspends is no suspension.

import { CancelledError, createTask, currentTask, sleep } from "../../mod.ts";
import { except, type Say, typeName } from "./harness.ts";

export default function* (say: Say) {
  const out: unknown[] = [];
  function* a() {
    currentTask()!.cancel();
    out.push("after cancel");
    // deno-lint-ignore require-yield -- it must not suspend
    function* nosuspend() {
      return 1;
    }
    out.push(yield* nosuspend());
    yield* sleep(0);
    out.push("never");
  }
  // deno-lint-ignore require-yield -- it returns before it could suspend
  function* b() {
    currentTask()!.cancel();
    return "ignored";
  }
  // deno-lint-ignore require-yield -- it throws before it could suspend
  function* c() {
    currentTask()!.cancel();
    throw new RangeError("wins");
  }

  for (const fn of [a, b, c]) {
    const t = createTask<unknown>(fn());
    try {
      say(fn.name, yield* t);
    } catch (error) {
      if (error instanceof CancelledError) say(fn.name, typeName(error), t.cancelled());
      else say(fn.name, typeName(except(error, RangeError)), error, t.cancelled());
    }
  }
  say(out);
}
