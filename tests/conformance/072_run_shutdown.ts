// run(): what is left is cancelled and awaited, what fails then is reported, and then open async
// generators are closed.
// The loop knows the generators that iterate() walks. Python's script takes one item with
// __anext__() and leaves the generator open; here the iteration is stepped by hand, and abandoned.

import {
  CancelledError,
  createTask,
  getRunningLoop,
  iterate,
  sleep,
  type Task,
} from "../../mod.ts";
import { except, type Run, type Say } from "./harness.ts";

export default async function (say: Say, run: Run) {
  const out: string[] = [];
  function* leftover(name: string) {
    try {
      yield* sleep(5000);
    } catch (error) {
      except(error, CancelledError);
      out.push("cancel " + name);
      yield* sleep(20);
      out.push("cleaned " + name);
      throw error;
    }
  }
  function* badLeftover() {
    try {
      yield* sleep(5000);
    } catch (error) {
      except(error, CancelledError);
      throw new RangeError("during shutdown");
    }
  }
  async function* agen() {
    try {
      yield 1;
      yield 2;
    } finally {
      out.push("agen closed");
    }
  }
  function* firstOf<T>(items: AsyncIterable<T>) {
    const taken: T[] = [];
    const steps = iterate(items, function* (item) {
      taken.push(item);
      yield;
    })[Symbol.iterator]();
    for (let step = steps.next(); taken.length === 0; step = steps.next()) yield step.value;
    return taken[0];
  }

  const keep: Task<void>[] = [];
  function* main() {
    const loop = getRunningLoop();
    loop.setExceptionHandler(({ exception }) => {
      out.push("handler: " + (exception as Error).message);
    });
    keep.push(createTask(leftover("a")));
    keep.push(createTask(badLeftover()));
    say(yield* firstOf(agen()));
    yield* sleep(0);
    return "main result";
  }

  say(await run(main));
  say(out);
  say(keep.map((t) => t.done()), keep[0].cancelled());
}
