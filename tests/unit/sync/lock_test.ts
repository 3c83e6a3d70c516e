/**
 * Locks: who gets one, in which order, and what a cancel does to that.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  CancelledError,
  createTask,
  gather,
  InvalidStateError,
  Lock,
  sleep,
  timeout,
  TimeoutError,
} from "../../../mod.ts";
import { failure, test, turns } from "../support.ts";

test("a free lock is taken without giving up the turn", function* () {
  const lock = new Lock();
  let other = false;
  createTask(function* () {
    other = true;
    yield;
  });
  assertEquals(lock.locked(), false);
  yield* lock.acquire();
  assertEquals([lock.locked(), other], [true, false]);
  lock.release();
  assertEquals(lock.locked(), false);
});

test("one task holds the lock at a time, first come, first served", function* () {
  const lock = new Lock();
  const log: string[] = [];
  yield* gather(["a", "b", "c"].map(function* (name) {
    yield* lock.acquire();
    log.push(`${name} in`);
    yield* sleep(10);
    log.push(`${name} out`);
    lock.release();
  }));
  assertEquals(log, ["a in", "a out", "b in", "b out", "c in", "c out"]);
});

test("using releases the lock at the end of the block, an error's way included", function* () {
  const lock = new Lock();
  {
    using held = yield* lock.acquire();
    assert(lock.locked() && typeof held[Symbol.dispose] === "function");
  }
  assert(!lock.locked());
  yield* failure(RangeError, {
    *[Symbol.iterator]() {
      using _held = yield* lock.acquire();
      throw new RangeError("wrong");
    },
  });
  assert(!lock.locked());
  const task = createTask(function* () {
    using _held = yield* lock.acquire();
    yield* sleep("1h");
  });
  yield* turns(2);
  assert(lock.locked());
  task.cancel();
  yield* failure(CancelledError, task);
  assert(!lock.locked());
});

test("a lock that nobody holds cannot be released", function* () {
  const lock = new Lock();
  const message = "Cannot release a lock that is not held";
  assertThrows(() => lock.release(), InvalidStateError, message);
  yield* lock.acquire();
  lock.release();
  assertThrows(() => lock.release(), InvalidStateError, message);
});

test("release() wakes the next in line, and nobody overtakes it", function* () {
  const lock = new Lock();
  const log: string[] = [];
  yield* lock.acquire();
  const waiter = createTask(function* () {
    yield* lock.acquire();
    log.push("waiter");
    lock.release();
  });
  yield* turns(2);
  lock.release();
  assertEquals(lock.locked(), false);
  yield* lock.acquire();
  log.push("late");
  lock.release();
  yield* waiter;
  assertEquals(log, ["waiter", "late"]);
});

test(
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

test("a cancelled waiter is left out", function* () {
  const lock = new Lock();
  const log: string[] = [];
  yield* lock.acquire();
  const waiters = ["a", "b", "c"].map((name) =>
    createTask(function* () {
      yield* lock.acquire();
      log.push(name);
      lock.release();
    })
  );
  yield* turns(2);
  waiters[1].cancel("enough");
  assertEquals((yield* failure(CancelledError, waiters[1])).message, "enough");
  lock.release();
  yield* gather(waiters[0], waiters[2]);
  assertEquals([log, lock.locked()], [["a", "c"], false]);
});

test("a waiter that is cancelled after it was woken passes the lock on", function* () {
  const lock = new Lock();
  yield* lock.acquire();
  const [first, second] = [createTask(lock.acquire()), createTask(lock.acquire())];
  yield* turns(2);
  lock.release();
  first.cancel();
  yield* failure(CancelledError, first);
  yield* second;
  assert(lock.locked());
});

test("waiting for a lock can be limited in time", function* () {
  const lock = new Lock();
  yield* lock.acquire();
  yield* failure(TimeoutError, timeout(10, () => lock.acquire()));
  lock.release();
  yield* lock.acquire();
});

test("a request for a lock is awaited once, and nothing happens until then", function* () {
  const lock = new Lock();
  const request = lock.acquire();
  yield* turns(2);
  assert(!lock.locked());
  yield* request;
  yield* failure(InvalidStateError, request);
  assert(lock.locked());
});

Deno.test("a lock works in async functions", async () => {
  const lock = new Lock();
  const log: string[] = [];
  await Promise.all(["a", "b"].map(async (name) => {
    using _held = await lock.acquire();
    log.push(`${name} in`);
    await sleep(1);
    log.push(`${name} out`);
  }));
  assertEquals(log, ["a in", "a out", "b in", "b out"]);
});
