// The modes of wait(): FIRST_COMPLETED leaves the rest running and uncancelled.

import { createTask, sleep, type Task, wait } from "../../mod.ts";
import type { Say } from "./harness.ts";

export default function* (say: Say) {
  function* job(name: string, delay: number) {
    yield* sleep(delay);
    return name;
  }
  const task = (name: string, delay: number) => createTask(job(name, delay), { name });
  const names = (tasks: Set<Task<string>>) => [...tasks].map((t) => t.name).sort();

  const ts = new Set([task("a", 90), task("b", 30), task("c", 150)]);
  let { done, pending } = yield* wait(ts, { returnWhen: "FIRST_COMPLETED" });
  say(names(done), names(pending));
  ({ done, pending } = yield* wait(pending, { timeout: 90 }));
  say(names(done), names(pending));
  ({ done, pending } = yield* wait(pending));
  say(names(done), names(pending));
  ({ done, pending } = yield* wait(ts, { timeout: 0 }));
  say(names(done), names(pending));
}
