// A group waits for all its children; they may add siblings while the group already waits to end.

import { sleep, type Task, type TaskGroup, taskGroup } from "../../mod.ts";
import type { Say } from "./harness.ts";

export default function* (say: Say) {
  const out: string[] = [];
  function* job(name: string, delay: number) {
    yield* sleep(delay);
    out.push(name);
    return name;
  }
  function* spawner(group: TaskGroup) {
    yield* sleep(30);
    group.createTask(job("grandchild", 30));
    out.push("spawned");
  }

  let a!: Task<string>;
  yield* taskGroup(function* (group) {
    a = group.createTask(job("a", 20), { name: "A" });
    group.createTask(spawner(group));
    out.push("body end");
  });
  say(out, a.result(), a.name);
}
