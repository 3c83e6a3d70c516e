// Any number may wait for a child, and a wait that is cancelled leaves it alone.

import { createTask, gather, sleep, TimeoutError, wait, waitFor } from "../../mod.ts";
import { createSubprocessExec } from "../../process.ts";
import { except, type Say } from "./harness.ts";

export default function* (say: Say) {
  const p = yield* createSubprocessExec("cat", [], { stdin: "pipe", stdout: "pipe" });
  const [first, ...others] = [1, 2, 3].map(() => createTask(p.wait()));
  yield* sleep(10);
  first.cancel();
  yield* wait([first]);
  say(first.cancelled(), p.returncode);
  try {
    yield* waitFor(p.wait(), 10);
  } catch (error) {
    except(error, TimeoutError);
    say("timeout", p.returncode);
  }
  p.stdin!.write("still there");
  p.stdin!.writeEof();
  say(yield* p.stdout!.read());
  say(yield* gather(...others), p.returncode);
  say(yield* p.wait());
}
