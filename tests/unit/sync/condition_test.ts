/**
 * Conditions: who is woken by a notify, and that nobody goes on without the lock.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  CancelledError,
  Condition,
  type Coroutine,
  createTask,
  gather,
  InvalidStateError,
  Lock,
  sleep,
  type Task,
  timeout,
  TimeoutError,
} from "../../../mod.ts";
import { failure, test, turns } from "../support.ts";

/** Tasks that wait for the condition, and note when they go on. */
function waiting(condition: Condition, count: number, log: number[]): Task<boolean>[] {
  return Array.from({ length: count }, (_, i) =>
    createTask(function* () {
      using _held = yield* condition.acquire();
      const result = yield* condition.wait();
      log.push(i);
      return result;
    }));
}

/** Waits, and notes whether the lock is held when that is over. */
function* cancelled(condition: Condition, log: string[]): Coroutine<void> {
  yield* condition.acquire();
  try {
    yield* condition.wait();
  } finally {
    log.push(`locked: ${condition.locked()}`);
    condition.release();
  }
}

/** Notifies while holding the lock. */
function* notify(condition: Condition, n?: number): Coroutine<void> {
  using _held = yield* condition.acquire();
  condition.notify(n);
}

test("a condition has a lock of its own, or the one that it was given", function* () {
  const own = new Condition();
  assertEquals(own.locked(), false);
  yield* own.acquire();
  assertEquals(own.locked(), true);
  own.release();
  assertEquals(own.locked(), false);

  const lock = new Lock();
  const [a, b] = [new Condition(lock), new Condition(lock)];
  {
    using _held = yield* a.acquire();
    assertEquals([lock.locked(), b.locked()], [true, true]);
  }
  assertEquals([lock.locked(), b.locked()], [false, false]);
});

test("wait() releases the lock while it waits, and has it again afterwards", function* () {
  const condition = new Condition();
  const task = createTask(function* () {
    yield* condition.acquire();
    const result = yield* condition.wait();
    assert(condition.locked());
    condition.release();
    return result;
  });
  yield* turns(2);
  assert(!condition.locked());
  yield* notify(condition);
  assertEquals(yield* task, true);
});

test("notify() wakes as many as it is told, first come, first served", function* () {
  const condition = new Condition();
  const log: number[] = [];
  const tasks = waiting(condition, 6, log);
  yield* turns(3);
  yield* notify(condition);
  yield* sleep(1);
  assertEquals(log, [0]);
  yield* notify(condition, 2);
  yield* sleep(1);
  assertEquals(log, [0, 1, 2]);
  yield* notify(condition, 0);
  yield* sleep(1);
  assertEquals(log, [0, 1, 2]);
  {
    using _held = yield* condition.acquire();
    condition.notifyAll();
  }
  assertEquals(yield* gather(tasks), Array(6).fill(true));
  assertEquals(log, [0, 1, 2, 3, 4, 5]);
});

test("those who are woken go on one at a time, when they have the lock", function* () {
  const condition = new Condition();
  let inside = 0;
  let most = 0;
  const tasks = [1, 2, 3].map(() =>
    createTask(function* () {
      using _held = yield* condition.acquire();
      yield* condition.wait();
      most = Math.max(most, ++inside);
      yield* sleep(5);
      inside--;
    })
  );
  yield* turns(3);
  {
    using _held = yield* condition.acquire();
    condition.notifyAll();
    yield* sleep(10);
    assertEquals(most, 0);
  }
  yield* gather(tasks);
  assertEquals(most, 1);
});

test("a notify without anybody who waits is lost", function* () {
  const condition = new Condition();
  yield* notify(condition, 5);
  const [task] = waiting(condition, 1, []);
  yield* sleep(10);
  assert(!task.done());
  yield* notify(condition);
  yield* task;
});

