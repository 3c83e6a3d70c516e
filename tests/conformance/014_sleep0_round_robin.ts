// sleep(0) gives every other ready task exactly one turn.

import { gather, sleep } from "../../mod.ts";
import type { Say } from "./harness.ts";

export default function* (say: Say) {
  const out: string[] = [];
  function* w(name: string, n: number) {
    for (let i = 0; i < n; i++) {
      out.push(name + i);
      yield* sleep(0);
    }
  }

  yield* gather(w("a", 3), w("b", 2), w("c", 4));
  say(out.join(" "));
  say(yield* sleep(0, "res"), yield* sleep(-1, "neg"));
}
