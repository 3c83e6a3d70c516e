/**
 * Objects that do their worst when they are looked at: whatever programs throw, return, yield or pass,
 * the loop goes on, the very object comes out, and the report is made.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  asCompleted,
  type Awaitable,
  CancelledError,
  Condition,
  type Coroutine,
  createTask,
  type ExceptionContext,
  Future,
  gather,
  getRunningLoop,
  iterate,
  shield,
  sleep,
  taskGroup,
  timeout,
  until,
  wait,
  waitFor,
} from "../../../mod.ts";
import { VirtualClock } from "../../../testing.ts";
import { onBothCores, printed, program, test, turns } from "../support.ts";

function thrower(): never {
  throw new TypeError("Don't look");
}

/** Errors that don't want to be looked at; each time a new one. */
const hostile: Record<string, () => unknown> = {
  "an error whose inspection throws": () =>
    Object.assign(new Error("inspection"), {
      [Symbol.for("Deno.customInspect")]: thrower,
      [Symbol.for("nodejs.util.inspect.custom")]: thrower,
    }),
  "an error whose getters throw": () =>
    Object.defineProperties(new Error("getters"), {
      message: { get: thrower },
      name: { get: thrower },
      stack: { get: thrower },
      cause: { get: thrower },
      constructor: { get: thrower },
      then: { get: thrower },
      next: { get: thrower },
      toString: { get: thrower },
      [Symbol.toStringTag]: { get: thrower },
      [Symbol.toPrimitive]: { get: thrower },
    }),
  "an error whose toString() throws": () =>
    Object.assign(new Error("toString"), { toString: thrower, [Symbol.toPrimitive]: thrower }),
  "an error whose name is a symbol": () =>
    Object.assign(new Error("symbol"), { name: Symbol("odd"), message: Symbol("odd") }),
  "an object with a hostile constructor": () => ({
    get constructor() {
      return thrower();
    },
  }),
  "an object whose constructor's name is no string": () => ({ constructor: { name: Symbol("n") } }),
  "an object with a hostile tag": () => ({
    get [Symbol.toStringTag]() {
      return thrower();
    },
  }),
  "an object whose tag is an object": () => ({ [Symbol.toStringTag]: { toString: thrower } }),
  "an object without a prototype": () => Object.create(null),
  "a class": () =>
    class {
      static get name() {
        return thrower();
      }
    },
  "a symbol": () => Symbol("thrown"),
  "null": () => null,
  "undefined": () => undefined,
  "an endless error": () => {
    const error = new Error("endless");
    error.cause = error;
    return new AggregateError([error, error], "endless", { cause: error });
  },
  "a proxy that allows nothing": () => proxy(new Error("proxy")),
  "a function's proxy that allows nothing": () => proxy(() => {}),
  "a revoked proxy": () => {
    const { proxy, revoke } = Proxy.revocable(new Error("revoked"), {});
    revoke();
    return proxy;
  },
};

function proxy(target: object): unknown {
  const traps = Object.getOwnPropertyNames(Reflect).map((name) => [name, thrower]);
  return new Proxy(target, Object.fromEntries(traps));
}

/** Whatever comes out of a wait. */
function* caught(wait: Iterable<unknown, unknown, unknown>): Coroutine<unknown> {
  try {
    yield* wait;
  } catch (error) {
    return error;
  }
  return "nothing was thrown";
}

function* throwing(error: unknown): Coroutine<never> {
  yield;
  throw error;
}

