// The body of a task that was cancelled before its first step never runs.

import { CancelledError, createTask, sleep } from "../../mod.ts";
import { except, type Say, typeName } from "./harness.ts";

export default function* (say: Say) {
  const ran: string[] = [];
  function* body() {
    ran.push("entered");
    try {
      yield* sleep(30);
    } finally {
      ran.push("finally");
    }
  }

  const t = createTask(body());
  say("cancel", t.cancel(), t.cancelled(), t.done(), t.cancelling());
  try {
    yield* t;
  } catch (error) {
    say(typeName(except(error, CancelledError)));
  }
  say(ran, t.cancelled(), t.done());
  say("cancel again", t.cancel(), t.cancelling());
}
