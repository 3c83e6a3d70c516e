// Each task runs in a copy of its creator's context, taken when it is created.

import { ContextVar, copyContext, createTask, gather, getRunningLoop, sleep } from "../../mod.ts";
import type { Say } from "./harness.ts";

const v = new ContextVar<string>("v", { defaultValue: "default" });

export default function* (say: Say) {
  const loop = getRunningLoop();
  v.set("main");
  function* child(name: string) {
    const seen = [v.get()];
    v.set(name);
    yield* sleep(0);
    seen.push(v.get());
    return seen;
  }
  const a = createTask(child("a"));
  v.set("main2");
  const b = createTask(child("b"));
  say(yield* gather(a, b), v.get());
  say(yield* child("inline"), v.get()); // Awaited directly: the same context.

  const got: string[] = [];
  const note = () => void got.push(v.get());
  v.set("at-schedule");
  loop.callSoon(note);
  loop.callLater(20, note);
  const f = loop.createFuture<void>();
  f.addDoneCallback(note);
  v.set("later");
  f.setResult();
  yield* sleep(50);
  say(got);

  const context = copyContext();
  yield* createTask(child("shared"), { context });
  say(context.run(() => v.get()), v.get());
  loop.callSoon(() => void v.set("leak?"));
  yield* sleep(0);
  say(v.get());
}
