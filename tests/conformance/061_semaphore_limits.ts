// A semaphore bounds how many run at once, first come, first served.

import { BoundedSemaphore, gather, Semaphore, sleep } from "../../mod.ts";
import { except, type Say, typeName } from "./harness.ts";

export default function* (say: Say) {
  const sem = new Semaphore(2);
  let active = 0;
  let peak = 0;
  const order: number[] = [];
  function* job(n: number) {
    using _held = yield* sem.acquire();
    active++;
    peak = Math.max(peak, active);
    order.push(n);
    yield* sleep(20);
    active--;
  }
  yield* gather([0, 1, 2, 3, 4, 5].map(job));
  say(order, peak, sem.locked());

  yield* sem.acquire();
  say(sem.locked());
  yield* sem.acquire();
  say(sem.locked());
  for (let i = 0; i < 3; i++) sem.release(); // A plain semaphore may grow.
  for (let i = 0; i < 3; i++) yield* sem.acquire();
  say(sem.locked());

  try {
    new Semaphore(-1);
  } catch (error) {
    say(typeName(except(error, RangeError)));
  }
  const bounded = new BoundedSemaphore(1);
  yield* bounded.acquire();
  bounded.release();
  try {
    bounded.release();
  } catch (error) {
    say(typeName(except(error, RangeError)), "bounded");
  }

  const one = new Semaphore(1);
  const out: string[] = [];
  function* w(name: string) {
    for (let i = 0; i < 2; i++) {
      yield* one.acquire();
      out.push(name + i);
      yield* sleep(10);
      one.release();
    }
  }
  yield* gather(w("a"), w("b"), w("c"));
  say(out.join(" "));
}
