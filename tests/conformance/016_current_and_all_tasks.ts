// currentTask() and allTasks() across tasks and plain callbacks.

import { allTasks, createTask, currentTask, getRunningLoop, sleep } from "../../mod.ts";
import type { Say } from "./harness.ts";

export default function* (say: Say) {
  const loop = getRunningLoop();
  const names = () => [...allTasks()].map((t) => t.name).sort();
  currentTask()!.name = "main";
  const got: unknown[] = [];
  function* child() {
    got.push(currentTask()!.name);
    yield* sleep(30);
    got.push(currentTask()!.name);
  }

  loop.callSoon(() => void got.push(currentTask() === null));
  const a = createTask(child(), { name: "A" });
  const b = createTask(child(), { name: "B" });
  say(names());
  yield* sleep(0);
  say(got);
  yield* a;
  yield* b;
  say(got);
  say(names());
  say(currentTask()!.name);
}
