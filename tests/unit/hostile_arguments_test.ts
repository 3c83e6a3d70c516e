/**
 * Values that nobody expects: errors that are none, objects that throw when they are looked at, texts
 * of a million characters, frozen intrinsics.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  CancelledError,
  type Coroutine,
  createTask,
  type ExceptionContext,
  Future,
  gather,
  getRunningLoop,
  iterate,
  Lock,
  Runner,
  sleep,
  taskGroup,
  until,
  waitFor,
} from "../../mod.ts";
import { suspend } from "../../lowlevel.ts";
import { describe } from "../../src/check.ts";
import { failing, failure, later, onBothCores, printed, program, test, turns } from "./support.ts";

const LONG = "x".repeat(1_000_000);
/** No message about a long value is longer than this many characters. */
const SHORT = 600;

/** What JavaScript allows to be thrown although it is no error. */
const thrown: [string, unknown][] = [
  ["null", null],
  ["undefined", undefined],
  ["false", false],
  ["0", 0],
  ['""', ""],
  ["a symbol", Symbol("thrown")],
  ["an object without a prototype", Object.create(null)],
];

for (const [name, value] of thrown) {
  onBothCores(`a task that throws ${name} during the clean-up is reported`, async ({ run }) => {
    const reports: ExceptionContext[] = [];
    await run(function* () {
      createTask(function* () {
        try {
          yield* sleep("1h");
        } finally {
          // deno-lint-ignore no-unsafe-finally
          throw value;
        }
      }, { name: "thrower" });
      yield;
    }, { exceptionHandler: (context) => reports.push(context) });
    assertEquals(reports.map(({ message }) => message), [
      "Task thrower failed while its loop was shutting down",
    ]);
    assert("exception" in reports[0]);
    assertEquals(reports[0].exception, value);
  });

  test(`${name} goes through everything that passes errors on`, function* () {
    function* caught(wait: Iterable<unknown, unknown, unknown>): Coroutine<unknown> {
      try {
        yield* wait;
      } catch (error) {
        return error;
      }
      throw new Error("Nothing was thrown");
    }
    const future = new Future<void>();
    future.setException(value);
    const waits = [
      future,
      createTask(failing(1, value)),
      gather(failing(1, value)),
      waitFor(failing(1, value), 5),
      until(Promise.reject(value)),
      suspend((_wake, fail) => fail(value)),
    ];
    for (const wait of waits) assertEquals(yield* caught(wait), value);
    const group = taskGroup(function* (group) {
      group.createTask(failing(1, value));
      yield* sleep(5);
    });
    assertEquals((yield* failure(AggregateError, group)).errors, [value]);
    assertEquals(future.exception(), value);
  });

  onBothCores(`a callback that throws ${name} is reported`, async ({ run }) => {
    const reports: ExceptionContext[] = [];
    await run(function* () {
      getRunningLoop().callSoon(function callback() {
        throw value;
      });
      yield* turns(2);
    }, { exceptionHandler: (context) => reports.push(context) });
    assertEquals(reports.map(({ message }) => message), ["Exception in callback callback"]);
    assert("exception" in reports[0]);
    assertEquals(reports[0].exception, value);
  });
}

const longArguments: [string, () => unknown][] = [
  ["sleep()", () => sleep(LONG as never)],
  ["waitFor()", () => waitFor(LONG as never, 5)],
  ["waitFor()'s limit", () => waitFor(later(0, 0), LONG as never)],
  ["createTask()", () => createTask(LONG as never)],
  ["gather()", () => gather(LONG as never)],
  ["a lock's name", () => new Lock({ name: [LONG] as never })],
  ["a long symbol", () => sleep(Symbol(LONG) as never)],
  ["a long bigint", () => createTask(10n ** 100_000n as never)],
  [
    "a function of a long name",
    () => createTask(Object.defineProperty(() => 5, "name", { value: LONG }) as never),
  ],
  ["a long class name", () =>
    createTask(
      new (Object.defineProperty(class {}, "name", { value: LONG }) as { new (): never })(),
    )],
];
for (const [name, call] of longArguments) {
  test(`an error about ${name} stays short`, function* () {
    const error = assertThrows(call, Error);
    assert(error.message.length < SHORT, `${error.message.length} characters`);
    yield;
  });
}

