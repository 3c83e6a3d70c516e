// Cancelling the outermost task cancels what the innermost waits for; cleanup unwinds from the
// inside out, and every task of the chain ends cancelled.

import { CancelledError, createTask, sleep } from "../../mod.ts";
import { except, type Say } from "./harness.ts";

export default function* (say: Say) {
  const out: string[] = [];
  function* leaf() {
    try {
      yield* sleep(5000);
    } finally {
      out.push("leaf");
    }
  }
  function* mid() {
    try {
      yield* leafTask;
    } finally {
      out.push("mid");
    }
  }
  function* top() {
    try {
      yield* midTask;
    } finally {
      out.push("top");
    }
  }

  const leafTask = createTask(leaf());
  const midTask = createTask(mid());
  const topTask = createTask(top());
  yield* sleep(20);
  topTask.cancel();
  say([leafTask, midTask, topTask].map((t) => t.cancelling()));
  try {
    yield* topTask;
  } catch (error) {
    except(error, CancelledError);
    out.push("main");
  }
  say(out);
  say([leafTask, midTask, topTask].map((t) => t.cancelled()));
}
