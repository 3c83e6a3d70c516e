// timeout(): CancelledError inside, TimeoutError just outside; afterwards the task is not cancelled
// and can go on.

import {
  CancelledError,
  currentTask,
  getRunningLoop,
  sleep,
  timeout,
  TimeoutError,
  type TimeoutScope,
} from "../../mod.ts";
import { except, type Say, typeName } from "./harness.ts";

export default function* (say: Say) {
  const loop = getRunningLoop();
  const me = currentTask()!;
  let cm!: TimeoutScope;

  try {
    yield* timeout(30, function* (scope) {
      cm = scope;
      say("expired", scope.expired(), scope.when()! > loop.time());
      try {
        yield* sleep(5000);
      } catch (error) {
        say("inside", typeName(except(error, CancelledError)), scope.expired(), me.cancelling());
        throw error;
      }
    });
  } catch (error) {
    const { cause } = except(error, TimeoutError);
    say(typeName(error), cm.expired(), me.cancelling(), cause instanceof CancelledError);
  }
  yield* sleep(20);

  yield* timeout(500, function* (scope) {
    cm = scope;
    yield* sleep(20);
  });
  say("in time", cm.expired());
  yield* timeout(null, function* (scope) {
    cm = scope;
    yield* sleep(0);
  });
  say("none", cm.when(), cm.expired());

  for (const delay of [0, -1]) {
    try {
      yield* timeout(delay, function* () {
        yield* sleep(0);
        say("survived first switch");
        yield* sleep(0);
      });
    } catch (error) {
      say(typeName(except(error, TimeoutError)), delay);
    }
  }
}