test("waitFor() waits until the predicate is true, and gives what it returned", function* () {
  const condition = new Condition();
  const stock: string[] = [];
  let looks = 0;
  const task = createTask(function* () {
    using _held = yield* condition.acquire();
    return yield* condition.waitFor(() => {
      looks++;
      assert(condition.locked());
      return stock.length > 1 && stock.join();
    });
  });
  for (const item of ["a", "b"]) {
    yield* sleep(1);
    using _held = yield* condition.acquire();
    stock.push(item);
    condition.notify();
  }
  assertEquals([yield* task, looks], ["a,b", 3]);
});

test("waitFor() with a predicate that is true does not give up the turn", function* () {
  const condition = new Condition();
  using _held = yield* condition.acquire();
  let other = false;
  createTask(function* () {
    other = true;
    yield;
  });
  assertEquals(yield* condition.waitFor(() => 5), 5);
  assertEquals([other, condition.locked()], [false, true]);
});

test("an error of the predicate is thrown, with the lock held", function* () {
  const condition = new Condition();
  using _held = yield* condition.acquire();
  const throws = () => {
    throw new RangeError("wrong");
  };
  yield* failure(RangeError, condition.waitFor(throws));
  assert(condition.locked());
});

test("without the lock there is no waiting and no notifying", function* () {
  const condition = new Condition();
  const waitMessage = "Cannot wait: the lock is not held";
  assertEquals((yield* failure(InvalidStateError, condition.wait())).message, waitMessage);
  const waitFor = condition.waitFor(() => false);
  assertEquals((yield* failure(InvalidStateError, waitFor)).message, waitMessage);
  for (const call of [() => condition.notify(), () => condition.notifyAll()]) {
    assertThrows(call, InvalidStateError, "Cannot notify: the lock is not held");
  }
  assertThrows(() => condition.release(), InvalidStateError, "Cannot release a lock that is not");
});

test("a cancelled wait() has the lock again before the error leaves it", function* () {
  const condition = new Condition();
  const log: string[] = [];
  const task = createTask(cancelled(condition, log));
  yield* turns(2);
  yield* condition.acquire();
  task.cancel("enough");
  yield* sleep(5);
  assertEquals([task.done(), log], [false, []]);
  condition.release();
  assertEquals((yield* failure(CancelledError, task)).message, "enough");
  assertEquals([log, condition.locked()], [["locked: true"], false]);
});

test("a second cancel while it takes its lock again changes nothing about that", function* () {
  const condition = new Condition();
  const log: string[] = [];
  const task = createTask(cancelled(condition, log));
  yield* turns(2);
  yield* condition.acquire();
  for (const message of ["first", "second", "third"]) {
    task.cancel(message);
    yield* sleep(5);
  }
  assertEquals(log, []);
  condition.release();
  assertEquals((yield* failure(CancelledError, task)).message, "third");
  assertEquals([log, condition.locked()], [["locked: true"], false]);
});

test("a condition takes its lock again even through repeated cancels", function* () {
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

test("a notify that a cancelled waiter can't use goes to the next", function* () {
  const condition = new Condition();
  const log: number[] = [];
  const [first, second] = waiting(condition, 2, log);
  yield* turns(3);
  yield* notify(condition);
  first.cancel();
  yield* failure(CancelledError, first);
  yield* second;
  assertEquals(log, [1]);
});

// A waiter first waits for the notify and then for the lock: a cancel may meet either wait.
for (const [when, turns] of [["woken", 0], ["waiting for its lock", 2]] as const) {
  test(
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

test("waiting for a condition can be limited in time", function* () {
  const condition = new Condition();
  using _held = yield* condition.acquire();
  yield* failure(TimeoutError, timeout(10, () => condition.wait()));
  assert(condition.locked());
});

test("a condition refuses a lock, a count and a predicate that are none", function* () {
  for (const bad of [5, null, {}, new Condition()]) {
    assertThrows(() => new Condition(bad as never), TypeError, "lock must be a Lock, got");
  }
  const condition = new Condition();
  using _held = yield* condition.acquire();
  for (const bad of [-1, NaN, "2", null]) {
    assertThrows(() => condition.notify(bad as never), RangeError, "n must be a number, zero or");
  }
  assertThrows(
    () => condition.waitFor(true as never),
    TypeError,
    "predicate must be a function, got true",
  );
});