/** All ways by which an error reaches a coroutine. */
const ways: Record<string, (error: unknown) => Iterable<unknown, unknown, unknown>> = {
  "a task": (error) => createTask(throwing(error)),
  "an eager task": (error) =>
    createTask(
      () => {
        const coroutine = throwing(error);
        coroutine.next();
        return coroutine;
      },
      { eager: true },
    ),
  "a future": (error) => {
    const future = new Future();
    future.setException(error);
    return future;
  },
  "a promise": (error) => until(Promise.reject(error)),
  "a promise's task": (error) => createTask(Promise.reject(error)),
  "until()": (error) => until(throwing(error)),
  "until() with onCancel": (error) => until(throwing(error), { onCancel() {} }),
  "gather()": (error) => gather(sleep(5), throwing(error)),
  "shield()": (error) => shield(throwing(error)),
  "asCompleted()": (error) => asCompleted([throwing(error)]).next().value!,
  "waitFor()": (error) => waitFor(throwing(error), 10),
  "waitFor() without time": (error) => {
    const future = new Future();
    future.setException(error);
    return waitFor(future, 0);
  },
  "timeout()": (error) => timeout(10, () => throwing(error)),
  "a timeout() that has expired": (error) =>
    timeout(10, function* () {
      try {
        yield* sleep("1h");
      } catch {
        throw error;
      }
    }),
  "iterate()'s body": (error) =>
    iterate(
      (async function* () {
        yield 1;
      })(),
      () => throwing(error),
    ),
  "iterate()'s iterator": (error) => {
    // deno-lint-ignore require-yield
    async function* source(): AsyncGenerator<number> {
      throw error;
    }
    return iterate(source(), function* () {});
  },
  "a condition's predicate": function* (error) {
    const condition = new Condition();
    yield* condition.acquire();
    yield* condition.waitFor(() => {
      throw error;
    });
  },
  "the cleanup of a cancelled task": function* (error) {
    const task = createTask(function* () {
      try {
        yield* sleep("1h");
      } catch {
        throw error;
      }
    });
    yield* turns(2);
    task.cancel();
    yield* task;
  },
};

for (const [way, make] of Object.entries(ways)) {
  test(`every error comes as it is through ${way}`, function* () {
    for (const [name, hostility] of Object.entries(hostile)) {
      const error = hostility();
      assert(Object.is(yield* caught(make(error)), error), name);
    }
  });
}

test("a task group's AggregateError holds every error as it is", function* () {
  for (const [name, hostility] of Object.entries(hostile)) {
    const error = hostility();
    const group = yield* caught(taskGroup(function* (group) {
      group.createTask(throwing(error));
      yield* sleep(5);
    }));
    assert(group instanceof AggregateError, name);
    const { errors, message } = group as AggregateError;
    assert(Object.is(errors[0], error), name);
    assert(typeof message === "string", name);
  }
});

test("gather() and wait() take every error as a value", function* () {
  for (const [name, hostility] of Object.entries(hostile)) {
    const error = hostility();
    const task = createTask(throwing(error));
    yield* wait([task], { returnWhen: "FIRST_EXCEPTION" });
    assert(Object.is(task.exception(), error), name);
    const [outcome] = yield* gather([throwing(error)], { returnExceptions: true });
    assert(Object.is(outcome, error), name);
  }
});

test("every value may be a result, and printing what failed with it never throws", function* () {
  for (const [name, hostility] of Object.entries(hostile)) {
    const value = hostility();
    // Promises can't have such results either.
    if (name !== "an error whose getters throw" && !name.includes("proxy")) {
      const task = createTask(function* () {
        yield;
        return value;
      });
      assert(Object.is(yield* task, value), name);
    }
    const future = new Future();
    future.setException(value);
    future.exception();
    assert(String(future).startsWith("Future failed"), name);
    assertEquals(JSON.parse(JSON.stringify(future)), String(future));
    Deno.inspect(future);
  }
});

