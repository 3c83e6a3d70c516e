/**
 * Sleeping: for how long, in which order sleepers wake, and how a sleep is cut short.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  CancelledError,
  createTask,
  type Duration,
  gather,
  getRunningLoop,
  InvalidStateError,
  sleep,
} from "../../../mod.ts";
import { failure, onBothCores, test, TurnCounter, turns } from "../support.ts";

test("sleep() ends when the time has passed, whatever the unit", function* () {
  const loop = getRunningLoop();
  const cases: [Duration, number][] = [
    [250, 250],
    ["250ms", 250],
    ["2s", 2000],
    ["1.5m", 90_000],
    ["1h", 3_600_000],
    [0.001, 0.001],
  ];
  for (const [delay, expected] of cases) {
    const start = loop.time();
    yield* sleep(delay);
    const slept = loop.time() - start;
    assert(slept >= expected && slept < expected + 0.0021, `sleep(${delay}) took ${slept} ms`);
  }
});

test("a sleep below a millisecond ends at its deadline", function* () {
  const loop = getRunningLoop();
  for (const delay of [0.1, 0.001, 0.75, 1.0005]) {
    const start = loop.time();
    yield* sleep(delay);
    const late = loop.time() - (start + delay);
    assert(late >= 0 && late <= 0.002, `sleep(${delay}) ended ${late} ms late`);
  }
});

test("sleep() results in nothing, or in what it was given", function* () {
  assertEquals(yield* sleep(1), undefined);
  assertEquals(yield* sleep(1, "result"), "result");
  assertEquals(yield* sleep(0, "at once"), "at once");
  assertEquals(yield* sleep(-1, null), null);
});

test("a sleep of zero or less gives every other ready task one turn", function* () {
  const loop = getRunningLoop();
  for (const delay of [0, -0, -1, -1e300, -Infinity, "0s", "-5ms"] as Duration[]) {
    const start = loop.time();
    const order: string[] = [];
    const others = ["a", "b"].map((name) =>
      createTask(function* () {
        order.push(name);
        yield;
        order.push(name);
      })
    );
    yield* sleep(delay);
    assertEquals(order, ["a", "b"]);
    yield* gather(others);
    assertEquals(loop.time(), start);
  }
});

test("sleep(0) and a bare yield take exactly one turn", function* () {
  using counter = new TurnCounter();
  yield* sleep(0); // Let the counter begin.
  assertEquals(yield* counter.during(() => sleep(0)), 1);
  assertEquals(yield* counter.during(() => sleep(-1)), 1);
  assertEquals(
    yield* counter.during(function* () {
      yield;
    }),
    1,
  );
});

test("a sleep begins when it is awaited, not when it is made", function* () {
  const loop = getRunningLoop();
  const nap = sleep(10);
  yield* sleep(100);
  const start = loop.time();
  yield* nap;
  assertEquals(loop.time() - start, 10);
});

test("sleepers wake in the order of their deadlines, and equal ones in the order set", function* () {
  const order: number[] = [];
  const delays = [30, 10, 20, 10, 0.5, 30, 10.0001];
  yield* gather(delays.map(function* (delay, i) {
    yield* sleep(delay);
    order.push(i);
  }));
  assertEquals(order, [4, 1, 3, 6, 2, 0, 5]);
});

test("a sleep without an end lasts until it is cancelled", function* () {
  for (const delay of [Infinity, 1e300]) {
    const task = createTask(sleep(delay));
    yield* sleep("8760h");
    assert(!task.done());
    task.cancel("get up");
    assertEquals((yield* failure(CancelledError, task)).message, "get up");
  }
});

test("a cancelled sleep ends at once and leaves no timer behind", function* () {
  const loop = getRunningLoop();
  const start = loop.time();
  const task = createTask(sleep("1h"));
  yield* turns(1);
  task.cancel();
  yield* failure(CancelledError, task);
  assertEquals(loop.time(), start);
  // Whoever takes the sleeper's place sleeps its own time.
  yield* createTask(sleep("2h"));
  assertEquals(loop.time() - start, 7_200_000);
});

test("a sleep may be awaited once", function* () {
  const nap = sleep(1);
  yield* nap;
  const error = yield* failure(InvalidStateError, nap);
  assertEquals(
    error.message,
    "Cannot await an operation twice: make a new one, or a task, which any number may await",
  );
});

Deno.test("sleep() refuses what is no duration when it is called", () => {
  assertThrows(() => sleep(NaN), RangeError, "delay must be a duration, got NaN");
  assertThrows(() => sleep("soon" as Duration), RangeError, 'such as "250ms", got "soon"');
  assertThrows(() => sleep(null as never), TypeError, "delay must be a number of milliseconds");
  assertThrows(() => (sleep as () => unknown)(), TypeError, "got undefined");
});

onBothCores("sleep() can be awaited in an async function", async ({ run }) => {
  assertEquals(await sleep(1, "outside any loop"), "outside any loop");
  await run(async () => {
    assertEquals(await sleep(0, "inside"), "inside");
  });
});
