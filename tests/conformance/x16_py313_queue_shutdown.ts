// shutdown(): gracefully, which lets the queue drain first, and at once; both wake who waits.

import { createTask, gather, Queue, QueueShutDown, sleep } from "../../mod.ts";
import { except, type Say, typeName } from "./harness.ts";

export default function* (say: Say) {
  let q = new Queue<string | number>(1);
  q.putNowait("last");
  const putter = createTask(q.put("never"));
  const joiner = createTask(q.join());
  yield* sleep(0);
  q.shutdown();
  const [result] = yield* gather([putter], { returnExceptions: true });
  say(typeName(result));
  try {
    q.putNowait(1);
  } catch (error) {
    say("put_nowait", typeName(except(error, QueueShutDown)));
  }
  say(yield* q.get(), joiner.done());
  try {
    yield* q.get();
  } catch (error) {
    say("get", typeName(except(error, QueueShutDown)));
  }
  q.taskDone();
  yield* joiner;
  say("joined");

  q = new Queue();
  const getters = [createTask(q.get()), createTask(q.get())];
  yield* sleep(0);
  q.shutdown();
  say((yield* gather(getters, { returnExceptions: true })).map(typeName));

  q = new Queue();
  for (let i = 0; i < 3; i++) q.putNowait(i);
  q.getNowait();
  const j = createTask(q.join());
  yield* sleep(0);
  q.shutdown(true);
  yield* sleep(0);
  say(q.size, q.empty(), j.done());
  q.taskDone();
  yield* j;
  try {
    q.getNowait();
  } catch (error) {
    say("get_nowait", typeName(except(error, QueueShutDown)));
  }
}
