/**
 * Events: who is woken by `set()`, and who waits on.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  CancelledError,
  createTask,
  Event,
  gather,
  InvalidStateError,
  sleep,
  TimeoutError,
  waitFor,
} from "../../../mod.ts";
import { failure, test, turns } from "../support.ts";

test("a new event is not set; set() and clear() change that", function* () {
  const event = new Event();
  const states = [event.isSet()];
  event.set();
  states.push(event.isSet());
  event.set();
  states.push(event.isSet());
  event.clear();
  states.push(event.isSet());
  event.clear();
  states.push(event.isSet());
  assertEquals(states, [false, true, true, false, false]);
  yield;
});

test("set() wakes all who wait, in the order they came, and wait() results in true", function* () {
  const event = new Event();
  const log: number[] = [];
  const waiters = [1, 2, 3].map((i) =>
    createTask(function* () {
      const result = yield* event.wait();
      log.push(i);
      return result;
    })
  );
  yield* turns(3);
  assertEquals(log, []);
  event.set();
  assertEquals(yield* gather(waiters), [true, true, true]);
  assertEquals(log, [1, 2, 3]);
});

test("waiting for an event that is set does not give up the turn", function* () {
  const event = new Event();
  event.set();
  let other = false;
  createTask(function* () {
    other = true;
    yield;
  });
  assertEquals(yield* event.wait(), true);
  assertEquals(other, false);
});

test("set() followed by clear() wakes those who wait, and only them", function* () {
  const event = new Event();
  const waiter = createTask(event.wait());
  yield* turns(2);
  event.set();
  event.clear();
  const late = createTask(event.wait());
  assertEquals(yield* waiter, true);
  yield* turns(3);
  assertEquals(late.done(), false);
  event.set();
  assertEquals(yield* late, true);
});

test("set() followed by clear() still wakes everybody who was waiting", function* () {
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

test("a cancelled waiter leaves the others waiting", function* () {
  const event = new Event();
  const [first, second] = [createTask(event.wait()), createTask(event.wait())];
  yield* turns(2);
  first.cancel();
  yield* failure(CancelledError, first);
  assertEquals(second.done(), false);
  event.set();
  assertEquals(yield* second, true);
});

test("a waiter that is cancelled after set() is cancelled", function* () {
  const event = new Event();
  const waiter = createTask(event.wait());
  yield* turns(2);
  event.set();
  waiter.cancel("enough");
  assertEquals((yield* failure(CancelledError, waiter)).message, "enough");
});

test("waiting for an event can be limited in time, and each wait is awaited once", function* () {
  const event = new Event();
  yield* failure(TimeoutError, waitFor(event.wait(), 10));
  event.set();
  const wait = event.wait();
  yield* wait;
  yield* failure(InvalidStateError, wait);
});

Deno.test("an event works in async functions", async () => {
  const event = new Event();
  const waiters = Promise.all([event.wait(), event.wait()]);
  setTimeout(() => event.set());
  assertEquals(await waiters, [true, true]);
});
