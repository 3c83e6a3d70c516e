/**
 * Waiting for promises: what a wait leaves at the promise, what its error looks like, and what a
 * cancel does.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  abortable,
  CancelledError,
  type Coroutine,
  createTask,
  type Executor,
  gather,
  getRunningLoop,
  InvalidStateError,
  run,
  sleep,
  type Task,
  TimeoutError,
  until,
  wait,
  waitFor,
} from "../../../mod.ts";
import { failure, onBothCores, test, turns, unhandled } from "../support.ts";

/** Counts how often anybody attaches reactions to native promises while the body runs. */
function* reactions(
  promise: PromiseLike<unknown>,
  body: () => Coroutine<void>,
): Coroutine<number> {
  const { then } = Promise.prototype;
  let count = 0;
  // Own, so that what the library makes of a changed prototype doesn't matter: the original is called.
  const counting = new Proxy(then, {
    apply(original, self, args) {
      if (self === promise) count++;
      return Reflect.apply(original, self, args);
    },
  });
  // deno-lint-ignore no-explicit-any -- there is no type for a prototype that is changed
  const prototype = Promise.prototype as any;
  prototype.then = counting;
  try {
    yield* body();
  } finally {
    prototype.then = then;
  }
  return count;
}

/** What V8 really does at the promise: a reaction is given to the constructor of a species. */
function observed<T>(promise: Promise<T>): () => number {
  let count = 0;
  Object.defineProperty(promise, "constructor", {
    get() {
      count++;
      return Promise;
    },
  });
  return () => count;
}

test("a thousand cancelled waits of one promise leave one reaction there", function* () {
  const promise = new Promise<never>(() => {});
  const count = observed(promise);
  for (let i = 0; i < 1000; i++) yield* failure(TimeoutError, waitFor(until(promise), 1));
  assertEquals(count(), 1);
});

test("a thousand waits of one promise at a time need one reaction", function* () {
  const { promise, resolve } = Promise.withResolvers<string>();
  const count = observed(promise);
  const tasks = Array.from({ length: 1000 }, () => createTask(until(promise)));
  yield* turns(2);
  assertEquals(count(), 1);
  for (let i = 0; i < 1000; i += 2) tasks[i].cancel();
  resolve("there");
  const outcomes = yield* gather(tasks, { returnExceptions: true });
  outcomes.forEach((outcome, i) => {
    if (i % 2 === 0) assert(outcome instanceof CancelledError);
    else assertEquals(outcome, "there");
  });
  assertEquals(count(), 1);
});

test("all ways to wait for a promise share the one reaction", function* () {
  const promise = new Promise<never>(() => {});
  const count = observed(promise);
  const executor: Executor = { submit: () => promise };
  const ways: (() => { cancel(): boolean })[] = [
    () => createTask(until(promise)),
    () => createTask(promise),
    () => createTask(() => promise),
    () => createTask(waitFor(promise, null)),
    () => createTask(abortable(() => promise)),
    () => gather(promise),
    () => getRunningLoop().runInExecutor(executor, () => {}),
  ];
  for (let round = 0; round < 20; round++) {
    const waits = ways.map((way) => way());
    yield* turns(2);
    for (const each of waits) each.cancel();
    yield* turns(3);
  }
  assertEquals(count(), 1);
});

test("waits of a promise that has settled see what it settled with, each in its turn", function* () {
  const error = new RangeError("wrong");
  const rejected = Promise.reject(error);
  rejected.catch(() => {});
  const fulfilled = Promise.resolve("there");
  for (let round = 0; round < 3; round++) {
    assertEquals(yield* until(fulfilled), "there");
    assertStrictEquals(yield* failure(RangeError, until(rejected)), error);
    const tasks = [1, 2, 3].map(() => createTask(until(fulfilled)));
    assertEquals(yield* gather(tasks), ["there", "there", "there"]);
  }
});

test("a wait that begins while a promise's waiters are being told is told as well", function* () {
  const { promise, resolve } = Promise.withResolvers<string>();
  const log: string[] = [];
  const early = createTask(function* () {
    log.push(`early ${yield* until(promise)}`);
    log.push(`again ${yield* until(promise)}`);
    createTask(function* () {
      log.push(`late ${yield* until(promise)}`);
    });
  });
  yield* turns(2);
  resolve("there");
  yield* early;
  yield* sleep(1);
  assertEquals(log, ["early there", "again there", "late there"]);
});

