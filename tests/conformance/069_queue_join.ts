// join() waits until taskDone() was called for every item; one call too many is an error.

import { type Coroutine, createTask, gather, Queue, sleep } from "../../mod.ts";
import { except, type Say, typeName } from "./harness.ts";

export default function* (say: Say) {
  const q = new Queue<number>();
  const done: number[] = [];
  function* worker(): Coroutine<never> {
    while (true) {
      const x = yield* q.get();
      yield* sleep(20);
      done.push(x);
      q.taskDone();
    }
  }

  const workers = [createTask(worker()), createTask(worker())];
  for (let i = 0; i < 5; i++) q.putNowait(i);
  const joined = createTask(q.join());
  yield* sleep(30);
  say(joined.done(), done.length);
  yield* joined;
  say(done.toSorted());

  for (const w of workers) w.cancel();
  say((yield* gather(workers, { returnExceptions: true })).map(typeName));
  try {
    q.taskDone();
  } catch (error) {
    say(typeName(except(error, RangeError)));
  }
  yield* new Queue().join();
  say("empty join returns");
}
