// An error in the body of a group cancels the children and is one of the group's errors.

import { currentTask, sleep, type Task, taskGroup } from "../../mod.ts";
import { except, type Say } from "./harness.ts";

export default function* (say: Say) {
  const out: string[] = [];
  function* child(name: string) {
    try {
      yield* sleep(5000);
    } finally {
      out.push("end " + name);
    }
  }

  let a!: Task<void>;
  let b!: Task<void>;
  try {
    yield* taskGroup(function* (group) {
      a = group.createTask(child("a"));
      b = group.createTask(child("b"));
      yield* sleep(20);
      throw new RangeError("body");
    });
  } catch (error) {
    say(except(error, AggregateError).errors, out.toSorted());
  }
  say(a.cancelled(), b.cancelled(), currentTask()!.cancelling());

  // Children that never started are cancelled without running.
  let c!: Task<void>;
  try {
    yield* taskGroup(function* (group) {
      c = group.createTask(child("c"));
      throw new RangeError("at once");
    });
  } catch (error) {
    say(except(error, AggregateError).errors, out.toSorted(), c.cancelled());
  }
}
