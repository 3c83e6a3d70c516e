// asCompleted() gives results in order of completion; an error is thrown in its own place and does
// not end the iteration.

import { asCompleted, type Coroutine, sleep } from "../../mod.ts";
import { except, type Say } from "./harness.ts";

export default function* (say: Say) {
  function* job(name: string, delay: number, fail = false) {
    yield* sleep(delay);
    if (fail) throw new RangeError(name);
    return name;
  }

  for (const next of asCompleted([job("c", 90), job("a", 30), job("b", 60, true)])) {
    try {
      say("ok", yield* next);
    } catch (error) {
      say("fail", except(error, RangeError));
    }
  }

  const nothing: Coroutine<string>[] = [];
  say("empty", [...asCompleted(nothing)].length);
}
