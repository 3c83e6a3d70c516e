/**
 * `iterate()` when closing the iterator fails, too: the first error stays.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  CancelledError,
  createTask,
  iterate,
  sleep,
  timeout,
  TimeoutError,
  until,
  wait,
} from "../../../mod.ts";
import { failure, onBothCores, test, turns, unhandled } from "../support.ts";

/** How `return()` of an iterator can go wrong. */
const returns: Record<string, () => unknown> = {
  "throws at once": () => {
    throw new TypeError("return() threw");
  },
  "is rejected": () => Promise.reject(new TypeError("return() was rejected")),
  "is rejected later": async () => {
    await new Promise((resolve) => setTimeout(resolve));
    throw new TypeError("return() was rejected later");
  },
  "gives a thenable whose then throws": () => ({
    then() {
      throw new TypeError("then() threw");
    },
  }),
  "gives a thenable whose then can't be read": () => ({
    get then() {
      throw new TypeError("then can't be read");
    },
  }),
  "is cancelled": () => Promise.reject(new CancelledError("its own")),
};

interface Source extends AsyncIterable<number> {
  closed: number;
}

/** Counts from zero; and closes in its own way. */
function source(close: () => unknown, next?: () => Promise<IteratorResult<number>>): Source {
  let items = 0;
  const iterator = {
    next: next ?? (() => Promise.resolve({ done: false as const, value: items++ })),
    return() {
      iterable.closed++;
      return close() as Promise<IteratorResult<number>>;
    },
  };
  const iterable: Source = { closed: 0, [Symbol.asyncIterator]: () => iterator };
  return iterable;
}

for (const [how, close] of Object.entries(returns)) {
  test(`the body's error stays when return() ${how}`, function* () {
    const error = new RangeError("the body's");
    for (
      const body of [
        () => {
          throw error;
        },
        function* () {
          yield* sleep(1);
          throw error;
        },
        () => Promise.reject(error),
      ]
    ) {
      const items = source(close);
      assertStrictEquals(yield* failure(RangeError, iterate(items, body)), error);
      assertEquals(items.closed, 1);
    }
  });

  test(`a cancel of the body stays when return() ${how}`, function* () {
    const items = source(close);
    const task = createTask(iterate(items, () => sleep("1h")));
    yield* turns(5);
    task.cancel("enough");
    yield* wait([task]);
    assert(task.cancelled());
    assertEquals((yield* failure(CancelledError, task)).message, "enough");
    assertEquals(items.closed, 1);
  });

  test(`a cancel during next() stays when return() ${how}`, function* () {
    const items = source(close, () => new Promise(() => {}));
    const task = createTask(iterate(items, function* () {}));
    yield* turns(3);
    task.cancel("enough");
    assertEquals((yield* failure(CancelledError, task)).message, "enough");
    assertEquals([task.cancelled(), items.closed], [true, 1]);
  });

  test(`a time limit stays when return() ${how}`, function* () {
    const items = source(close);
    yield* failure(TimeoutError, timeout(10, () => iterate(items, () => sleep("1h"))));
    assertEquals(items.closed, 1);
  });

  test(`an iteration that the body ends fails when return() ${how}`, function* () {
    const items = source(close);
    const ending = iterate(items, () => sleep(0, false));
    yield* failure(how === "is cancelled" ? CancelledError : TypeError, ending);
    assertEquals(items.closed, 1);
  });
}

test("an iterator whose return can't be read loses no error", function* () {
  const error = new RangeError("the body's");
  const items: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({
      next: () => Promise.resolve({ done: false, value: 1 }),
      get return(): never {
        throw new TypeError("return can't be read");
      },
    }),
  };
  const failing = iterate(items, () => {
    throw error;
  });
  assertStrictEquals(yield* failure(RangeError, failing), error);
  yield* failure(TypeError, iterate(items, () => Promise.resolve(false)));
});

test("a cancel while return() is waited for is not lost, after an error either", function* () {
  for (const failing of [false, true]) {
    const items = source(() => new Promise(() => {}));
    const task = createTask(function* () {
      try {
        yield* iterate(items, () => {
          if (failing) throw new RangeError("the body's");
          return Promise.resolve(false);
        });
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
      }
      yield* sleep("1h");
    });
    while (items.closed === 0) yield* until(Promise.resolve());
    yield* turns(2);
    task.cancel("enough");
    yield* wait([task], { timeout: 10 });
    assert(task.cancelled(), `failing: ${failing}`);
    task.cancel();
  }
});

onBothCores("errors of return() that nobody sees are no unhandled rejections", async ({ run }) => {
  const reasons = await unhandled(async () => {
    for (const close of Object.values(returns)) {
      await run(function* () {
        const items = source(close);
        yield* failure(RangeError, iterate(items, () => Promise.reject(new RangeError())));
        const task = createTask(iterate(source(close, () => new Promise(() => {})), sleep));
        yield* turns(3);
        task.cancel();
        yield* failure(CancelledError, task);
      });
    }
  });
  assertEquals(reasons, []);
});

test("as in `for await`, return() isn't called after an error of next()'s", function* () {
  for (
    const next of [
      () => {
        throw new RangeError("next() threw");
      },
      () => Promise.reject(new RangeError("next() was rejected")),
      () => Promise.resolve(5 as never),
      () =>
        Promise.resolve({
          get done(): never {
            throw new RangeError("done can't be read");
          },
          value: 1,
        }),
      () =>
        Promise.resolve({
          done: false as const,
          get value(): never {
            throw new RangeError("value can't be read");
          },
        }),
    ]
  ) {
    const items = source(returns["throws at once"], next);
    yield* failure(Error, iterate(items, function* () {}));
    assertEquals(items.closed, 0, String(next));
  }
});
