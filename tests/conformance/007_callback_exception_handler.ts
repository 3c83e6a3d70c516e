// An error in a callback goes to the exception handler with a context object; the rest of the turn
// still runs, and so does the loop.

import { type ExceptionContext, getRunningLoop, sleep } from "../../mod.ts";
import { type Say, typeName } from "./harness.ts";

export default function* (say: Say) {
  const loop = getRunningLoop();
  const contexts: ExceptionContext[] = [];
  loop.setExceptionHandler((context) => void contexts.push(context));

  function bad() {
    throw new RangeError("bad callback");
  }
  const out: number[] = [];
  const append = (n: number) => void out.push(n);
  loop.callSoon(append, 1);
  loop.callSoon(bad);
  loop.callSoon(append, 2);
  loop.callLater(30, bad);
  yield* sleep(60);

  say(out, contexts.length);
  for (const context of contexts) {
    const { exception } = context;
    say(
      context.loop === loop,
      "message" in context,
      typeName(exception),
      exception,
      "handle" in context,
    );
  }

  say(loop.getExceptionHandler() !== null);
  loop.setExceptionHandler(null);
  say(loop.getExceptionHandler());
}
