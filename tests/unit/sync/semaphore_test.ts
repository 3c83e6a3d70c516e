/**
 * Semaphores: how many are let in, in which order, and what a cancel does to that.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  BoundedSemaphore,
  CancelledError,
  createTask,
  gather,
  Semaphore,
  sleep,
  timeout,
  TimeoutError,
} from "../../../mod.ts";
import { failure, test, turns } from "../support.ts";

for (const Kind of [Semaphore, BoundedSemaphore]) {
  const kind = Kind.name;

  test(`a ${kind} lets as many in at a time as it has permits`, function* () {
    const semaphore = new Kind(3);
    let inside = 0;
    let most = 0;
    yield* gather(Array.from({ length: 10 }, function* () {
      using _permit = yield* semaphore.acquire();
      most = Math.max(most, ++inside);
      yield* sleep(10);
      inside--;
    }));
    assertEquals([most, inside, semaphore.locked()], [3, 0, false]);
  });

  test(`a ${kind} has one permit unless it is told otherwise`, function* () {
    const semaphore = new Kind();
    assertEquals(semaphore.locked(), false);
    yield* semaphore.acquire();
    assertEquals(semaphore.locked(), true);
    semaphore.release();
    assertEquals(semaphore.locked(), false);
  });

  test(`a ${kind} without permits makes everybody wait`, function* () {
    const semaphore = new Kind(0);
    assertEquals(semaphore.locked(), true);
    yield* failure(TimeoutError, timeout(10, () => semaphore.acquire()));
  });

  test(`a ${kind} serves first who came first`, function* () {
    const semaphore = new Kind(2);
    const log: number[] = [];
    yield* gather([1, 2, 3, 4, 5].map(function* (i) {
      using _permit = yield* semaphore.acquire();
      log.push(i);
      yield* sleep(6 - i);
    }));
    assertEquals(log, [1, 2, 3, 4, 5]);
  });

  test(`a ${kind} refuses what is no number of permits`, function* () {
    for (const bad of [-1, 1.5, NaN, Infinity, "5", null, {}]) {
      assertThrows(
        () => new Kind(bad as never),
        RangeError,
        "value must be a whole number, zero or more, got",
      );
    }
    yield;
  });
}

test("a free permit is taken without giving up the turn", function* () {
  const semaphore = new Semaphore(1);
  let other = false;
  createTask(function* () {
    other = true;
    yield;
  });
  yield* semaphore.acquire();
  assert(!other);
});

test("release() sets a permit aside for who was woken, so that nobody overtakes", function* () {
  const semaphore = new Semaphore(1);
  const log: string[] = [];
  yield* semaphore.acquire();
  const waiter = createTask(function* () {
    yield* semaphore.acquire();
    log.push("waiter");
    semaphore.release();
  });
  yield* turns(2);
  semaphore.release();
  assertEquals(semaphore.locked(), true);
  yield* semaphore.acquire();
  log.push("late");
  yield* waiter;
  assertEquals(log, ["waiter", "late"]);
});

test("a semaphore is locked while a woken waiter has not yet run", function* () {
  const semaphore = new Semaphore(1);
  yield* semaphore.acquire();
  const waiter = createTask(semaphore.acquire());
  yield* sleep(0);
  semaphore.release();
  assert(semaphore.locked());
  yield* waiter;
  assert(semaphore.locked());
});

test("a cancelled waiter takes no permit, woken or not", function* () {
  const semaphore = new Semaphore(1);
  yield* semaphore.acquire();
  const waiters = [0, 1, 2].map(() => createTask(semaphore.acquire()));
  yield* turns(2);
  waiters[0].cancel();
  semaphore.release();
  waiters[1].cancel();
  yield* failure(CancelledError, waiters[0]);
  yield* failure(CancelledError, waiters[1]);
  yield* waiters[2];
  assertEquals(semaphore.locked(), true);
  semaphore.release();
  assertEquals(semaphore.locked(), false);
});

test("a cancelled woken waiter gives its permit back", function* () {
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

test("several releases wake as many", function* () {
  const semaphore = new Semaphore(0);
  const waiters = [0, 1, 2].map(() => createTask(semaphore.acquire()));
  yield* turns(2);
  semaphore.release();
  semaphore.release();
  yield* turns(3);
  assertEquals(waiters.map((waiter) => waiter.done()), [true, true, false]);
  semaphore.release();
  yield* waiters[2];
});

test("a Semaphore takes more releases than acquires, a BoundedSemaphore does not", function* () {
  const semaphore = new Semaphore(1);
  semaphore.release();
  yield* gather(semaphore.acquire(), semaphore.acquire());
  assert(semaphore.locked());

  const bounded = new BoundedSemaphore(2);
  assert(bounded instanceof Semaphore);
  const message = "Cannot release more often than acquired: all 2 permits are free";
  assertThrows(() => bounded.release(), RangeError, message);
  yield* bounded.acquire();
  bounded.release();
  assertThrows(() => bounded.release(), RangeError, message);
});

Deno.test("a semaphore works in async functions", async () => {
  const semaphore = new Semaphore(2);
  let inside = 0;
  let most = 0;
  await Promise.all(Array.from({ length: 5 }, async () => {
    using _permit = await semaphore.acquire();
    most = Math.max(most, ++inside);
    await sleep(1);
    inside--;
  }));
  assertEquals([most, inside], [2, 0]);
});
