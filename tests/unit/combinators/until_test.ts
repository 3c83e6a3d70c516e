/**
 * `until()` and `abortable()`: promises in coroutines, and what a cancel does to them.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  abortable,
  CancelledError,
  createTask,
  currentTask,
  InvalidStateError,
  sleep,
  timeout,
  TimeoutError,
  until,
  waitFor,
} from "../../../mod.ts";
import { failure, onBothCores, test, turns, unhandled } from "../support.ts";

test("until() gives what the promise is fulfilled with, now or later", function* () {
  assertEquals(yield* until(Promise.resolve("now")), "now");
  const later = new Promise<string>((resolve) => setTimeout(() => resolve("later")));
  assertEquals(yield* until(later), "later");
});

test("until() throws what the promise is rejected with", function* () {
  const error = new RangeError("wrong");
  assertStrictEquals(yield* failure(RangeError, until(Promise.reject(error))), error);
  let caught: unknown = "nothing";
  try {
    yield* until(Promise.reject(undefined));
  } catch (reason) {
    caught = reason;
  }
  assertEquals(caught, undefined);
});

test("until() takes anything with a then", function* () {
  const thenable: PromiseLike<number> = {
    then: (resolve) => Promise.resolve(resolve!(5)) as never,
  };
  assertEquals(yield* until(thenable), 5);
  const error = new RangeError("then threw");
  const broken: PromiseLike<number> = {
    then() {
      throw error;
    },
  };
  assertStrictEquals(yield* failure(RangeError, until(broken)), error);
});

test("only a thenable's first word counts", function* () {
  const chatty: PromiseLike<number> = {
    then(resolve, reject) {
      resolve!(1);
      resolve!(2);
      reject!(new RangeError("too late"));
      return undefined as never;
    },
  };
  assertEquals(yield* until(chatty), 1);
});

test("while a task waits for a promise, the others go on", function* () {
  const { promise, resolve } = Promise.withResolvers<string>();
  const task = createTask(until(promise));
  yield* turns(10);
  assert(!task.done());
  resolve("result");
  assertEquals(yield* task, "result");
});

test("a cancelled until() lets go of the promise, which goes on by itself", function* () {
  const { promise, resolve } = Promise.withResolvers<string>();
  const task = createTask(until(promise));
  yield* turns(2);
  task.cancel("enough");
  assertEquals((yield* failure(CancelledError, task)).message, "enough");
  resolve("went on");
  assertEquals(yield* until(promise), "went on");
});

onBothCores(
  "a promise that is rejected after the wait was cancelled disturbs nobody",
  async ({ run }) => {
    const reports: string[] = [];
    const { promise, reject } = Promise.withResolvers<void>();
    const reasons = await unhandled(() =>
      run(function* () {
        const task = createTask(until(promise));
        yield* turns(2);
        task.cancel();
        yield* failure(CancelledError, task);
        reject(new RangeError("too late"));
        yield* sleep(1);
      }, { exceptionHandler: ({ message }) => reports.push(message) })
    );
    assertEquals([reasons, reports], [[], []]);
  },
);

test("until() may be awaited once; the promise as often as one likes", function* () {
  const promise = Promise.resolve(5);
  const operation = until(promise);
  assertEquals(yield* operation, 5);
  yield* failure(InvalidStateError, operation);
  assertEquals(yield* until(promise), 5);
});

test("until() refuses what is no promise", function* () {
  for (const bad of [5, null, undefined, {}, "text", () => Promise.resolve()]) {
    assertThrows(
      () => until(bad as never),
      TypeError,
      "aw must be a coroutine, future, task, operation or promise, got",
    );
  }
  yield;
});

test("abortable() gives its function a signal, and gives what the promise gives", function* () {
  let given: AbortSignal | undefined;
  const result = yield* abortable((signal) => {
    given = signal;
    return Promise.resolve("result");
  });
  assertEquals(result, "result");
  assert(given instanceof AbortSignal && !given.aborted);
  const error = new RangeError("wrong");
  assertStrictEquals(yield* failure(RangeError, abortable(() => Promise.reject(error))), error);
});

test("abortable() calls its function when it is awaited", function* () {
  let called = false;
  const operation = abortable(() => {
    called = true;
    return Promise.resolve();
  });
  yield* turns(2);
  assert(!called);
  yield* operation;
  assert(called);
});

test("cancelling abortable() aborts the signal, with the CancelledError as its reason", function* () {
  let given!: AbortSignal;
  const task = createTask(abortable((signal) => {
    given = signal;
    return new Promise(() => {});
  }));
  yield* turns(2);
  task.cancel("enough");
  const error = yield* failure(CancelledError, task);
  assert(given.aborted && given.reason instanceof CancelledError);
  assertEquals([error.message, (given.reason as Error).message], ["enough", "enough"]);
});

test("a time limit aborts the signal, too", function* () {
  const signals: AbortSignal[] = [];
  const work = () =>
    abortable((signal) => {
      signals.push(signal);
      return new Promise<void>((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason))
      );
    });
  yield* failure(TimeoutError, waitFor(work(), 10));
  yield* failure(TimeoutError, timeout(10, work));
  assertEquals(signals.map((signal) => signal.aborted), [true, true]);
});

test("a signal is not aborted when its work was done before the cancel", function* () {
  let given!: AbortSignal;
  const task = createTask(function* () {
    yield* abortable((signal) => {
      given = signal;
      return Promise.resolve();
    });
    yield* sleep("1h");
  });
  while (given === undefined) yield;
  yield* sleep(1);
  task.cancel();
  yield* failure(CancelledError, task);
  assert(!given.aborted);
});

test("abortable() refuses what is no function, and a function that returns no promise", function* () {
  assertThrows(
    () => abortable(Promise.resolve() as never),
    TypeError,
    "fn must be a function, got Promise",
  );
  const error = yield* failure(TypeError, abortable((() => 5) as never));
  assertEquals(error.message, "fn must return a promise, got 5");
  const thrown = new RangeError("wrong");
  const throws = abortable(() => {
    throw thrown;
  });
  assertStrictEquals(yield* failure(RangeError, throws), thrown);
});

onBothCores(
  "a task's signal and a run's signal pass a cancel through, both ways",
  async ({ run }) => {
    const controller = new AbortController();
    const heard: string[] = [];
    const promise = run(function* () {
      const { signal } = currentTask()!;
      signal.addEventListener("abort", () => heard.push("task.signal"));
      yield* abortable((inner) => {
        inner.addEventListener("abort", () => heard.push("abortable"));
        setTimeout(() => controller.abort());
        return new Promise(() => {});
      });
    }, { signal: controller.signal });
    const error = await promise.catch((reason) => reason);
    assert(error instanceof CancelledError);
    assertEquals(heard.sort(), ["abortable", "task.signal"]);
  },
);

onBothCores("fetch() is aborted by a time limit, and hangs up", async ({ run }) => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const received = Promise.withResolvers<void>();
  const server = (async () => {
    using connection = await listener.accept();
    const buffer = new Uint8Array(1024);
    while (await connection.read(buffer).catch(() => null) !== null) received.resolve();
    return "the client has hung up";
  })();
  await run(function* () {
    const request = timeout(null, function* (scope) {
      // The time is up as soon as the server has the request.
      received.promise.then(() => scope.reschedule(0));
      const url = `http://127.0.0.1:${listener.addr.port}/`;
      yield* abortable((signal) => fetch(url, { signal }));
    });
    yield* failure(TimeoutError, request);
    assertEquals(yield* until(server), "the client has hung up");
  });
  listener.close();
});