test("a wait that is cancelled and begun anew in one turn is not told twice", function* () {
  const { promise, resolve } = Promise.withResolvers<string>();
  let waits = 0;
  const task = createTask(function* () {
    for (;;) {
      try {
        waits++;
        return yield* until(promise);
      } catch (error) {
        if (!(error instanceof CancelledError) || waits > 3) throw error;
      }
    }
  });
  for (let i = 0; i < 3; i++) {
    yield* turns(2);
    task.cancel();
  }
  yield* turns(2);
  resolve("there");
  assertEquals([yield* task, waits], ["there", 4]);
});

test("a cancel that comes after the promise has settled, and before the task ran, counts", function* () {
  const { promise, resolve } = Promise.withResolvers<string>();
  const task = createTask(until(promise));
  yield* turns(2);
  resolve("there");
  queueMicrotask(() => task.cancel());
  yield* failure(CancelledError, task);
});

test("one promise serves the tasks of several loops", function* () {
  const { promise, resolve } = Promise.withResolvers<string>();
  const others = [1, 2, 3].map((i) =>
    run(function* () {
      return `${yield* until(promise)} ${i}`;
    })
  );
  const given = run(() => waitFor(until(promise), 1)).catch((error) => error.name);
  const here = createTask(until(promise));
  assertEquals(yield* until(given), "TimeoutError");
  resolve("there");
  assertEquals(yield* here, "there");
  assertEquals(yield* until(Promise.all(others)), ["there 1", "there 2", "there 3"]);
});

test("a thenable's then() is called once a wait", function* () {
  let calls = 0;
  const thenable: PromiseLike<number> = {
    then(resolve) {
      resolve!(++calls);
      return undefined as never;
    },
  };
  assertEquals([yield* until(thenable), yield* until(thenable)], [1, 2]);
  const { promise } = Promise.withResolvers<never>();
  const never: PromiseLike<never> = {
    then() {
      calls++;
      return promise;
    },
  };
  calls = 0;
  for (let i = 0; i < 3; i++) yield* failure(TimeoutError, waitFor(until(never), 1));
  assertEquals(calls, 3);
});

test("a promise with a then() of its own, or of a subclass, is a thenable", function* () {
  class Counted extends Promise<number> {
    calls = 0;
    override then<A, B>(
      onfulfilled?: ((value: number) => A | PromiseLike<A>) | null,
      onrejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
    ): Promise<A | B> {
      this.calls++;
      return super.then(onfulfilled, onrejected);
    }
  }
  const counted = new Counted((resolve) => resolve(5));
  assertEquals([yield* until(counted), yield* until(counted)], [5, 5]);
  assertEquals(counted.calls, 2);
  const own = Promise.resolve(1);
  let calls = 0;
  own.then = ((resolve: (value: number) => void) => {
    resolve(++calls);
  }) as never;
  assertEquals([yield* until(own), yield* until(own)], [1, 2]);
});

test("an error shows the coroutines that waited, once, however many wait", function* () {
  const { promise, reject } = Promise.withResolvers<never>();
  function* innermost(): Coroutine<void> {
    yield* until(promise);
  }
  function* middle(): Coroutine<void> {
    yield* innermost();
  }
  const tasks = Array.from({ length: 20 }, () => createTask(middle()));
  yield* turns(2);
  const error = new RangeError("wrong");
  const before = error.stack!;
  reject(error);
  for (const task of tasks) assertStrictEquals(yield* failure(RangeError, task), error);
  // And whoever comes later, and by another promise.
  yield* failure(RangeError, createTask(middle()));
  yield* failure(RangeError, until(Promise.reject(error)));
  const { stack } = error;
  assert(stack!.startsWith(before), stack);
  assertEquals(stack!.match(/at async .*innermost/g)?.length, 1, stack);
  assertEquals(stack!.match(/at async .*middle/g)?.length, 1, stack);
  assert(stack!.indexOf("innermost") < stack!.indexOf("middle"), stack);
});

