// A barrier lets exactly `parties` tasks through, gives each its own index, and can be used again.

import { Barrier, createTask, gather, sleep } from "../../mod.ts";
import { except, type Say, typeName } from "./harness.ts";

export default function* (say: Say) {
  const bar = new Barrier(3);
  const indexes: number[] = [];
  const log: string[] = [];
  function* w(n: number) {
    for (let round = 0; round < 2; round++) {
      yield* sleep(20 * n);
      log.push(`r${round} arrive ${n}`);
      indexes.push(yield* bar.wait());
      log.push(`r${round} pass`);
    }
  }
  yield* gather([0, 1, 2].map(w));
  say(log);
  say(indexes.toSorted(), bar.nWaiting, bar.parties, bar.broken);

  const t = createTask(bar.wait());
  yield* sleep(0);
  say(bar.nWaiting);
  t.cancel();
  yield* sleep(0);
  yield* sleep(0);
  say(bar.nWaiting, bar.broken, t.cancelled());

  say("index", yield* new Barrier(1).wait());
  try {
    new Barrier(0);
  } catch (error) {
    say(typeName(except(error, RangeError)));
  }
}