onBothCores("reports about tasks of long names stay short", async ({ core }) => {
  const reports: string[] = [];
  const runner = new Runner({
    core,
    debug: true,
    exceptionHandler: ({ message }) => reports.push(message),
  });
  runner.loop.slowCallbackDuration = Infinity;
  await runner.run(function* () {
    createTask(failing(0, new Error("unheard")), { name: LONG });
    createTask(function* () {
      try {
        yield* sleep("1h");
      } catch { /* swallowed */ }
    }, { name: LONG });
    createTask(function* () {
      try {
        yield* sleep("1h");
      } finally {
        // deno-lint-ignore no-unsafe-finally
        throw new Error("while shutting down");
      }
    }, { name: LONG });
    yield* turns(3);
  });
  await runner.close();
  assertEquals(reports.length, 3);
  for (const message of reports) {
    assert(message.split("\n")[0].length < SHORT, `${message.length} characters`);
  }
});

onBothCores("without a handler such reports print short, too", async ({ run }) => {
  const lines = await printed("error", () =>
    run(function* () {
      createTask(failing(0, new Error("unheard")), { name: LONG });
      yield* turns(3);
    }));
  assertEquals(lines.length, 1);
  assert(lines[0].length < 2 * SHORT, `${lines[0].length} characters`);
});

test("a future's options are checked, and its loop", function* () {
  for (const wrong of [42, null, "text", [], Promise.resolve(), sleep(0), () => {}]) {
    assertThrows(() => new Future(wrong as never), TypeError, "options must be an object");
  }
  for (const loop of [42, null, {}, new Lock(), { _kernel: {} }]) {
    assertThrows(() => new Future({ loop } as never), TypeError, "loop must be an EventLoop");
  }
  assertEquals(new Future({}).loop, getRunningLoop());
  assertEquals(new Future({ loop: undefined }).loop, getRunningLoop());
  yield;
});

/** An async iterable whose iterator answers as told, and notes what was asked of it. */
function scripted(
  log: string[],
  next: () => unknown,
  end: () => unknown = () => ({ done: true, value: undefined }),
): AsyncIterable<unknown> {
  const iterator = {
    next() {
      log.push("next");
      return next();
    },
    return() {
      log.push("return");
      return end();
    },
  };
  return { [Symbol.asyncIterator]: () => iterator as AsyncIterator<unknown> };
}

const error = new RangeError("the iterator's own");
const broken = () => {
  throw error;
};
/** Iterators against the protocol, whose loop is left by `break` after an item. */
const iterators: [string, (log: string[]) => AsyncIterable<unknown>][] = [
  ["gives results and no promises", (log) => scripted(log, () => ({ done: false, value: 5 }))],
  ["ends without a promise", (log) => scripted(log, () => ({ done: true, value: 5 }))],
  ["gives null", (log) => scripted(log, () => null)],
  ["gives undefined", (log) => scripted(log, () => undefined)],
  ["gives a number", (log) => scripted(log, () => 5)],
  ["promises null", (log) => scripted(log, () => Promise.resolve(null))],
  ["throws at once", (log) => scripted(log, broken)],
  ["rejects", (log) => scripted(log, () => Promise.reject(error))],
  [
    "throws at the second call",
    (log) => scripted(log, () => log.length > 1 ? broken() : { done: false, value: "go on" }),
  ],
  ["has a done that throws", (log) =>
    scripted(log, () => ({
      get done() {
        return broken();
      },
    }))],
  ["has a value that throws", (log) =>
    scripted(log, () => ({
      done: false,
      get value() {
        return broken();
      },
    }))],
  ["gives a function", (log) => scripted(log, () => Object.assign(() => {}, { value: 5 }))],
  ["fails to close", (log) => scripted(log, () => ({ done: false, value: 5 }), broken)],
  [
    "fails to close later",
    (log) => scripted(log, () => ({ done: false, value: 5 }), () => Promise.reject(error)),
  ],
  ["closes with a number", (log) => scripted(log, () => ({ done: false, value: 5 }), () => 5)],
  ["has no next", () => ({ [Symbol.asyncIterator]: () => ({}) as AsyncIterator<unknown> })],
  ["has no iterator", () => ({ [Symbol.asyncIterator]: () => 5 as never })],
];

