// createTask() only schedules: a body starts after its creator waits, in the order of creation.

import { createTask, sleep } from "../../mod.ts";
import type { Say } from "./harness.ts";

export default function* (say: Say) {
  const out: string[] = [];
  function* body(n: number) {
    out.push(`start${n}`);
    yield* sleep(0);
    out.push(`end${n}`);
    return n * 10;
  }

  const ts = [0, 1, 2].map((i) => createTask(body(i), { name: `job${i}` }));
  out.push("created");
  say(out, ts.map((t) => t.name));
  yield* sleep(0);
  say(out);
  yield* sleep(0);
  say(out, ts.map((t) => t.done()));
  say(ts.map((t) => t.result()));
  ts[0].name = "renamed";
  say(ts[0].name);
}
