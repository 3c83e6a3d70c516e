// An inner group's failure is a nested error of the outer group; an outer failure cancels the inner
// group without an inner error.

import { type Coroutine, sleep, type Task, taskGroup } from "../../mod.ts";
import { except, type Say } from "./harness.ts";

function show(error: unknown): unknown {
  return error instanceof AggregateError ? error.errors.map(show) : error;
}

export default function* (say: Say) {
  function* fail(delay: number, message: string): Coroutine<void> {
    yield* sleep(delay);
    throw new RangeError(message);
  }

  try {
    yield* taskGroup(function* (outer) {
      outer.createTask(sleep(5000));
      yield* taskGroup(function* (inner) {
        inner.createTask(fail(30, "inner"));
      });
    });
  } catch (error) {
    say(show(except(error, AggregateError)));
  }

  let t!: Task<unknown>;
  try {
    yield* taskGroup(function* (outer) {
      outer.createTask(fail(30, "outer"));
      yield* taskGroup(function* (inner) {
        t = inner.createTask(sleep(5000));
      });
    });
  } catch (error) {
    say(show(except(error, AggregateError)), t.cancelled());
  }
}
