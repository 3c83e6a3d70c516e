// Eager tasks: a body runs synchronously up to its first real suspension, in its own context and as
// the current task. The eager task factory is an option of run() here.

import {
  CancelledError,
  ContextVar,
  createTask,
  currentTask,
  gather,
  sleep,
  taskGroup,
} from "../../mod.ts";
import { except, type Run, type Say } from "./harness.ts";

const v = new ContextVar<string>("v", { defaultValue: "unset" });

export default async function (say: Say, run: Run) {
  await run(() => main(say), { eager: true });
}

function* main(say: Say) {
  const out: unknown[] = [];
  const me = currentTask()!;
  // deno-lint-ignore require-yield -- it must end in its first step
  function* quick(n: string) {
    out.push("quick" + n);
    v.set("changed inside");
    out.push(currentTask() !== me);
    return n;
  }
  function* blocks() {
    out.push("before");
    yield* sleep(0);
    out.push("after");
    return "b";
  }
  // deno-lint-ignore require-yield -- it must end in its first step
  function* fails() {
    throw new RangeError("eager");
  }

  const t = createTask(quick("1"));
  say(t.done(), t.result(), out, currentTask() === me, v.get());
  const b = createTask(blocks());
  out.push("creator continues");
  say(b.done(), out.slice(2));
  say(yield* b, out.at(-1));
  const f = createTask(fails());
  say("failed", f.done(), f.exception());
  say(t.cancel(), t.cancelled());
  const g = gather(quick("2"), quick("3"));
  say("gather done", g.done(), yield* g);

  const c = createTask(blocks());
  c.cancel("m");
  try {
    yield* c;
  } catch (error) {
    say("cancelled after first step", [except(error, CancelledError).message]);
  }
  try {
    yield* taskGroup(function* (group) {
      group.createTask(fails());
      out.push("body still runs");
    });
  } catch (error) {
    say(except(error, AggregateError).errors, out.at(-1), currentTask()!.cancelling());
  }
}
