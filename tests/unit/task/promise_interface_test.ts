/**
 * Futures and tasks where promises are expected: `then`, `catch`, `finally`, what takes them, and who
 * hears of a failure.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  CancelledError,
  createTask,
  Future,
  gather,
  getRunningLoop,
  run,
  shield,
  sleep,
  type Task,
  until,
} from "../../../mod.ts";
import { failing, later, onBothCores, printed, test, turns, unhandled } from "../support.ts";

/** What type checkers say of it is half of the test. */
function takesPromise<T>(promise: Promise<T>): Promise<T> {
  return promise;
}

test("a future is a Promise to the compiler and to what takes promises", function* () {
  const task: Promise<number> = createTask(later(1, 5));
  const future: Promise<string> = new Future<string>();
  (future as Future<string>).setResult("set");
  const all = Promise.all([takesPromise(task), future, shield(later(1, true))]);
  assertEquals(yield* until(all), [5, "set", true]);
  assertEquals(yield* until(Promise.race([task, new Future<void>()])), 5);
  const settled = yield* until(Promise.allSettled([task, createTask(failing(1, "wrong"))]));
  assertEquals(settled, [
    { status: "fulfilled", value: 5 },
    { status: "rejected", reason: "wrong" },
  ]);
});

Deno.test("a task may be what an async function returns", async () => {
  const handler = async (): Promise<string> => await createTask(later(1, "response"));
  const direct: () => Promise<string> = () => createTask(later(1, "response"));
  assertEquals([await handler(), await direct()], ["response", "response"]);
});

test("then(), catch() and finally() give native promises", function* () {
  const future = new Future<number>();
  const promises = [future.then(), future.catch(() => 0), future.finally(() => {})];
  for (const promise of promises) {
    assertStrictEquals(Object.getPrototypeOf(promise), Promise.prototype);
  }
  future.setResult(5);
  assertEquals(yield* until(Promise.all(promises)), [5, 5, 5]);
});

test("the tag says what it is", function* () {
  const tag = (x: unknown) => Object.prototype.toString.call(x);
  assertEquals(tag(new Future()), "[object Future]");
  assertEquals(tag(createTask(sleep(0))), "[object Task]");
  assertEquals(tag(gather(sleep(0))), "[object Future]");
  yield;
});

test("catch() is called with the error, or not at all", function* () {
  const error = new RangeError("wrong");
  const failed = createTask(failing(1, error));
  assertStrictEquals(yield* until(failed.catch((reason) => reason)), error);
  assertEquals(yield* until(createTask(later(1, "right")).catch(() => "wrong")), "right");
  const cancelled = new Future<void>();
  cancelled.cancel("enough");
  const reason = yield* until(cancelled.catch((reason) => reason));
  assert((reason as unknown) instanceof CancelledError);
  assertEquals((reason as unknown as Error).message, "enough");
});

test("finally() is called without arguments, and passes on what came before it", function* () {
  const seen: unknown[][] = [];
  const note = (...args: unknown[]) => {
    seen.push(args);
    return "ignored";
  };
  const error = new RangeError("wrong");
  assertEquals(yield* until(createTask(later(1, 5)).finally(note as () => void)), 5);
  const rejected = createTask(failing(1, error)).finally(note as () => void);
  assertStrictEquals(yield* until(rejected.catch((reason) => reason)), error);
  const replaced = createTask(later(1, 5)).finally(() => {
    throw error;
  });
  assertStrictEquals(yield* until(replaced.catch((reason) => reason)), error);
  assertEquals(seen, [[], []]);
});

test("what is no function passes on what came before it", function* () {
  const error = new RangeError("wrong");
  const task = createTask(later(1, 5));
  const wrong = createTask(failing(1, error));
  for (const none of [null, undefined, 5 as never]) {
    const values = [task.then(none), task.catch(none), task.finally(none)];
    assertEquals(yield* until(Promise.all(values)), [5, 5, 5]);
    const reasons = [wrong.then(none, none), wrong.catch(none), wrong.finally(none)];
    const outcomes = yield* until(Promise.allSettled(reasons));
    assertEquals(outcomes.map((outcome) => (outcome as PromiseRejectedResult).reason), [
      error,
      error,
      error,
    ]);
  }
});

test("a promise's callbacks run in microtasks after the turn in which it ended", function* () {
  const log: string[] = [];
  const future = new Future<void>();
  const ended = future.then(() => log.push("then"));
  future.addDoneCallback(() => log.push("done callback"));
  future.setResult();
  log.push("set");
  yield;
  log.push("next turn");
  yield* until(ended);
  assertEquals(log.slice(0, 1), ["set"]);
  assertEquals([...log].sort(), ["done callback", "next turn", "set", "then"]);
});

test("a result that is a promise is followed, as by native ones", function* () {
  const future = new Future<Promise<number>>();
  future.setResult(Promise.resolve(5));
  assertEquals(yield* until(future.then((value) => value)), 5 as never);
});

onBothCores("a failure that a promise hears of is not reported", async ({ run }) => {
  const lines = await printed("error", async () => {
    const reasons = await unhandled(() =>
      run(function* () {
        const looks: ((task: Task<never>) => unknown)[] = [
          (task) => task.catch(() => {}),
          (task) => task.then(null, () => {}),
          (task) => task.finally(() => {}).catch(() => {}),
          (task) => Promise.allSettled([task]),
        ];
        for (const look of looks) look(createTask(failing(1, new Error("heard"))));
        yield* sleep(5);
      })
    );
    assertEquals(reasons, []);
  });
  assertEquals(lines, []);
});

onBothCores("a rejection that nobody catches is the host's, and not reported", async ({ run }) => {
  const lines = await printed("error", async () => {
    const reasons = await unhandled(() =>
      run(function* () {
        createTask(failing(1, "by then")).then(() => {});
        createTask(failing(1, "by finally")).finally(() => {});
        createTask(failing(1, "by catch")).catch(null);
        yield* sleep(5);
      })
    );
    assertEquals([...reasons].sort(), ["by catch", "by finally", "by then"]);
  });
  assertEquals(lines, []);
});

onBothCores(
  "what ends after its promise was asked for is heard outside the loop",
  async ({ core }) => {
    const results: unknown[] = [];
    let kept: Future<string>;
    await run(function* () {
      kept = new Future<string>();
      kept.then((value) => results.push(value));
      getRunningLoop().callSoon(() => kept.setResult("late"));
      yield* turns(2);
    }, { core });
    assertEquals(await kept!, "late");
    assertEquals(results, ["late"]);
    const failed = await run(function* () {
      const task = createTask(failing(0, new RangeError("kept")));
      yield* turns(3);
      return { task };
    }, { core, exceptionHandler: () => {} });
    await assertRejects(() => failed.task, RangeError, "kept");
    await assertRejects(() => failed.task.finally(() => {}), RangeError, "kept");
  },
);

test("awaiting by a promise cancels nothing, and a cancel comes through", function* () {
  const task = createTask(sleep("1h"));
  const promise = task.then();
  const waiter = createTask(until(promise));
  yield* turns(2);
  waiter.cancel();
  yield* turns(2);
  assertEquals([waiter.cancelled(), task.done()], [true, false]);
  task.cancel("enough");
  const reason = yield* until(promise.catch((error) => error));
  assert((reason as unknown) instanceof CancelledError);
});