test("frozen errors, errors of other kinds and what is no error pass as they are", function* () {
  const frozen = Object.freeze(new RangeError("frozen"));
  const sealed = Object.seal(new RangeError("sealed"));
  const locked = Object.defineProperty(new RangeError("locked"), "stack", {
    value: "its own",
    writable: false,
    configurable: false,
  });
  const hostile = Object.defineProperty(new RangeError("hostile"), "stack", {
    get() {
      throw new TypeError("no stack");
    },
    set() {
      throw new TypeError("no stack");
    },
  });
  const foreign = new DOMException("foreign");
  const odd = [frozen, sealed, locked, hostile, foreign, "text", 5, null, undefined, {}];
  for (const reason of odd) {
    let caught: unknown = "nothing";
    const task = createTask(function* () {
      try {
        yield* until(Promise.reject(reason));
      } catch (error) {
        caught = error;
      }
    });
    yield* task;
    assert(Object.is(caught, reason));
    const failed = createTask(until(Promise.reject(reason)));
    yield* wait([failed]);
    assert(Object.is(failed.exception(), reason));
  }
  assertEquals(locked.stack, "its own");
});

test("onCancel is called when the wait is cancelled, and only then", function* () {
  const calls: unknown[] = [];
  const onCancel = (error: CancelledError) => void calls.push(error.message);
  assertEquals(yield* until(Promise.resolve(5), { onCancel }), 5);
  yield* failure(RangeError, until(Promise.reject(new RangeError()), { onCancel }));
  assertEquals(calls, []);
  const task = createTask(until(new Promise(() => {}), { onCancel }));
  yield* turns(2);
  task.cancel("enough");
  assertEquals((yield* failure(CancelledError, task)).message, "enough");
  assertEquals(calls, ["enough"]);
  const unstarted = createTask(until(new Promise(() => {}), { onCancel }));
  unstarted.cancel();
  yield* failure(CancelledError, unstarted);
  assertEquals(calls, ["enough"]);
});

/** What onCancel may return to be waited for. */
const cleanups: Record<string, (log: string[]) => unknown> = {
  "a coroutine": function* (log) {
    yield* sleep(10);
    log.push("cleaned up");
  },
  "an operation": (log) =>
    waitFor(
      function* () {
        yield* sleep(10);
        log.push("cleaned up");
      }(),
      "1s",
    ),
  "a task": (log) =>
    createTask(function* () {
      yield* sleep(10);
      log.push("cleaned up");
    }),
  "a promise": (log) =>
    new Promise((resolve) => setTimeout(resolve)).then(() => log.push("cleaned up")),
};

for (const [name, cleanup] of Object.entries(cleanups)) {
  test(`the cancel waits for ${name} that onCancel returns`, function* () {
    for (const aw of [new Promise(() => {}), sleep("1h")]) {
      const log: string[] = [];
      const task = createTask(function* () {
        try {
          yield* until<unknown>(aw, { onCancel: () => cleanup(log) as Promise<void> });
        } finally {
          log.push("left");
        }
      });
      yield* turns(2);
      task.cancel();
      yield* turns(2);
      assertEquals(log, []);
      yield* failure(CancelledError, task);
      assertEquals(log, ["cleaned up", "left"]);
    }
  });
}

test("a second cancel interrupts what onCancel has begun", function* () {
  for (const aw of [new Promise(() => {}), sleep("1h")]) {
    const log: string[] = [];
    const task = createTask(
      until<unknown>(aw, {
        *onCancel() {
          try {
            yield* sleep("1h");
          } finally {
            log.push("interrupted");
          }
        },
      }),
    );
    yield* turns(2);
    task.cancel("first");
    yield* turns(3);
    assertEquals(task.done(), false);
    task.cancel("second");
    yield* failure(CancelledError, task);
    assertEquals(log, ["interrupted"]);
  }
});

