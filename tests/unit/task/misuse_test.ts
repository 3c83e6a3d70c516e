/**
 * What wrong `yield`s say, and what they leave alone.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  createTask,
  Event,
  Future,
  gather,
  getRunningLoop,
  InvalidStateError,
  Lock,
  Queue,
  sleep,
  taskGroup,
  timeout,
  until,
} from "../../../mod.ts";
import { failure, test, turns } from "../support.ts";

/** For `yield*` of what the compiler refuses. */
// deno-lint-ignore no-explicit-any
const untyped = (x: unknown): any => x;

for (
  const [name, wrong] of [
    ["a promise", () => untyped(Promise.resolve(5))],
    ["an async function's promise", () => untyped(fetchText())],
    ["a function", () => untyped(sleeper)],
    ["nothing", () => untyped(undefined)],
    ["a lock", () => untyped(new Lock())],
  ] as const
) {
  test(`yield* of ${name} says what to write behind yield*`, function* () {
    const error = yield* failure(
      TypeError,
      createTask(function* () {
        yield* wrong();
      }),
    );
    assert(error.message.includes(" is not iterable (behind yield*, write until(promise) for a "));
    assert(error.stack!.includes("misuse_test.ts"), error.stack);
  });
}

async function fetchText(): Promise<string> {
  await Promise.resolve();
  return "text";
}

function* sleeper() {
  yield* sleep(5);
  return 42;
}

test("yield* of a list says to write gather()", function* () {
  for (const list of [[sleep(1), sleep(2)], [sleeper()], [Promise.resolve()], [new Future()]]) {
    const error = yield* failure(
      TypeError,
      createTask(function* () {
        yield* untyped(list);
      }),
    );
    assert(
      error.message.endsWith("(yield* waits for one thing; for a list, write yield* gather(list))"),
    );
  }
});

test("what to write is said once, however many tasks the error passes", function* () {
  const innermost = createTask(function* () {
    yield* untyped(Promise.resolve());
  });
  const middle = createTask(function* () {
    yield* timeout("1s", () => innermost);
  });
  const error = yield* failure(TypeError, createTask(() => middle));
  assertEquals(error.message.split("until(promise)").length, 2, error.message);
});

test("the errors of a group's body say it, too", function* () {
  const error = yield* failure(
    AggregateError,
    taskGroup(function* () {
      yield* untyped(Promise.resolve());
    }),
  );
  assert(error.errors[0].message.includes("until(promise)"), error.errors[0].message);
});

test("other TypeErrors are left as they are", function* () {
  for (
    const thrown of [new TypeError("other"), Object.freeze(new TypeError("x is not iterable"))]
  ) {
    const error = yield* failure(
      TypeError,
      createTask(function* () {
        yield* turns(1);
        throw thrown;
      }),
    );
    assertEquals(error, thrown);
    assert(!error.message.includes("until"), error.message);
  }
});

test("for…of over a coroutine fails where it stands, and goes on for no item more", function* () {
  const waits = [
    () => sleep(20),
    () => new Future<void>(),
    () => new Queue<number>().get(),
    () => new Event().wait(),
    () => until(new Promise<void>(() => {})),
    () => gather(sleep(5)),
  ];
  for (const wait of waits) {
    let items = 0;
    let unwound = false;
    const waiting = function* () {
      try {
        yield* wait();
      } finally {
        unwound = true;
      }
    };
    const error = yield* failure(
      InvalidStateError,
      createTask(function* byHand() {
        for (const _ of untyped(waiting())) items++;
      }),
    );
    assert(error.message.includes("by for…of"), error.message);
    assert(error.stack!.includes("byHand"), error.stack);
    assertEquals([items, unwound], [1, true]);
  }
});

test("a sleep that for…of has begun wakes nobody who gets the slot after it", function* () {
  yield* failure(
    InvalidStateError,
    createTask(function* () {
      for (const _ of untyped(sleeper())) { /* It is advanced here. */ }
    }),
  );
  const future = new Future<string>();
  const waiting = Array.from({ length: 4 }, () => createTask(() => future));
  yield* sleep(50);
  future.setResult("untouched");
  assertEquals(yield* gather(waiting), Array(4).fill("untouched"));
});

test("who catches the error of an iteration by hand can go on waiting", function* () {
  const queue = new Queue<number>();
  getRunningLoop().callLater(1, () => queue.putNowait(1));
  const result = yield* createTask(function* () {
    try {
      for (const _ of untyped(queue.get())) { /* It is advanced here. */ }
    } catch (error) {
      assert(error instanceof InvalidStateError);
    }
    yield* sleep(5);
    return yield* queue.get();
  });
  assertEquals(result, 1);
});