/** How a loop went: the calls, the items, and the error's kind. */
async function trace(loop: (log: string[]) => PromiseLike<void>): Promise<string[]> {
  const log: string[] = [];
  try {
    await loop(log);
    log.push("ended");
  } catch (thrown) {
    log.push(thrown === error ? "the iterator's error" : (thrown as Error).name);
  }
  return log;
}

for (const [name, make] of iterators) {
  onBothCores(
    `iterate() does as for await where an iterator ${name}`,
    async ({ run }) => {
      const native = await trace(async (log) => {
        for await (const item of make(log)) {
          log.push(`item ${String(item)}`);
          if (item !== "go on") break;
        }
      });
      const ours = await trace((log) =>
        run(function* () {
          yield* iterate(make(log), function* (item) {
            log.push(`item ${String(item)}`);
            return item === "go on";
          });
        })
      );
      assertEquals(ours, native);
    },
  );
}

Deno.test("where Error is frozen a stack is empty, and all else goes on", async () => {
  const { out, err, code } = await program(`
    const task = asyncio.run(function* () {
      Object.freeze(Error);
      const task = asyncio.createTask(asyncio.sleep("1h"));
      yield* asyncio.sleep(1);
      console.log(JSON.stringify(task.getStack()));
      task.cancel();
      const { done } = yield* asyncio.wait([task]);
      console.log(done.size, task.cancelled());
      try {
        yield* asyncio.waitFor(asyncio.sleep("1h"), 1);
      } catch (error) {
        console.log(error.name);
      }
      try {
        yield* asyncio.until(Promise.reject(new RangeError("passes")));
      } catch (error) {
        console.log(error.message);
      }
      const controller = new AbortController();
      controller.abort("reason");
      try {
        yield* asyncio.until(asyncio.run(() => asyncio.sleep("1h"), { signal: controller.signal }));
      } catch (error) {
        console.log(error.name, error.cause);
      }
    }, { debug: true });
    await task;
  `);
  assertEquals(out.split("\n"), [
    "[]",
    "1 true",
    "TimeoutError",
    "passes",
    "CancelledError reason",
    "",
  ]);
  assertEquals([code, err], [0, ""]);
});

Deno.test("frozen intrinsics and a frozen global object disturb nothing", async () => {
  const { out, err, code } = await program(`
    const intrinsics = [Object, Array, Function, Promise, Error, Map, Set, WeakMap, Symbol];
    for (const one of intrinsics) Object.freeze(one.prototype), Object.freeze(one);
    for (const fn of [function* () {}, async function* () {}, async function () {}]) {
      const prototype = Object.getPrototypeOf(fn);
      Object.freeze(prototype);
      if (prototype.prototype) Object.freeze(prototype.prototype);
    }
    const { run, gather, sleep, waitFor, taskGroup, createTask, Queue, Lock, ContextVar } = asyncio;
    await run(function* () {
      const lock = new Lock();
      const variable = new ContextVar("variable");
      variable.set(1);
      yield* gather([1, 2].map(function* () {
        using _held = yield* lock.acquire();
        yield* sleep(1);
      }));
      yield* taskGroup(function* (group) {
        group.createTask(sleep(1));
      });
      try {
        yield* waitFor(new Queue().get(), 1);
      } catch (error) {
        console.log(error.name);
      }
      console.log(String(createTask(sleep(1), { name: "task" })), variable.get());
    }, { debug: true });
  `);
  assertEquals(out, 'TimeoutError\nTask "task" ready 1\n');
  assertEquals([code, err], [0, ""]);
});

