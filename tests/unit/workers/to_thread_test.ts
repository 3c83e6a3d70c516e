/**
 * `toThread`: which functions travel, and what they see there.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { gather, getRunningLoop, run, sleep } from "../../../mod.ts";
import { cancelled, toThread, transfer, WorkerError, WorkerPool } from "../../../workers.ts";
import { failure, ioTest, program } from "../support.ts";

ioTest("toThread() calls a function in another thread", function* () {
  const here = yield* toThread(() => (globalThis as { here?: boolean }).here = true);
  assertEquals(here, true);
  assertEquals("here" in globalThis, false);
  assertEquals(yield* toThread((a: number, b: number) => a ** b, 2, 10), 1024);
});

ioTest("toThread() takes arrow functions, functions, methods, and async ones", function* () {
  const object = {
    method(n: number) {
      return n + 1;
    },
    async asyncMethod(n: number) {
      return await Promise.resolve(n + 1);
    },
    ["a name"](n: number) {
      return n + 1;
    },
  };
  class WithStatic {
    static method(n: number) {
      return n + 1;
    }
  }
  const fns: ((n: number) => number | Promise<number>)[] = [
    (n) => n + 1,
    (n) => n + 1, // with a comment behind it
    async (n) => await n + 1,
    function named(n) {
      return n + 1;
    },
    async function (n) {
      return await n + 1;
    },
    object.method,
    object.asyncMethod,
    object["a name"],
    WithStatic.method,
  ];
  for (const fn of fns) assertEquals(yield* toThread(fn, 1), 2, String(fn));
});

ioTest("toThread() refuses at the call what can't travel", function* () {
  const refused: [unknown, string][] = [
    [Math.max, "fn must be a plain or an async function, got function max: a bound or built-in"],
    [(() => {}).bind(null), "a bound or built-in"],
    [class Point {}, "a class is no function to call"],
    [function* () {}, "a generator function needs an event loop"],
    [async function* () {}, "a generator function needs an event loop"],
    [
      Object.getOwnPropertyDescriptor({
        get x() {
          return 1;
        },
      }, "x")!.get,
      "an accessor can't travel",
    ],
    [5, "fn must be a function, got 5"],
    [sleep(1), "fn must be a function"],
    ["add", 'fn must be a function, got "add": a name needs a pool with a module'],
  ];
  for (const [fn, message] of refused) {
    assertThrows(() => toThread(fn as () => void), TypeError, message);
  }
  yield;
});

ioTest("a function that uses a name from around it gets a ReferenceError", function* () {
  const captured = 5;
  const error = yield* failure(ReferenceError, toThread(() => captured));
  assertStringIncludes(error.message, "captured is not defined");
});

ioTest("a function whose text makes no sense alone fails, each time anew", function* () {
  class Base {
    #secret = 1;
    read() {
      return (() => this.#secret)();
    }
  }
  for (let i = 0; i < 2; i++) yield* failure(SyntaxError, toThread(new Base().read));
});

ioTest("many calls at once all get their own results", function* () {
  const square = (n: number) => n * n;
  for (let round = 0; round < 3; round++) {
    const results = yield* gather(Array.from({ length: 500 }, (_, n) => toThread(square, n)));
    assertEquals(results, Array.from({ length: 500 }, (_, n) => n * n));
  }
});

ioTest("in a function, transfer and cancelled are what the imports are here", function* () {
  const bytes = yield* toThread(() => {
    const bytes = new Uint8Array([1, 2, 3]);
    const result = transfer(bytes, [bytes.buffer]);
    // What was transferred is gone when the result has been sent; nobody is there to see that.
    return cancelled() ? new Uint8Array() : result;
  });
  assertEquals([...bytes], [1, 2, 3]);
  assertEquals(cancelled(), false);
});

ioTest("a thread that exits fails its job, and the next one works", function* () {
  const exits = [() => self.close(), () => Deno.exit(5)];
  for (const exit of exits) {
    const error = yield* failure(
      WorkerError,
      toThread(async (source: string) => {
        (0, eval)(`(${source})()`);
        await new Promise(() => {});
      }, String(exit)),
    );
    assertStringIncludes(error.message, "was called");
    assertEquals(yield* toThread(() => "works"), "works");
  }
});

Deno.test("outside a loop, toThread() works and the process ends by itself", async () => {
  const { code, out, err } = await program(`
    import { toThread } from ${JSON.stringify(import.meta.resolve("../../../workers.ts"))};
    console.log(await toThread((n) => n + 1, 1));
  `);
  assertEquals({ code, out, err }, { code: 0, out: "2\n", err: "" });
});

Deno.test("each loop has its own threads, which end with it", async () => {
  const loops = new Set<unknown>();
  for (let i = 0; i < 3; i++) {
    await run(function* () {
      loops.add(getRunningLoop());
      const calls = () => {
        const scope = globalThis as { calls?: number };
        return scope.calls = (scope.calls ?? 0) + 1;
      };
      assertEquals(yield* toThread(calls), 1);
      assertEquals(yield* toThread(calls), 2);
    });
  }
  assert(loops.size === 3);
});

Deno.test("an operation of toThread() runs on the loop that awaits it", async () => {
  for (let n = 0; n < 2; n++) {
    // Each is made outside a loop.
    assertEquals(await run(toThread((a: number) => a + 1, n)), n + 1);
  }
});

ioTest("a job may set onmessage, and the thread takes others still", function* () {
  const pool = new WorkerPool(null, { size: 1 });
  yield* pool.run(() => {
    Reflect.set(globalThis, "onmessage", () => {});
  });
  assertEquals(yield* pool.run(() => "heard"), "heard");
});
