/**
 * Coroutines that are run twice by `yield*`, which debug mode refuses.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  type Coroutine,
  createTask,
  getRunningLoop,
  InvalidStateError,
  iterate,
  sleep,
  timeout,
  until,
} from "../../../mod.ts";
import { failing, failure, later, test } from "../support.ts";

const debug = { debug: true, exceptionHandler: () => {} };

test("a second yield* of a coroutine that has ended is refused in debug mode", function* () {
  const coroutine = later(1, "result");
  assertEquals(yield* coroutine, "result");
  const error = yield* failure(InvalidStateError, coroutine);
  assert(error.message.endsWith("call its function again, or await its task"), error.message);
  assert(error.stack!.includes("delegation_test.ts"), error.stack);
}, debug);

test("so is one of a coroutine that has failed, or has never waited", function* () {
  const failed = failing(1, new RangeError("wrong"));
  yield* failure(RangeError, failed);
  yield* failure(InvalidStateError, failed);
  // deno-lint-ignore require-yield -- one that is over at once
  const immediate = (function* (): Coroutine<number> {
    return 5;
  })();
  assertEquals(yield* immediate, 5);
  yield* failure(InvalidStateError, immediate);
}, debug);

test("whoever else takes what yield* has run is refused as well", function* () {
  const coroutine = later(1, "result");
  yield* coroutine;
  for (const take of [() => createTask(coroutine), () => createTask(() => coroutine)]) {
    let error: unknown;
    try {
      take();
    } catch (thrown) {
      error = thrown;
    }
    assert(error instanceof InvalidStateError, String(error));
  }
  yield* failure(InvalidStateError, until(coroutine));
}, debug);

test("generators that give items are left alone in debug mode", function* () {
  function* numbers() {
    for (let i = 0; i < 6; i++) yield i;
  }
  const items = numbers();
  const seen: number[] = [];
  for (const item of { [Symbol.iterator]: () => keepOpen(items) }) {
    seen.push(item);
    if (item === 2) break;
  }
  assertEquals([...seen, ...items], [0, 1, 2, 3, 4, 5]);
  assertEquals([...items], []);
  yield;
}, debug);

/** An iterator that a `break` doesn't close. */
function keepOpen<T>(items: Iterable<T>): Iterator<T> {
  const iterator = items[Symbol.iterator]();
  return { next: () => iterator.next() };
}

test("in debug mode coroutines wait, fail and are cancelled as ever", function* () {
  assertEquals(yield* timeout("1m", () => later(1, "inside")), "inside");
  const task = createTask(function* outer() {
    return yield* (function* inner() {
      try {
        return yield* sleep("1h");
      } finally {
        yield* sleep(1);
      }
    })();
  });
  yield* sleep(1);
  assertEquals(task.getStack().map((line) => line.split(" ")[0]), ["inner", "outer"]);
  task.cancel();
  yield* sleep(5);
  assertEquals(task.cancelled(), true);
  const seen: number[] = [];
  async function* numbers() {
    for (let i = 0; i < 3; i++) yield i;
  }
  yield* iterate(numbers(), function* (item) {
    yield* later(1, item);
    seen.push(item);
  });
  assertEquals(seen, [0, 1, 2]);
}, debug);

test("without debug mode a coroutine that has ended gives undefined, as all generators", function* () {
  getRunningLoop().debug = true;
  getRunningLoop().debug = false;
  const coroutine = later(1, "result");
  assertEquals([yield* coroutine, yield* coroutine], ["result", undefined as never]);
});
