/**
 * One program for every host: what threads must do in Deno, in Node and in pages, bundled to one file.
 *
 * @module
 */

import { createTask, gather, run, sleep, waitFor } from "../../mod.ts";
import { toThread, transfer, WorkerPool } from "../../workers.ts";

type Module = typeof import("../unit/workers/jobs.ts");

/** What came of each part. */
export type Outcome = Record<string, unknown>;

/** What must come of them where memory is shared, or isn't. */
export function expected(isShared: boolean): Outcome {
  return {
    "a function": [3, "async", 2],
    "a module": [3, 8, "text"],
    "many at once": 1000 * 999 / 2,
    "many objects at once": 499,
    "transferred": [0, 2, 2, 7],
    "errors": ["RangeError: no", true, "ReferenceError", "DataCloneError", "DataCloneError"],
    "no such export": "TypeError",
    "no such module": 2,
    "cancelled in the queue": ["CancelledError", 1],
    "cancelled while it waits": ["TimeoutError", 1],
    "cancelled while it computes": ["CancelledError", isShared ? 1 : 0],
    "died": ["WorkerError", "WorkerError", 5],
    "exited": ["WorkerError", 5],
    "shut down": ["InvalidStateError", 3],
  };
}

/** What is global in a thread; a bundler would give the imports other names. */
interface ThreadScope {
  cancelled(): boolean;
  transfer<T>(value: T, list: object[]): T;
}

const add = (a: number, b: number) => a + b;

function* nameOf(wait: Iterable<unknown, unknown, unknown>): Generator<unknown, string, unknown> {
  try {
    return `no error, but ${yield* wait}`;
  } catch (error) {
    return (error as Error).name;
  }
}

/** Runs the program; the URL is that of the module of jobs. */
export function report(jobs: string): Promise<Outcome> {
  return run(function* () {
    const outcome: Outcome = {};
    const pool = new WorkerPool<Module>(jobs, { size: 1 });

    outcome["a function"] = [
      yield* toThread(add, 1, 2),
      yield* toThread(async (text: string) => await Promise.resolve(text), "async"),
      yield* toThread(
        {
          method(n: number) {
            return n + 1;
          },
        }.method,
        1,
      ),
    ];

    outcome["a module"] = [
      yield* pool.run("add", 1, 2),
      yield* pool.run("doubled", 4),
      yield* pool.run("later", "text"),
    ];

    const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b);
    outcome["many at once"] = sum(
      yield* gather(Array.from({ length: 1000 }, (_, n) => toThread(add, n, 0))),
    );
    const wrap = (n: number) => ({ n: [n] });
    outcome["many objects at once"] = (yield* gather(
      Array.from({ length: 500 }, (_, n) => toThread(wrap, n)),
    )).at(-1)!.n[0];

    const bytes = new Uint8Array([1, 2]);
    const { buffer } = bytes;
    const grown = yield* pool.run("grow", transfer(bytes, [buffer]));
    const made = yield* toThread(() => {
      const made = new Uint8Array([7]);
      return (globalThis as unknown as ThreadScope).transfer(made, [made.buffer]);
    });
    outcome["transferred"] = [buffer.byteLength, ...grown, ...made];

    const errors: unknown[] = outcome["errors"] = [];
    try {
      yield* pool.run("fail", "no");
    } catch (error) {
      errors.push(String(error), /jobs\.js/.test((error as Error).stack!));
    }
    errors.push(yield* nameOf(toThread(() => (globalThis as { x?: { y: 5 } }, bytes))));
    errors.push(yield* nameOf(toThread((fn: () => void) => fn, () => {})));
    errors.push(yield* nameOf(toThread(() => () => {})));

    const untyped = new WorkerPool(jobs, { size: 1 });
    outcome["no such export"] = yield* nameOf(untyped.run("subtract"));
    const missing = new WorkerPool(new URL("missing.js", jobs), { size: 1 });
    outcome["no such module"] = (yield* gather([missing.run("f"), missing.run("f")], {
      returnExceptions: true,
    })).filter((each) => each instanceof Error && each.name !== "WorkerError").length;

    const nap = (time: number) => new Promise<void>((resolve) => setTimeout(resolve, time));
    const fresh = new WorkerPool<Module>(jobs, { size: 1 });
    const holds = fresh.submit(nap, 30);
    const queued = createTask(fresh.run("count"));
    yield* sleep(10);
    queued.cancel();
    outcome["cancelled in the queue"] = [yield* nameOf(queued), yield* fresh.run("count")];
    yield* holds;

    outcome["cancelled while it waits"] = [
      yield* nameOf(waitFor(fresh.run(nap, 1e6), "30ms")),
      yield* fresh.run("count"),
    ];

    const isShared = typeof SharedArrayBuffer === "function";
    const flags = new Int32Array(isShared ? new SharedArrayBuffer(8) as never : 8);
    const spins = (flags: Int32Array) => {
      const { cancelled } = globalThis as unknown as ThreadScope;
      flags[0] = 1;
      while (!cancelled());
      flags[1] = 1;
    };
    const spinning = createTask(toThread(spins, flags));
    do yield* sleep(20); while (isShared && flags[0] === 0);
    spinning.cancel();
    const ended = yield* nameOf(spinning);
    for (let i = 0; i < 200 && flags[1] === 0 && isShared; i++) yield* sleep(5);
    outcome["cancelled while it computes"] = [ended, flags[1]];

    const throws = () => {
      setTimeout(() => {
        throw new Error("nobody catches this");
      });
      return new Promise<void>(() => {});
    };
    const rejects = () => {
      Promise.reject(new Error("nor this"));
      return new Promise<void>(() => {});
    };
    outcome["died"] = [
      yield* nameOf(pool.run(throws)),
      yield* nameOf(pool.run(rejects)),
      yield* pool.run("add", 2, 3),
    ];

    const exits = () => {
      const { process, close } = globalThis as unknown as {
        process?: { exit(code: number): void };
        close?: () => void;
      };
      if (close !== undefined) close();
      else process!.exit(3);
      return new Promise<void>(() => {});
    };
    outcome["exited"] = [yield* nameOf(pool.run(exits)), yield* pool.run("add", 2, 3)];

    const last = pool.submit("add", 1, 2);
    yield* pool.shutdown();
    let refused = "";
    try {
      pool.submit("add", 1, 2);
    } catch (error) {
      refused = (error as Error).name;
    }
    outcome["shut down"] = [refused, last.result()];
    return outcome;
  });
}
