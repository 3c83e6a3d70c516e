// How many turns a reader takes: none when the bytes are there already.

import { type Coroutine, createTask, sleep } from "../../mod.ts";
import { StreamReader } from "../../net.ts";
import type { Say } from "./harness.ts";

export default function* (say: Say) {
  let turn = 0;
  const ticker = createTask(function* () {
    for (;;) {
      turn++;
      yield* sleep(0);
    }
  });
  yield* sleep(0);
  const r = new StreamReader();
  r.feedData("a\nb\nc\nd");
  const before = turn;
  for (let i = 0; i < 3; i++) yield* r.readline();
  yield* r.read(1);
  say("turns", turn - before);
  const order: string[] = [];
  function* reader(): Coroutine<void> {
    order.push("reads");
    order.push(new TextDecoder().decode(yield* r.readline()).trim());
  }
  const reading = createTask(reader());
  yield* sleep(0);
  order.push("feeds");
  r.feedData("x\n");
  order.push("fed");
  yield* reading;
  say(order);
  ticker.cancel();
}
