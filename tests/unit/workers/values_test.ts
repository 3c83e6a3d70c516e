/**
 * What becomes of arguments, results and errors on their way.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { gather, until } from "../../../mod.ts";
import { toThread, transfer, WorkerPool } from "../../../workers.ts";
import { failure, ioTest } from "../support.ts";
import { JOBS } from "./support.ts";

type Module = typeof import("./jobs.ts");

const echo = (value: unknown) => value;

ioTest("values are structured clones, whatever way they take", function* () {
  const values: unknown[] = [
    undefined,
    null,
    true,
    false,
    0,
    -0,
    NaN,
    Infinity,
    0.1,
    10n,
    "",
    "text with ü, 語 and \ud83d\ude00",
    "\ud800", // half a pair
    "x".repeat(10_000),
    { a: [1, { b: 2 }] },
    new Date(5),
    /x/g,
    new Map([[1, new Set([2])]]),
    new Uint8Array([1, 2]),
    [undefined, null],
  ];
  for (const value of values) {
    // Alone, and among many that travel together.
    assertEquals(yield* toThread(echo, value), value);
    const results = yield* gather(Array.from({ length: 20 }, () => toThread(echo, value)));
    for (const result of results) assertEquals(result, value);
  }
  const list: unknown[] = [];
  list.push(list);
  const circle = (yield* toThread(echo, list)) as unknown[];
  assert(circle[0] === circle && circle !== list);
});

ioTest("what can't be cloned is a DataCloneError, and harms nothing else", function* () {
  const pool = new WorkerPool<Module>(JOBS, { size: 1 });
  const jobs = [
    pool.submit("add", 1, 2),
    pool.submit(echo, () => {}),
    pool.submit("add", 3, 4),
    pool.submit(() => Symbol("s")),
    pool.submit(() => {
      throw () => {};
    }),
    pool.submit("count"),
  ];
  const results = yield* gather(jobs, { returnExceptions: true });
  const shown = results.map((each) => each instanceof Error ? each.name : each);
  assertEquals(shown, [3, "DataCloneError", 7, "DataCloneError", "DataCloneError", 1]);
  assert(results[1] instanceof DOMException && results[3] instanceof DOMException);
  yield* failure(DOMException, pool.run(echo, () => {}));
});

ioTest(
  "among results that travel together, one that can't be cloned harms no other",
  function* () {
    const pool = new WorkerPool(null, { size: 1 });
    const make = (n: number) => n === 7 ? () => {} : { n };
    for (let round = 0; round < 20; round++) {
      const results = yield* gather(
        Array.from({ length: 10 }, (_, n) => pool.run(make, n)),
        { returnExceptions: true },
      );
      results.forEach((result, n) => {
        if (n === 7) assert(result instanceof DOMException && result.name === "DataCloneError");
        else assertEquals(result, { n });
      });
    }
  },
);

ioTest("transfer() hands buffers over, of arguments and of results", function* () {
  const pool = new WorkerPool<Module>(JOBS, { size: 1 });
  const bytes = new Uint8Array([1, 2]);
  const { buffer } = bytes;
  const grown = yield* pool.run("grow", transfer(bytes, [buffer]));
  assertEquals([buffer.byteLength, ...grown], [0, 2, 2]);
  yield* failure(DOMException, pool.run("grow", transfer(bytes, [buffer]))); // It is gone.
  for (const list of [buffer, [5], null]) {
    assertThrows(() => transfer(bytes, list as never), TypeError, "list must be an array");
  }
});

ioTest("two jobs of one turn that transfer the same: the first one has it", function* () {
  const pool = new WorkerPool<Module>(JOBS, { size: 2 });
  const bytes = new Uint8Array([1]);
  const [first, second] = [1, 2].map(() => pool.submit("grow", transfer(bytes, [bytes.buffer])));
  assertEquals([...yield* first], [2]);
  yield* failure(DOMException, second);
});

ioTest("message ports and streams among the arguments are transferred", function* () {
  const { port1, port2 } = new MessageChannel();
  const heard = new Promise<string>((resolve) => {
    port1.onmessage = ({ data }) => resolve(data);
  });
  yield* toThread((port: MessagePort, text: string) => port.postMessage(text), port2, "hello");
  assertEquals(yield* until(heard), "hello");
  port1.close();

  const source = new ReadableStream<string>({
    start(controller) {
      controller.enqueue("one, ");
      controller.enqueue("two");
      controller.close();
    },
  });
  const read = async (stream: ReadableStream<string>) => {
    let text = "";
    for await (const part of stream) text += part;
    return text;
  };
  assertEquals(yield* toThread(read, source), "one, two");
});

ioTest("errors arrive with name, message and stack, built-in ones as themselves", function* () {
  const fails = (kind: string) => {
    throw new (globalThis as never as Record<string, ErrorConstructor>)[kind](`a ${kind}`);
  };
  const kinds = [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];
  for (const kind of kinds) {
    const error = yield* failure(kind, toThread(fails, kind.name));
    assertEquals([error.name, error.message], [kind.name, `a ${kind.name}`]);
    assertEquals(Object.getPrototypeOf(error), kind.prototype);
    assertMatch(error.stack!, new RegExp(`^${kind.name}: a ${kind.name}\n +at `));
  }
});

ioTest("an error that suppressed another arrives with both", function* () {
  const fails = () => {
    const error = new RangeError("of the clean-up", { cause: "disk" });
    throw new SuppressedError(error, new TypeError("of the body"), "both");
  };
  const error = yield* failure(SuppressedError, toThread(fails));
  assertEquals([error.message, String(error.error)], ["both", "RangeError: of the clean-up"]);
  assertEquals(error.error.cause, "disk");
  assert(error.suppressed instanceof TypeError);
});

ioTest("errors that are in one another come to an end", function* () {
  const fails = () => {
    const error = new AggregateError([], "within itself");
    error.errors = Array(100).fill(error);
    throw error;
  };
  const error = yield* failure(AggregateError, toThread(fails));
  assertEquals(error.errors.length, 100);
  assertEquals(error.errors[0].errors[0].message, "within itself");
});

ioTest("errors of other classes keep their name, and what hangs on them", function* () {
  const own = yield* failure(
    Error,
    toThread(() => {
      class QuotaError extends RangeError {
        override name = "QuotaError";
        code = "EQUOTA";
      }
      throw new QuotaError("full", { cause: new TypeError("inner", { cause: 5 }) });
    }),
  );
  assert(own instanceof RangeError);
  const cause = own.cause as Error;
  assertEquals([own.name, own.message, (own as { code?: string }).code], [
    "QuotaError",
    "full",
    "EQUOTA",
  ]);
  assert(cause instanceof TypeError);
  assertEquals([cause.message, cause.cause], ["inner", 5]);

  const many = yield* failure(
    AggregateError,
    toThread(() => {
      throw new AggregateError([new RangeError("one"), "two"], "several");
    }),
  );
  assertEquals(many.message, "several");
  assertEquals(many.errors.map(String), ["RangeError: one", "two"]);

  const abort = yield* failure(
    DOMException,
    toThread(() => {
      throw new DOMException("left", "AbortError");
    }),
  );
  assertEquals([abort.name, abort.message], ["AbortError", "left"]);
});

ioTest("what is thrown may be anything", function* () {
  const thrown: unknown[] = ["text", 5, null, undefined, { a: 1 }];
  for (const value of thrown) {
    try {
      yield* toThread((value: unknown) => {
        throw value;
      }, value);
      assert(false, "not thrown");
    } catch (error) {
      assertEquals(error, value);
    }
  }
  const hostile = yield* failure(
    Error,
    toThread(() => {
      const error = new Error();
      Object.defineProperty(error, "message", {
        get() {
          throw 5;
        },
      });
      throw error;
    }),
  );
  assertEquals(hostile.message, "An error that can't be read");
});

ioTest("messages that a job sends by itself disturb nobody", function* () {
  const pool = new WorkerPool(null, { size: 1 });
  const talks = (n: number) => {
    const { postMessage } = globalThis as unknown as { postMessage(message: unknown): void };
    for (const message of ["text", null, {}, [], [0, 9, 0], ["died", ["Error", "Error", "no"]]]) {
      postMessage(message);
    }
    return n;
  };
  for (let n = 0; n < 3; n++) assertEquals(yield* pool.run(talks, n), n);
});

ioTest("a result whose getter throws fails its own job, and no other", function* () {
  const pool = new WorkerPool(null, { size: 1 });
  const broken = () => ({
    get x(): number {
      throw new RangeError("from a getter");
    },
  });
  assertEquals((yield* failure(RangeError, pool.run(broken))).message, "from a getter");
  assertEquals(yield* pool.run((n: number) => n, 1), 1);
  // What the getter throws may be something that can't be cloned either.
  const worse = () => {
    throw {
      get x() {
        throw () => {};
      },
    };
  };
  assertEquals((yield* failure(DOMException, pool.run(worse))).name, "DataCloneError");
  assertEquals(yield* pool.run((n: number) => n, 2), 2);
});

ioTest("what transfer() returned can be given to it again", function* () {
  const [one, two] = [new Uint8Array(3), new Uint8Array(4)];
  const parts = transfer(transfer([one, two], [one.buffer]), [two.buffer]);
  const lengths = yield* toThread((parts: Uint8Array[]) => parts.map((part) => part.length), parts);
  assertEquals([lengths, one.length, two.length], [[3, 4], 0, 0]);
});

ioTest("transfer() refuses in a job what it refuses elsewhere", function* () {
  const error = yield* failure(
    TypeError,
    toThread(() => (globalThis as unknown as { transfer(value: unknown): unknown }).transfer({})),
  );
  assertStringIncludes(error.message, "list must be an array");
});
