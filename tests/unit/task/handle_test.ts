/**
 * Handles of callbacks and timers: when they are due, and how they are taken back.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Duration, getRunningLoop, Handle, sleep, TimerHandle } from "../../../mod.ts";
import { onBothCores, test, turns } from "../support.ts";

test("callSoon() gives a Handle, callLater() and callAt() a TimerHandle", function* () {
  const loop = getRunningLoop();
  const [soon, later, at] = [
    loop.callSoon(() => {}),
    loop.callLater(1, () => {}),
    loop.callAt(1, () => {}),
  ];
  assert(soon instanceof Handle && !(soon instanceof TimerHandle));
  assert(later instanceof TimerHandle && at instanceof TimerHandle && later instanceof Handle);
  yield* sleep(5);
});

test("a cancelled handle is not called", function* () {
  const loop = getRunningLoop();
  const calls: string[] = [];
  const handles = [
    loop.callSoon(() => calls.push("soon")),
    loop.callLater(5, () => calls.push("later")),
    loop.callAt(loop.time() + 5, () => calls.push("at")),
  ];
  for (const handle of handles) {
    assertEquals(handle.cancelled(), false);
    handle.cancel();
    assertEquals(handle.cancelled(), true);
    handle.cancel();
  }
  yield* sleep(10);
  assertEquals(calls, []);
});

test("cancelling a handle that has run changes nothing but its state", function* () {
  const loop = getRunningLoop();
  const calls: string[] = [];
  const handle = loop.callSoon(() => calls.push("ran"));
  yield* turns(1);
  handle.cancel();
  assertEquals([handle.cancelled(), calls], [true, ["ran"]]);
  // The place that the handle had belongs to somebody else by now.
  for (let i = 0; i < 3; i++) loop.callLater(5, () => calls.push("later"));
  handle.cancel();
  yield* sleep(10);
  assertEquals(calls, ["ran", "later", "later", "later"]);
});

test("a handle may cancel itself, and another one of its turn", function* () {
  const loop = getRunningLoop();
  const calls: string[] = [];
  const first = loop.callSoon(() => {
    calls.push("first");
    first.cancel();
    second.cancel();
  });
  const second = loop.callSoon(() => calls.push("second"));
  loop.callSoon(() => calls.push("third"));
  yield* turns(2);
  assertEquals(calls, ["first", "third"]);
});

test("a handle that an earlier callback of its turn cancelled is skipped", function* () {
  const loop = getRunningLoop();
  const log: string[] = [];
  loop.callSoon(() => {
    soon.cancel();
    timer.cancel();
  });
  const soon = loop.callSoon(() => log.push("soon"));
  const timer = loop.callAt(loop.time() - 1, () => log.push("timer"));
  loop.callSoon(() => log.push("last"));
  yield* sleep(10);
  assertEquals(log, ["last"]);
  assert(soon.cancelled() && timer.cancelled());
});

test("when() is the deadline on the loop's scale, as it was given", function* () {
  const loop = getRunningLoop();
  for (const when of [0, -1, 0.0001, 1e300, -1e300, Infinity, -Infinity, 12345.678901]) {
    const handle = loop.callAt(when, () => {});
    assertEquals(handle.when(), when);
    handle.cancel();
    assertEquals(handle.when(), when);
  }
  for (const [delay, expected] of [[10, 10], ["2s", 2000], [-5, -5]] as [Duration, number][]) {
    const handle = loop.callLater(delay, () => {});
    assertEquals(handle.when(), loop.time() + expected);
    handle.cancel();
  }
  yield;
});

onBothCores(
  "cancelling a handle of a closed loop leaves the loops that live alone",
  async ({ run }) => {
    const stale: Handle[] = [];
    await run(function* () {
      const loop = getRunningLoop();
      for (let i = 0; i < 20; i++) stale.push(loop.callLater("1h", () => {}));
      yield;
    });
    // The next loop may well get the core of the last one.
    await run(function* () {
      const loop = getRunningLoop();
      let fired = 0;
      for (let i = 0; i < 20; i++) loop.callLater(1, () => fired++);
      for (const handle of stale) handle.cancel();
      yield* sleep(2);
      assertEquals(fired, 20);
    });
  },
);

test("callAt() and callLater() refuse what is no time and what is no function", function* () {
  const loop = getRunningLoop();
  const nothing = () => {};
  assertThrows(() => loop.callAt(NaN, nothing), RangeError, "when must be a moment");
  assertThrows(() => loop.callAt("2s" as never, nothing), TypeError, "when must be a number");
  assertThrows(() => loop.callAt(5, "f" as never), TypeError, 'fn must be a function, got "f"');
  assertThrows(() => loop.callLater(NaN, nothing), RangeError, "delay must be a duration");
  assertThrows(() => loop.callLater("x" as never, nothing), RangeError, "delay must be a number");
  assertThrows(() => loop.callLater(null as never, nothing), TypeError, "delay must be a number");
  assertThrows(
    () => loop.callLater(5, null as never),
    TypeError,
    "fn must be a function, got null",
  );
  assertThrows(() => loop.callSoon(5 as never), TypeError, "fn must be a function, got 5");
  yield;
});
