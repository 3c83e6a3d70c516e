// A read that is cancelled takes nothing: the next one gets every byte.

import {
  CancelledError,
  type Coroutine,
  createTask,
  sleep,
  type Task,
  TimeoutError,
  waitFor,
} from "../../mod.ts";
import { StreamReader } from "../../net.ts";
import { except, type Say } from "./harness.ts";

export default function* (say: Say) {
  function* cancelled(task: Task<Uint8Array>): Coroutine<void> {
    task.cancel();
    try {
      yield* task;
    } catch (error) {
      except(error, CancelledError);
      say("cancelled");
    }
  }

  const r = new StreamReader();
  let t = createTask(r.readexactly(6));
  yield* sleep(0);
  r.feedData("abc");
  yield* sleep(0);
  yield* cancelled(t);
  r.feedData("def");
  say(yield* r.readexactly(6));

  t = createTask(r.readline());
  yield* sleep(0);
  r.feedData("half a line");
  yield* cancelled(t);
  r.feedData(" and half\n");
  say(yield* r.readline());

  t = createTask(r.read(10));
  yield* sleep(0);
  r.feedData("woken");
  yield* cancelled(t);
  say(yield* r.read(10));

  try {
    yield* waitFor(r.readuntil(";"), 10);
  } catch (error) {
    except(error, TimeoutError);
    say("timeout");
  }
  r.feedData("a;");
  say(yield* r.readuntil(";"));
}
