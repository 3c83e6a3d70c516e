// Locks, semaphores, conditions, queues and events: wakes that meet a cancel, and nobody who barges in.

import { assert, assertEquals } from "@std/assert";
import {
  CancelledError,
  Condition,
  createTask,
  Event,
  gather,
  Lock,
  Queue,
  Semaphore,
  sleep,
} from "../../mod.ts";
import { failure } from "../unit/support.ts";
import { behaviour } from "./both_cores.ts";

behaviour(
  "release() wakes the next waiter, but the lock is free until that one runs",
  function* () {
    const lock = new Lock();
    const log: string[] = [];
    function* worker(name: string) {
      yield* lock.acquire();
      log.push(name);
      yield* sleep(0);
      lock.release();
    }
    yield* lock.acquire();
    const first = createTask(worker("first"));
    const second = createTask(worker("second"));
    yield* sleep(0);
    lock.release();
    assert(!lock.locked());

    yield* worker("barging in");
    yield* gather(first, second);
    assertEquals(log, ["first", "second", "barging in"]);
  },
);

behaviour("a cancelled woken waiter passes the lock's wake on", function* () {
  const lock = new Lock();
  yield* lock.acquire();
  const first = createTask(lock.acquire());
  const second = createTask(lock.acquire());
  yield* sleep(0);
  lock.release();
  first.cancel();
  yield* second;
  assert(first.cancelled() && lock.locked());
});

behaviour("a semaphore is locked while a woken waiter has not yet run", function* () {
  const semaphore = new Semaphore(1);
  yield* semaphore.acquire();
  const waiter = createTask(semaphore.acquire());
  yield* sleep(0);
  semaphore.release();
  assert(semaphore.locked());
  yield* waiter;
  assert(semaphore.locked());
});

behaviour("a cancelled woken waiter gives its permit back", function* () {
  const semaphore = new Semaphore(1);
  yield* semaphore.acquire();
  const first = createTask(semaphore.acquire());
  const second = createTask(semaphore.acquire());
  yield* sleep(0);
  semaphore.release();
  first.cancel();
  yield* second;
  assert(first.cancelled() && semaphore.locked());

  semaphore.release();
  assert(!semaphore.locked());
});

behaviour("a condition takes its lock again even through repeated cancels", function* () {
  const condition = new Condition();
  let lockedAtCancel = false;
  const waiter = createTask(function* () {
    yield* condition.acquire();
    try {
      yield* condition.wait();
    } finally {
      lockedAtCancel = condition.locked();
      condition.release();
    }
  });
  yield* sleep(0);
  yield* condition.acquire();
  for (let i = 0; i < 3; i++) {
    waiter.cancel();
    yield* sleep(0);
    assert(!waiter.done(), "it must not go on without the lock");
  }
  condition.release();
  yield* failure(CancelledError, waiter);
  assert(lockedAtCancel);
  assertEquals(waiter.cancelling(), 3);
});

// A waiter first waits for the notify and then for the lock: a cancel may meet either wait.
for (const [when, turns] of [["woken", 0], ["waiting for its lock", 2]] as const) {
  behaviour(
    `a condition's waiter that is cancelled when ${when} forwards its notify`,
    function* () {
      const condition = new Condition();
      const notified: string[] = [];
      function* waiter(name: string) {
        yield* condition.acquire();
        try {
          yield* condition.wait();
          notified.push(name);
        } finally {
          condition.release();
        }
      }
      const first = createTask(waiter("first"));
      const second = createTask(waiter("second"));
      yield* sleep(0);
      yield* condition.acquire();
      condition.notify();
      for (let i = 0; i < turns; i++) yield* sleep(0);
      first.cancel();
      condition.release();
      yield* second;
      assert(first.cancelled());
      assertEquals(notified, ["second"]);
    },
  );
}

behaviour("a cancelled, already woken get() leaves its item to the next getter", function* () {
  const queue = new Queue<string>();
  const first = createTask(queue.get());
  const second = createTask(queue.get());
  yield* sleep(0);
  queue.putNowait("item");
  first.cancel();
  assertEquals(yield* second, "item");
  assert(first.cancelled() && queue.empty());
});

behaviour("set() followed by clear() still wakes everybody who was waiting", function* () {
  const event = new Event();
  const waiters = [1, 2, 3].map(() => createTask(event.wait()));
  yield* sleep(0);
  event.set();
  event.clear();
  const late = createTask(event.wait());
  yield* gather(waiters);
  yield* sleep(1);
  assert(!event.isSet() && !late.done());
});
