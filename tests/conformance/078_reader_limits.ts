// Lines that are longer than the limit: readuntil leaves everything where it is, readline throws the
// line away. Both errors are one class here, and a ValueError of Python's is thrown by readline.

import type { Coroutine, Operation } from "../../mod.ts";
import { LimitOverrunError, StreamReader } from "../../net.ts";
import { except, type Say } from "./harness.ts";

export default function* (say: Say) {
  function* overrun(wait: Operation<Uint8Array>): Coroutine<void> {
    try {
      yield* wait;
    } catch (error) {
      say("overrun", except(error, LimitOverrunError).consumed);
    }
  }

  function* tooLong(wait: Operation<Uint8Array>): Coroutine<void> {
    try {
      yield* wait;
    } catch (error) {
      except(error, LimitOverrunError);
      say("ValueError");
    }
  }

  let r = new StreamReader({ limit: 4 });
  r.feedData("12345\n678");
  yield* overrun(r.readuntil());
  say(yield* r.read(3));
  yield* overrun(r.readline());

  r = new StreamReader({ limit: 4 });
  r.feedData("abcdef");
  yield* overrun(r.readuntil());
  say(yield* r.readexactly(6));

  r = new StreamReader({ limit: 4 });
  r.feedData("12345\nok\nrest");
  yield* tooLong(r.readline());
  say(yield* r.readline());
  r.feedEof();
  say(yield* r.readline());

  r = new StreamReader({ limit: 4 });
  r.feedData("1234567");
  yield* tooLong(r.readline());
  r.feedData("8\n");
  say(yield* r.readline());

  r = new StreamReader({ limit: 4 });
  r.feedData("123\n");
  say(yield* r.readuntil());
  r.feedData("1234\n");
  say(yield* r.readuntil());
  r.feedData("abc--def--");
  say(yield* r.readuntil("--"), yield* r.readuntil("--"));

  r = new StreamReader({ limit: 2 });
  r.feedData("a long text");
  say(yield* r.readexactly(6));
  r.feedEof();
  say(yield* r.read());
}
