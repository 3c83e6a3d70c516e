/**
 * `no-swallowed-cancel`.
 *
 * @module
 */

import { judge } from "./support.ts";

/** A coroutine with a handler, and what handlers may need. */
function handling(handler: string): string {
  return `
      import * as aio from "wasyncio";
      import { CancelledError, run, sleep, TimeoutError } from "wasyncio";
      import { BadStatus, isFatal, log, rethrow } from "./other.ts";
      class OwnError extends Error {}
      function kindOf(error: unknown) {
        if (error instanceof TimeoutError) return "late";
        throw error;
      }
      function isCancel(error: unknown) {
        return error instanceof CancelledError;
      }
      const orThrow = (error: unknown) => kindOf(error);
      run(function* () {
        for (let attempt = 0; attempt < 3; attempt++) {
          try {
            yield* sleep(1);
          } ${handler}
        }
      });
      export { aio, BadStatus, isCancel, isFatal, kindOf, log, orThrow, OwnError, rethrow };`;
}

function each(handlers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [name, handling(handler)]),
  );
}

judge("no-swallowed-cancel", {
  valid: {
    ...each({
      "the guard": `catch (error) {
            if (error instanceof CancelledError) throw error;
            log(error);
          }`,
      "the guard by a namespace": `catch (error) {
            if (error instanceof aio.CancelledError) { log("stop"); throw error; }
          }`,
      "the guard by name": `catch (error) {
            if ((error as Error).name === "CancelledError") throw error;
          }`,
      "a handler of other classes": `catch (error) {
            if (!(error instanceof TimeoutError)) throw error;
            log("late");
          }`,
      "a handler of classes of its own and of others": `catch (error) {
            if (error instanceof OwnError || error instanceof BadStatus) continue;
            else if (error instanceof DOMException && error.name === "AbortError") return;
            throw error;
          }`,
      "a handler that always throws": `catch (error) {
            try {
              log(error);
            } finally {
              log("end");
            }
            throw new Error("failed", { cause: error });
          }`,
      "a loop that ends by throwing": `catch (error) {
            for (let i = 0;; i++) {
              if (i < 3) continue;
              throw error;
            }
          }`,
      "a switch over classes": `catch (error) {
            switch ((error as Error).constructor) {
              case OwnError:
                break;
              case TimeoutError:
              case BadStatus:
                return;
              default:
                throw error;
            }
          }`,
      "a switch over conditions": `catch (error) {
            switch (true) {
              case error instanceof OwnError:
                log(error);
                break;
              case error instanceof CancelledError:
                throw error;
            }
          }`,
      "a condition in a variable, and an error with another name": `catch (error) {
            const reason = error as Error;
            const isOurs = reason instanceof CancelledError;
            if (isOurs) throw reason;
          }`,
      "functions of this file that throw": `catch (error) {
            log(orThrow(error));
          }`,
      "a function of this file that knows": `catch (error) {
            if (isCancel(error)) throw error;
          }`,
      "a function of this file that throws, in a return": `catch (error) {
            return error instanceof TimeoutError ? "late" : kindOf(error);
          }`,
      "a function that says what it does": `catch (error) {
            rethrow(error);
          }`,
      "a condition that nobody can follow": `catch (error) {
            if (isFatal(error)) throw error;
            log(error);
          }`,
      "a condition about cancelling": `catch (error) {
            if (aio.currentTask()!.cancelling() > 0) throw error;
            log(error);
          }`,
      "the end of the process": `catch (error) {
            log(error);
            Deno.exit(1);
          }`,
      "assertions": `catch (error) {
            assert(error instanceof TimeoutError);
          }`,
      "assertions of other files": `catch (error) {
            assertInstanceOf(error, RangeError, "late");
          }`,
      "assertions in chains": `catch (error) {
            expect(error).toBeInstanceOf(TimeoutError);
          }`,
      "a handler that takes the cancel back": `catch (error) {
            log(error);
            aio.currentTask()!.uncancel();
          }`,
      "a try without a catch": `finally {
            log("end");
          }`,
    }),
    "functions that call themselves": `
      import { run, sleep } from "wasyncio";
      const isOdd = (error: unknown): boolean => !isEven(error);
      const isEven = (error: unknown): boolean => !isOdd(error);
      const yes = !no, no = !yes;
      run(function* () {
        try {
          yield* sleep(1);
        } catch (error) {
          if (yes) console.log(error);
          if (isOdd(error)) throw error;
          throwing(error);
        }
      });
      function throwing(error: unknown) {
        throwing(error);
        throwing(error);
        throw error;
      }`,
    "an error that is thrown behind the try": `
      import { run, sleep } from "wasyncio";
      run(function* () {
        let failure: unknown;
        try {
          yield* sleep(1);
        } catch (error) {
          failure = error;
        }
        console.log("cleaned up");
        if (failure !== undefined) throw failure;
      });`,
    "a task that was cancelled before": `
      import { createTask, run, sleep } from "wasyncio";
      run(function* () {
        const task = createTask(sleep(1));
        task.cancel();
        try {
          yield* task;
        } catch (error) {
          console.log(error);
        }
      });`,
    "a try in which nothing waits": `
      import { run, sleep } from "wasyncio";
      run(function* () {
        try {
          JSON.parse("");
          run(function* () {
            yield* sleep(1);
          });
        } catch {
          yield* sleep(1);
        }
      });`,
    "a generator of values": `
      import { run, sleep } from "wasyncio";
      function* numbers() {
        try {
          yield 1;
        } catch {
          yield 2;
        }
      }
      function* all(list: Iterable<number>) {
        try {
          yield* list;
        } catch {
          console.log("failed");
        }
      }
      await run(sleep(1));
      console.log(...numbers(), ...all([1]));`,
    "generators of other libraries": `
      import { run, sleep } from "wasyncio";
      import { gen, load } from "./other.ts";
      gen(function* () {
        try {
          const value = yield* load();
          console.log(value);
        } catch (error) {
          console.log(error);
        }
      });
      await run(sleep(1));`,
    "async functions": `
      import { run, sleep } from "wasyncio";
      async function main() {
        try {
          await sleep(1);
        } catch (error) {
          console.log(error);
        }
      }
      await run(main);`,
  },
  invalid: {
    "a handler that logs": {
      code: `
import { run, sleep } from "wasyncio";

run(function* () {
  try {
    yield* sleep("1s");
  } catch (/*!*/error) {
    console.log(error);
  }
});
`,
      fixed: `
import { CancelledError, run, sleep } from "wasyncio";

run(function* () {
  try {
    yield* sleep("1s");
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    console.log(error);
  }
});
`,
      says: "begin it with `if (error instanceof CancelledError) throw error;`",
    },
    "the same among functions that would throw": {
      code: handling(`catch (/*!*/error) {
            log("failed", error, attempt, isCancel(error), isFatal(error));
          }`),
      fixed: handling(`catch (error) {
            if (error instanceof CancelledError) throw error;
            log("failed", error, attempt, isCancel(error), isFatal(error));
          }`),
    },
    "a loop that may not begin": {
      code: handling(`catch (/*!*/error) {
            for (let i = 0; i < attempt; i++) throw error;
          }`),
      fixed: handling(`catch (error) {
            if (error instanceof CancelledError) throw error;
            for (let i = 0; i < attempt; i++) throw error;
          }`),
    },
    "handlers of all shapes": {
      code: `
import { CancelledError as Stop, run, sleep } from "wasyncio";
run(function* () {
  try { yield* sleep(1); } /*!*/catch {}
  try { yield* sleep(1); } /*!*/catch { /* never mind */ }
  try { yield* sleep(1); } catch (/*!*/e) { console.log(e); }
  try {
    yield* sleep(1);
  } /*!*/catch {
    // never mind
  }
  try {
    yield* sleep(1);
  } catch (/*!*/error: unknown) {
  }
  const error = 1;
  try {
    yield;
  } /*!*/catch {
    console.log(error);
  }
  console.log(Stop);
});
`,
      fixed: `
import { CancelledError as Stop, run, sleep } from "wasyncio";
run(function* () {
  try { yield* sleep(1); } catch (error) { if (error instanceof Stop) throw error; }
  try { yield* sleep(1); } catch (error) { if (error instanceof Stop) throw error; /* never mind */ }
  try { yield* sleep(1); } catch (e) { if (e instanceof Stop) throw e; console.log(e); }
  try {
    yield* sleep(1);
  } catch (error) {
    if (error instanceof Stop) throw error;
    // never mind
  }
  try {
    yield* sleep(1);
  } catch (error: unknown) {
    if (error instanceof Stop) throw error;
  }
  const error = 1;
  try {
    yield;
  } catch (caught) {
    if (caught instanceof Stop) throw caught;
    console.log(error);
  }
  console.log(Stop);
});
`,
    },
    "a retry that gives up too late": {
      code: `
      import { createTask, sleep, until } from "wasyncio";
      function* load(url: string) {
        let last: unknown;
        for (let attempt = 0; attempt < 3; attempt++) {
          try {
            return yield* until(fetch(url));
          } catch (/*!*/error) {
            last = error;
            if (attempt === 2) throw error;
            yield* sleep(100 * 2 ** attempt);
          }
        }
        throw last;
      }
      createTask(load("https://example.org/"));`,
      fixed: `
      import { CancelledError, createTask, sleep, until } from "wasyncio";
      function* load(url: string) {
        let last: unknown;
        for (let attempt = 0; attempt < 3; attempt++) {
          try {
            return yield* until(fetch(url));
          } catch (error) {
            if (error instanceof CancelledError) throw error;
            last = error;
            if (attempt === 2) throw error;
            yield* sleep(100 * 2 ** attempt);
          }
        }
        throw last;
      }
      createTask(load("https://example.org/"));`,
    },
    "a handler that looks at other things": {
      code: `
      import { CancelledError, type Queue, TimeoutError } from "wasyncio";
      export function* work(queue: Queue<string>, strict: boolean) {
        for (;;) {
          try {
            console.log(yield* queue.get());
          } catch (/*!*/error) {
            if (error instanceof TimeoutError) throw error;
            if (strict && error instanceof RangeError) throw error;
            if ((error as { code: string }).code === "EPIPE") throw error;
          }
        }
      }
      console.log(CancelledError);`,
      fixed: `
      import { CancelledError, type Queue, TimeoutError } from "wasyncio";
      export function* work(queue: Queue<string>, strict: boolean) {
        for (;;) {
          try {
            console.log(yield* queue.get());
          } catch (error) {
            if (error instanceof CancelledError) throw error;
            if (error instanceof TimeoutError) throw error;
            if (strict && error instanceof RangeError) throw error;
            if ((error as { code: string }).code === "EPIPE") throw error;
          }
        }
      }
      console.log(CancelledError);`,
    },
    "a coroutine of which only its users know": {
      code: `
      import { run } from "wasyncio";
      import { connect } from "./other.ts";
      function* session() {
        try {
          yield* connect();
        } catch (/*!*/error) {
          console.log(error);
        }
      }
      class Pool {
        *open() {
          try {
            const connection = yield* connect();
            return connection;
          } /*!*/catch {
            return null;
          }
        }
      }
      run(() => session());
      export { Pool };`,
      fixed: `
      import { CancelledError, run } from "wasyncio";
      import { connect } from "./other.ts";
      function* session() {
        try {
          yield* connect();
        } catch (error) {
          if (error instanceof CancelledError) throw error;
          console.log(error);
        }
      }
      class Pool {
        *open() {
          try {
            const connection = yield* connect();
            return connection;
          } catch (error) {
            if (error instanceof CancelledError) throw error;
            return null;
          }
        }
      }
      run(() => session());
      export { Pool };`,
    },
    "a file that imports only from another entry point": {
      code: `
      import { suspend } from "wasyncio/lowlevel";
      export function* once() {
        try {
          yield* suspend((wake) => wake(1));
        } /*!*/catch {
          return;
        }
      }`,
      fixed: `
      import { CancelledError } from "wasyncio";
      import { suspend } from "wasyncio/lowlevel";
      export function* once() {
        try {
          yield* suspend((wake) => wake(1));
        } catch (error) {
          if (error instanceof CancelledError) throw error;
          return;
        }
      }`,
    },
    "a handler that knows the error and keeps it": {
      code: `
      import { CancelledError, run, sleep } from "wasyncio";
      run(function* () {
        try {
          yield* sleep(1);
        } catch (/*!*/error) {
          if (error instanceof CancelledError) console.log("cancelled");
          else throw error;
        }
      });`,
      fixed: null,
      says: "throw the CancelledError again",
    },
    "a handler that takes the error apart": {
      code: `
      import { run, sleep } from "wasyncio";
      run(function* () {
        try {
          yield* sleep(1);
        } catch (/*!*/{ message }) {
          console.log(message);
        }
      });`,
      fixed: null,
    },
  },
});