/** A revoked proxy throws whatever is asked of it, \`instanceof\` included. */
const revoked = `
  function revoked() {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  }
  const hostileThen = { get then() { throw new Error("hostile"); } };
`;
/** What is done with a hostile value, and what is printed after it. */
const hostile: [string, string, string][] = [
  [
    "yielded",
    `const log = [];
     for (const value of [revoked(), hostileThen]) {
       try { yield value; } catch (error) { log.push(error instanceof TypeError); }
     }
     console.log(...log);`,
    "true true",
  ],
  [
    "thrown by a task",
    `const value = revoked();
     const task = createTask(function* () { yield; throw value; });
     try { yield* task; } catch (error) { console.log(error === value); }
     console.log(task.done(), task.cancelled(), task.exception() === value);`,
    "true\ntrue false true",
  ],
  [
    "set as a future's exception",
    `const value = revoked();
     const future = new Future();
     future.addDoneCallback(() => console.log("called"));
     future.setException(value);
     yield* sleep(1);
     try { yield* future; } catch (error) { console.log(error === value); }`,
    "called\ntrue",
  ],
  [
    "the reason of a rejected promise",
    `const value = revoked();
     try { yield* until(Promise.reject(value)); } catch (error) { console.log(error === value); }
     try { yield* until(Promise.reject(value), { onCancel() {} }); }
     catch (error) { console.log(error === value); }`,
    "true\ntrue",
  ],
  [
    "thrown in a task group",
    `const value = revoked();
     try {
       yield* taskGroup(function* (group) {
         group.createTask(function* () { throw value; });
         yield* sleep(5);
       });
     } catch (error) { console.log(error.name, error.errors[0] === value); }
     try {
       yield* taskGroup(function* () { throw value; });
     } catch (error) { console.log(error.name, error.errors[0] === value); }`,
    "AggregateError true\nAggregateError true",
  ],
  [
    "an outcome among gather()'s",
    `const value = revoked();
     const [outcome] = yield* gather([createTask(function* () { throw value; })],
       { returnExceptions: true });
     console.log(outcome === value);`,
    "true",
  ],
  [
    "thrown below a time limit",
    `const value = revoked();
     for (const scope of [
       waitFor(function* () { yield; throw value; }(), 50),
       timeout(50, function* () { yield; throw value; }),
     ]) {
       try { yield* scope; } catch (error) { console.log(error === value); }
     }`,
    "true\ntrue",
  ],
  [
    "thrown while a condition is waited for",
    `const value = revoked();
     const condition = new Condition();
     using _held = yield* condition.acquire();
     try { yield* condition.waitFor(() => { throw value; }); }
     catch (error) { console.log(error === value, condition.locked()); }`,
    "true true",
  ],
  [
    "thrown by a body of iterate()",
    `const value = revoked();
     async function* items() { try { yield 1; } finally { console.log("closed"); } }
     try { yield* iterate(items(), function* () { throw value; }); }
     catch (error) { console.log(error === value); }`,
    "closed\ntrue",
  ],
  [
    "returned by a callback",
    `getRunningLoop().callSoon(() => revoked());
     yield* sleep(1);
     console.log("no report");`,
    "no report",
  ],
  [
    "an error that nobody looks at",
    `getRunningLoop().setExceptionHandler(({ message }) => console.log(message));
     createTask(function* () { throw revoked(); }, { name: "hostile" });
     yield* sleep(1);`,
    "Task hostile failed and nobody waited for it",
  ],
  [
    "a result",
    `const value = revoked();
     const task = createTask(function* () { return value; });
     const future = new Future();
     future.setResult(value);
     console.log((yield* task) === value, (yield* future) === value, String(future));
     console.log((yield* gather(task))[0] === value, (yield* shield(task)) === value);`,
    "true true Future done\ntrue true",
  ],
];
for (const [name, source, expected] of hostile) {
  Deno.test(`a value that throws when it is looked at may be ${name}`, async () => {
    const { out, err, code } = await program(`${revoked}
      const { createTask, Future, sleep, until, taskGroup, gather, waitFor, timeout, Condition,
        iterate, getRunningLoop, shield } = asyncio;
      await asyncio.run(function* () { ${source} });
    `);
    assertEquals([out.trim(), err, code], [expected, "", 0]);
  });
}

test("a cancel's message is text, whatever was given", function* () {
  for (const message of [new RangeError("not thrown"), 5, null, Symbol("s")]) {
    const future = new Future<void>();
    const tasks = [createTask(sleep("1h")), createTask(sleep("1h"))];
    tasks[0].cancel(message as never);
    yield* turns(2);
    tasks[1].cancel(message as never);
    future.cancel(message as never);
    for (const cancelled of [...tasks, future]) {
      const error = yield* failure(CancelledError, cancelled);
      assertEquals(error.message, describe(message));
    }
  }
});