for (const [name, hostility] of Object.entries(hostile)) {
  onBothCores(`run() fails with ${name}, and ends`, async ({ run }) => {
    const error = hostility();
    let caught: unknown = "nothing";
    try {
      await run(() => throwing(error));
    } catch (reason) {
      caught = reason;
    }
    assert(Object.is(caught, error));
  });

  /** What reports ${name}; one report each. */
  const reporters: Record<string, (error: unknown) => void> = {
    "a callback": (error) =>
      void getRunningLoop().callSoon(() => {
        throw error;
      }),
    "a done callback": (error) => {
      const future = new Future<void>();
      future.addDoneCallback(() => {
        throw error;
      });
      future.setResult();
    },
    "a failed task": (error) => void createTask(throwing(error), { name: "failed" }),
    "a failed future": (error) => new Future().setException(error),
    "callExceptionHandler()": (exception) =>
      getRunningLoop().callExceptionHandler({ message: "by hand", exception }),
    "a task that fails in clean-up": (error) =>
      void createTask(function* () {
        try {
          yield* sleep("1h");
        } catch {
          throw error;
        }
      }),
  };

  onBothCores(`${name} is reported to the handler, once each time`, async ({ run }) => {
    for (const [reporter, report] of Object.entries(reporters)) {
      const error = hostility();
      const reports: ExceptionContext[] = [];
      await run(function* () {
        report(error);
        yield* turns(3);
      }, {
        clock: new VirtualClock(),
        exceptionHandler: (context) => reports.push(context),
      });
      assertEquals(reports.length, 1, reporter);
      assert(Object.is(reports[0].exception, error), reporter);
      assert(typeof reports[0].message === "string", reporter);
    }
  });

  onBothCores(`${name} is printed where there is no handler`, async ({ run }) => {
    for (const [reporter, report] of Object.entries(reporters)) {
      const error = hostility();
      // As the host prints: by looking at it.
      const { error: original } = console;
      const texts: string[] = [];
      console.error = (...data: unknown[]) => {
        texts.push(data.map((x) => typeof x === "string" ? x : Deno.inspect(x)).join(" "));
      };
      try {
        await run(function* () {
          report(error);
          yield* turns(3);
        }, { clock: new VirtualClock() });
      } finally {
        console.error = original;
      }
      assertEquals(texts.length, 1, `${reporter}: ${texts.join()}`);
      assert(texts[0].startsWith("wasyncio: "), reporter);
    }
  });

  onBothCores(`a handler that throws ${name} is reported with the original`, async ({ run }) => {
    const lines = await printed("error", () =>
      run(function* () {
        getRunningLoop().callSoon(() => {
          throw 5;
        });
        yield* turns(3);
      }, {
        clock: new VirtualClock(),
        exceptionHandler() {
          throw hostility();
        },
      }).catch(() => {}));
    // What prints them here is a test's, and may throw itself.
    assert(lines.length >= 1 && lines[0].includes("Exception in callback"), lines.join());
  });
}

/** What has a name that is none. */
function named(name: PropertyDescriptor, fn: () => unknown = () => {}): () => unknown {
  return Object.defineProperty(fn, "name", { configurable: true, ...name });
}

const names: Record<string, PropertyDescriptor> = {
  "a symbol": { value: Symbol("callback") },
  "a getter that throws": { get: thrower },
  "an object whose toString() throws": { value: { toString: thrower } },
  "an object without a prototype": { value: Object.create(null) },
  "a million characters": { value: "x".repeat(1e6) },
  "undefined": { value: undefined },
  "a proxy": { value: proxy({}) },
};

for (const [kind, name] of Object.entries(names)) {
  onBothCores(`a callback whose name is ${kind} is reported when it fails`, async ({ run }) => {
    const reports: ExceptionContext[] = [];
    const fail = () => {
      throw new RangeError("wrong");
    };
    await run(function* () {
      const loop = getRunningLoop();
      loop.callSoon(named(name, fail));
      loop.callLater(1, named(name, fail));
      loop.callSoon(named(name, function* () {}));
      const future = new Future<void>();
      future.addDoneCallback(named(name, fail));
      future.setResult();
      yield* sleep(5);
    }, {
      clock: new VirtualClock(),
      debug: true,
      exceptionHandler: (context) => reports.push(context),
    });
    const errors = reports.filter(({ message }) => message.includes("callback"));
    assertEquals(errors.length, 4);
    for (const { message } of errors) assert(message.length < 1000, `${message.length}`);
  });

  test(`a function whose name is ${kind} may run as a task, be cancelled and time out`, function* () {
    const fn = named(name, function* () {
      yield* sleep("1h");
    }) as () => Coroutine<void>;
    const task = createTask(fn);
    yield* turns(2);
    assert(String(task).length < 1000);
    task.getStack();
    task.cancel();
    assert((yield* caught(task)) instanceof CancelledError);
    assertThrows(() => createTask(named(name, () => 5) as () => Awaitable<number>), TypeError);
  });
}

test("a task's name may hold anything that a string can, and stays short in reports", function* () {
  for (const name of ["", "\n\u0000", "x".repeat(1e6), "\ud800", "%s %o %c", "__proto__"]) {
    const task = createTask(sleep("1h"), { name });
    assertEquals(task.name, name);
    task.cancel();
    yield* caught(task);
  }
  for (const [, hostility] of Object.entries(hostile)) {
    const name = hostility();
    if (name === undefined) continue;
    assertThrows(() => createTask(sleep(1), { name: name as string }), TypeError);
  }
});

