/**
 * What limits say: how they may be written, and which one was hit.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  asCompleted,
  CancelledError,
  createTask,
  type Duration,
  getRunningLoop,
  sleep,
  timeout,
  timeoutAt,
  TimeoutError,
  waitFor,
} from "../../../mod.ts";
import { failure, test } from "../support.ts";

const written: [Duration, number][] = [
  [50, 50],
  ["50ms", 50],
  ["50 ms", 50],
  ["0.05 s", 50],
  ["2  s", 2000],
  ["1.5 m", 90_000],
  ["1 h", 3_600_000],
];
for (const [duration, milliseconds] of written) {
  test(`a limit of ${JSON.stringify(duration)} is that long, and says so`, function* () {
    const start = getRunningLoop().time();
    const waits = [
      () => waitFor(sleep("2h"), duration),
      () => timeout(duration, () => sleep("2h")),
      () => waitFor(createTask(sleep("2h")), duration),
    ];
    for (const wait of waits) {
      const error = yield* failure(TimeoutError, wait());
      assertEquals(error.message, `Timed out after ${milliseconds}ms`);
      assert(error.cause instanceof CancelledError);
    }
    assertEquals(getRunningLoop().time() - start, 3 * milliseconds);
    yield* sleep(duration);
    assertEquals(getRunningLoop().time() - start, 4 * milliseconds);
  });
}

test("spaces stand between number and unit, and nowhere else", function* () {
  for (const wrong of [" 2s", "2s ", "2 m s", "2\ts", "2\n s", "- 2s", "2", "s", " ", ""]) {
    assertThrows(() => sleep(wrong as never), RangeError, "delay must be");
  }
  yield;
});

test("a limit that was no time at all says so, too", function* () {
  const { message } = yield* failure(TimeoutError, waitFor(sleep("1h"), 0));
  assertEquals(message, "Timed out after 0ms");
  assertEquals(
    (yield* failure(TimeoutError, timeout(0, () => sleep("1h")))).message,
    "Timed out after 0ms",
  );
  assertEquals(
    (yield* failure(TimeoutError, waitFor(sleep("1h"), "-5ms"))).message,
    "Timed out after -5ms",
  );
});

test("a moment is named as one, and so is a limit that was moved", function* () {
  const loop = getRunningLoop();
  const when = loop.time() + 5;
  const at = yield* failure(TimeoutError, timeoutAt(when, () => sleep("1h")));
  assertEquals(at.message, `Timed out at ${when}ms of the loop's time`);
  const later = loop.time() + 25;
  const moved = timeout(5, function* (scope) {
    scope.reschedule(later);
    yield* sleep("1h");
  });
  assertEquals(
    (yield* failure(TimeoutError, moved)).message,
    `Timed out at ${later}ms of the loop's time`,
  );
});

test("asCompleted() names its limit", function* () {
  for (const next of asCompleted([sleep("1h"), sleep("2h")], { timeout: "5 ms" })) {
    assertEquals((yield* failure(TimeoutError, next)).message, "Timed out after 5ms");
  }
});

test("of nested limits the one that was hit is named", function* () {
  const outer = timeout(5, () => timeout(50, () => waitFor(sleep("1h"), 500)));
  assertEquals((yield* failure(TimeoutError, outer)).message, "Timed out after 5ms");
  const inner = timeout(500, () => timeout(50, () => waitFor(sleep("1h"), 5)));
  assertEquals((yield* failure(TimeoutError, inner)).message, "Timed out after 5ms");
});
