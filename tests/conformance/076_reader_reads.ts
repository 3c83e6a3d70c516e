// What each way of reading takes from a StreamReader that is fed by hand, and what it leaves.

import { createTask, iterate, sleep } from "../../mod.ts";
import { StreamReader } from "../../net.ts";
import type { Say } from "./harness.ts";

export default function* (say: Say) {
  let r = new StreamReader();
  r.feedData("one two three\nfour\nfive");
  say(yield* r.read(4), yield* r.readexactly(3), yield* r.readuntil("t"));
  say(yield* r.read(0), r.atEof());
  say(yield* r.readline(), yield* r.readline());
  r.feedEof();
  say(r.atEof(), yield* r.readline(), r.atEof());
  say(yield* r.readline(), yield* r.read(), yield* r.read(5), yield* r.readexactly(0));

  r = new StreamReader();
  const whole = createTask(r.read());
  for (const part of ["a", "b", "c"]) {
    yield* sleep(0);
    r.feedData(part);
  }
  yield* sleep(0);
  say(whole.done());
  r.feedEof();
  say(yield* whole);

  r = new StreamReader();
  const some = createTask(r.read(100));
  yield* sleep(0);
  r.feedData("xy");
  r.feedData("z");
  say(yield* some);

  r = new StreamReader();
  r.feedData("a\nb\n\nlast");
  r.feedEof();
  yield* iterate(r, (line) => void say("line", line));
  say(r.atEof());
}