test("whatever is passed as an awaitable is refused by a TypeError, or taken", function* () {
  for (const [name, hostility] of Object.entries(hostile)) {
    const value = hostility() as Awaitable<unknown>;
    for (
      const take of [
        () => createTask(value),
        () => createTask(() => value),
        () => gather(value),
        () => shield(value),
        () => until(value),
        () => waitFor(value, 5),
        () => wait([value as Future<unknown>]),
        () => asCompleted([value]),
        () => iterate(value as never, function* () {}),
      ]
    ) {
      try {
        const taken = take();
        if (taken instanceof Future) yield* caught(taken);
      } catch (error) {
        assert(error instanceof TypeError, `${name}: ${error}`);
      }
    }
  }
});

test("whatever is yielded is answered by a TypeError at that place", function* () {
  for (const [name, hostility] of Object.entries(hostile)) {
    const value = hostility();
    if (value === undefined) continue; // That gives up a turn.
    const error = yield* caught(createTask(function* () {
      yield value;
    }));
    assert(error instanceof TypeError, `${name}: ${String(error)}`);
  }
});

test("a thenable that does its worst fails the wait for it, and nothing else", function* () {
  const thenables: (() => unknown)[] = [
    () => ({ then: thrower }),
    () => {
      let reads = 0;
      return {
        get then() {
          if (reads++ > 0) thrower();
          return (resolve: (value: unknown) => void) => resolve(5);
        },
      };
    },
    () => new Proxy(Promise.resolve(5), { get: (_, key) => key === "then" ? thrower : undefined }),
    () => Object.defineProperty(Promise.resolve(5), "then", { get: thrower }),
    () => Object.defineProperty(Promise.resolve(5), "constructor", { get: thrower }),
    () => ({
      then(resolve: (value: unknown) => void, reject: (error: unknown) => void) {
        resolve(5);
        reject(6);
        thrower();
      },
    }),
  ];
  for (const make of thenables) {
    const wait = function* () {
      return yield* until(make() as PromiseLike<unknown>);
    };
    const outcome = yield* caught(wait());
    assert(outcome instanceof TypeError || outcome === "nothing was thrown", String(outcome));
    const task = createTask(function* () {
      return yield* createTask(make() as PromiseLike<unknown>);
    });
    yield* caught(task);
  }
});

onBothCores(
  "a handler that returns anything, or a rejected promise, stops nothing",
  async ({ run }) => {
    for (const [, hostility] of Object.entries(hostile)) {
      await printed("error", () =>
        run(function* () {
          getRunningLoop().callSoon(thrower);
          yield* turns(3);
        }, { clock: new VirtualClock(), exceptionHandler: hostility as () => void }));
    }
  },
);

onBothCores("callbacks may return anything", async ({ run }) => {
  for (const [name, hostility] of Object.entries(hostile)) {
    const reports: ExceptionContext[] = [];
    await run(function* () {
      getRunningLoop().callSoon(hostility);
      yield* turns(3);
    }, {
      clock: new VirtualClock(),
      exceptionHandler: (context) => reports.push(context),
    });
    assertEquals(reports.map(({ message }) => message), [], name);
  }
});

Deno.test("no hostile error ends a process by its report", async () => {
  const { code, out, err } = await program(`
    const { run, sleep, createTask, getRunningLoop } = asyncio;
    const thrower = () => { throw new TypeError("Don't look"); };
    const traps = Object.fromEntries(Object.getOwnPropertyNames(Reflect).map((n) => [n, thrower]));
    const errors = [
      Object.assign(new Error(), { [Symbol.for("Deno.customInspect")]: thrower }),
      Object.defineProperties(new Error(), {
        message: { get: thrower }, name: { get: thrower }, stack: { get: thrower },
        constructor: { get: thrower }, [Symbol.toStringTag]: { get: thrower },
      }),
      { get constructor() { return thrower(); } },
      { get [Symbol.toStringTag]() { return thrower(); } },
      new Proxy(new Error(), traps),
    ];
    await run(function* () {
      for (const error of errors) {
        getRunningLoop().callSoon(() => { throw error; });
        createTask(function* () { throw error; });
      }
      yield* sleep(1);
    });
    // And on the default loop.
    for (const error of errors) createTask(function* () { throw error; });
    await sleep(20);
    console.log("went on");
  `);
  assertEquals([code, out], [0, "went on\n"], err);
  assertEquals(err.match(/wasyncio: /g)?.length, 15, err);
});
