// An error that was set is thrown by every read from then on; two readers at once are refused.

import { type Coroutine, createTask, InvalidStateError, type Operation, sleep } from "../../mod.ts";
import { OSError, StreamReader } from "../../net.ts";
import { except, type Say, typeName } from "./harness.ts";

export default function* (say: Say) {
  function* attempt(wait: Operation<Uint8Array>): Coroutine<void> {
    try {
      say(yield* wait);
    } catch (error) {
      if (error instanceof OSError) say(error);
      else say(typeName(except(error, InvalidStateError)));
    }
  }

  let r = new StreamReader();
  say(r.exception());
  r.feedData("buffered\n");
  r.setException(new OSError("EIO", "broken"));
  say(r.exception());
  yield* attempt(r.readline());
  yield* attempt(r.read(3));
  yield* attempt(r.readexactly(3));
  yield* attempt(r.readuntil());

  r = new StreamReader();
  const t = createTask(attempt(r.readline()));
  yield* sleep(0);
  r.setException(new OSError("EIO", "amid a read"));
  yield* t;

  r = new StreamReader();
  const first = createTask(attempt(r.readline()));
  yield* sleep(0);
  yield* attempt(r.read(1));
  r.feedData("for the first\n");
  yield* first;
  yield* attempt(r.read(0));
}