test("an error of onCancel's goes before the cancel", function* () {
  for (const make of [() => new Promise(() => {}), () => sleep("1h")]) {
    for (
      const onCancel of [
        () => {
          throw new RangeError("at once");
        },
        function* () {
          yield* sleep(1);
          throw new RangeError("later");
        },
        () => Promise.reject(new RangeError("a promise's")),
      ]
    ) {
      const task = createTask(until<unknown>(make(), { onCancel }));
      yield* turns(2);
      task.cancel();
      yield* failure(RangeError, task);
    }
  }
});

test("a cancel between the promise's end and the task's step calls onCancel", function* () {
  const { promise, resolve } = Promise.withResolvers<string>();
  let calls = 0;
  const task = createTask(until(promise, { onCancel: () => void calls++ }));
  yield* turns(2);
  resolve("there");
  queueMicrotask(() => task.cancel());
  yield* failure(CancelledError, task);
  assertEquals(calls, 1);
});

test("a deadline that passes calls onCancel, and becomes a TimeoutError after that", function* () {
  const log: string[] = [];
  const loop = getRunningLoop();
  const start = loop.time();
  yield* failure(
    TimeoutError,
    waitFor(
      until(new Promise(() => {}), {
        *onCancel() {
          yield* sleep(10);
          log.push("cleaned up");
        },
      }),
      5,
    ),
  );
  assertEquals([log, loop.time() - start], [["cleaned up"], 15]);
});

test("until() is yield* for what is ours: results, errors and cancels", function* () {
  const future = getRunningLoop().createFuture<string>();
  const waiting = createTask(until(future));
  yield* turns(2);
  waiting.cancel();
  yield* failure(CancelledError, waiting);
  assert(future.cancelled());
  const inner = createTask(sleep("1h"));
  const outer = createTask(until(inner));
  yield* turns(2);
  outer.cancel("enough");
  yield* failure(CancelledError, outer);
  assert(inner.cancelled());
  const operation = sleep(1, "slept");
  assertEquals(yield* until(operation), "slept");
  yield* failure(InvalidStateError, until(operation));
});

onBothCores("a promise that is rejected when nobody waits any more is heard", async ({ run }) => {
  const { promise, reject } = Promise.withResolvers<never>();
  const reasons = await unhandled(async () => {
    await run(function* () {
      yield* failure(TimeoutError, waitFor(until(promise), 1));
    });
    reject(new RangeError("too late"));
    await promise.catch(() => {});
  });
  assertEquals(reasons, []);
});

test("the counters of these tests count", function* () {
  const promise = new Promise<never>(() => {});
  const count = observed(promise);
  for (let i = 0; i < 3; i++) promise.then(() => {});
  assertEquals(count(), 3);
  const native = Promise.resolve();
  assertEquals(
    yield* reactions(native, function* () {
      native.then(() => {});
      native.catch(() => {});
    }),
    2,
  );
});

test("where Promise.prototype.then is patched, waits still end and share no more than one", function* () {
  const { promise, resolve } = Promise.withResolvers<string>();
  const tasks: Task<string>[] = [];
  const count = yield* reactions(promise, function* () {
    for (let i = 0; i < 10; i++) tasks.push(createTask(until(promise)));
    yield* turns(3);
  });
  assert(count === 1 || count === 10, `${count}`);
  resolve("there");
  assertEquals(new Set(yield* gather(tasks)), new Set(["there"]));
});

Deno.test("cancelled waits of a promise that never settles keep no memory", async () => {
  const module = JSON.stringify(import.meta.resolve("../../../mod.ts"));
  const source = `
    import { run, until, waitFor, TimeoutError } from ${module};
    const never = new Promise(() => {});
    async function wave(count) {
      await run(function* () {
        for (let i = 0; i < count; i++) {
          try { yield* waitFor(until(never), 0.001); } catch (error) {
            if (!(error instanceof TimeoutError)) throw error;
          }
        }
      });
      gc();
      return Deno.memoryUsage().heapUsed;
    }
    const before = await wave(2000);
    console.log(Math.round((await wave(20000) - before) / 20000));
  `;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-check", "--no-config", "--ext=ts", "--v8-flags=--expose-gc", source],
    env: { NO_COLOR: "1" },
  }).output();
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert(out !== "" && Number(out) < 40, `${out} bytes a wait ${err}`);
});
