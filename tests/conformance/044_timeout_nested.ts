// Of nested timeouts, the one whose deadline passed throws TimeoutError.

import {
  CancelledError,
  currentTask,
  getRunningLoop,
  sleep,
  timeout,
  timeoutAt,
  TimeoutError,
  type TimeoutScope,
} from "../../mod.ts";
import { except, type Say } from "./harness.ts";

function* nest(outerDelay: number, innerDelay: number) {
  const log: unknown[] = [];
  let outer!: TimeoutScope;
  let inner!: TimeoutScope;
  try {
    yield* timeout(outerDelay, function* (scope) {
      outer = scope;
      try {
        yield* timeout(innerDelay, function* (scope) {
          inner = scope;
          yield* sleep(200);
          log.push("slept");
        });
      } catch (error) {
        if (error instanceof TimeoutError) {
          log.push("inner TimeoutError");
        } else {
          except(error, CancelledError);
          log.push("inner CancelledError");
          throw error;
        }
      }
      yield* sleep(20);
      log.push("outer body end");
    });
  } catch (error) {
    except(error, TimeoutError);
    log.push("outer TimeoutError");
  }
  log.push([outer.expired(), inner.expired(), currentTask()!.cancelling()]);
  return log;
}

export default function* (say: Say) {
  say(yield* nest(30, 5000));
  say(yield* nest(5000, 30));
  say(yield* nest(70, 30));

  // Of two scopes with one deadline, only the outermost converts to TimeoutError.
  const when = getRunningLoop().time() + 30;
  const log: string[] = [];
  let outer!: TimeoutScope;
  let inner!: TimeoutScope;
  try {
    yield* timeoutAt(when, function* (scope) {
      outer = scope;
      try {
        yield* timeoutAt(when, function* (scope) {
          inner = scope;
          yield* sleep(5000);
        });
      } catch (error) {
        if (error instanceof CancelledError) log.push("inner CancelledError");
        if (error instanceof TimeoutError) log.push("inner TimeoutError");
        throw error;
      }
    });
  } catch (error) {
    except(error, TimeoutError);
    log.push("outer TimeoutError");
  }
  say(log, outer.expired(), inner.expired(), currentTask()!.cancelling());
}
