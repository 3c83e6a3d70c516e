// A body that swallows its timeout's CancelledError leaves the scope normally, without TimeoutError
// and with the cancel count restored.

import { CancelledError, currentTask, sleep, timeout, type TimeoutScope } from "../../mod.ts";
import { except, KeyError, type Say, typeName } from "./harness.ts";

export default function* (say: Say) {
  const me = currentTask()!;
  let cm!: TimeoutScope;

  yield* timeout(30, function* (scope) {
    cm = scope;
    try {
      yield* sleep(5000);
    } catch (error) {
      except(error, CancelledError);
      say("swallowed", scope.expired(), me.cancelling());
    }
  });
  say("after", cm.expired(), me.cancelling());
  yield* sleep(20);

  function* fn() {
    return yield* timeout(30, function* () {
      try {
        yield* sleep(5000);
      } catch (error) {
        except(error, CancelledError);
        return "early return";
      }
    });
  }
  say(yield* fn(), me.cancelling());

  try {
    yield* timeout(30, function* (scope) {
      cm = scope;
      try {
        yield* sleep(5000);
      } finally {
        // deno-lint-ignore no-unsafe-finally -- an error that replaces the cancel is the point
        throw new KeyError("from cleanup");
      }
    });
  } catch (error) {
    const { message } = except(error, KeyError);
    say(typeName(error), message, cm.expired(), me.cancelling());
  }
}
