// An end that comes too early: the error has what there was, and the reader is empty then.

import { type Coroutine, createTask, type Operation, sleep } from "../../mod.ts";
import { IncompleteReadError, StreamReader } from "../../net.ts";
import { except, type Say, typeName } from "./harness.ts";

export default function* (say: Say) {
  function* incomplete(wait: () => Operation<Uint8Array>): Coroutine<void> {
    try {
      yield* wait();
    } catch (error) {
      const { partial, expected } = except(error, IncompleteReadError);
      say("incomplete", partial, expected);
    }
  }

  let r = new StreamReader();
  r.feedData("abc");
  r.feedEof();
  yield* incomplete(() => r.readexactly(5));
  say(r.atEof(), yield* r.read());

  r = new StreamReader();
  r.feedData("no newline");
  r.feedEof();
  yield* incomplete(() => r.readuntil());
  say(r.atEof());

  r = new StreamReader();
  const t = createTask(incomplete(() => r.readexactly(4)));
  yield* sleep(0);
  r.feedData("ab");
  yield* sleep(0);
  say(t.done());
  r.feedEof();
  yield* t;

  r = new StreamReader();
  r.feedEof();
  yield* incomplete(() => r.readexactly(1));
  yield* incomplete(() => r.readuntil("--"));
  try {
    yield* r.readexactly(-1);
  } catch (error) {
    say(typeName(error));
  }
  try {
    yield* r.readuntil("");
  } catch (error) {
    say(typeName(error));
  }
}
