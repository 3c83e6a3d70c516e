/**
 * One program for every place where the library has to run: loaded over http, bundled, in a page, in
 * a worker, in Node. It takes the library as an argument, so that it imports nothing, and tells what
 * happened as plain data, so that the outcome crosses process and page borders.
 *
 * @module
 */

import type * as Library from "../../mod.ts";

/** The library, whichever way it was loaded. */
export type Wasyncio = typeof Library;

/** What each chapter of the program observed, in the order in which it happened. */
export type Outcome = Record<string, unknown[]>;

/** What a host sends back. */
export interface Report {
  outcome: Outcome;
  /** How many WebAssembly modules the library tried to compile, and how many the host refused. */
  compiled: { tried: number; refused: number };
}

type Chapter = (wasyncio: Wasyncio) => Library.Coroutine<unknown[]>;

const chapters: Record<string, Chapter> = {
  *"sleep wakes in the order of the deadlines"({ gather, sleep }) {
    const woken: string[] = [];
    function* nap(delay: Library.Duration) {
      yield* sleep(delay);
      woken.push(String(delay));
    }
    yield* gather(nap("30ms"), nap(10), nap("0.02s"));
    return woken;
  },

  *"gather keeps the order of its arguments"({ coroutine, gather, sleep, until }) {
    const slow = coroutine(function* (value: string) {
      return yield* sleep(5, value);
    });
    async function fromAsyncFunction() {
      return `${await slow("awaited")} in an async function`;
    }
    return yield* gather(slow("slow"), until(fromAsyncFunction()), Promise.resolve("promise"));
  },

  *"waitFor cancels what takes too long"({ sleep, TimeoutError, waitFor }) {
    const seen: unknown[] = [];
    function* stuck() {
      try {
        yield* sleep("1h");
      } finally {
        seen.push("cleaned up");
      }
    }
    try {
      yield* waitFor(stuck(), "5ms");
    } catch (error) {
      seen.push(error instanceof TimeoutError && error.name);
    }
    return seen;
  },

  *"a cancelled task finishes its cleanup"({ CancelledError, createTask, sleep }) {
    const seen: unknown[] = [];
    const task = createTask(function* () {
      try {
        seen.push("started");
        yield* sleep("1h");
      } finally {
        yield* sleep(1);
        seen.push("cleaned up");
      }
    });
    yield* sleep(0);
    task.cancel("enough");
    try {
      yield* task;
    } catch (error) {
      seen.push(error instanceof CancelledError && error.message);
    }
    return [...seen, task.cancelled()];
  },

  *"a bounded queue hands over in order"({ gather, Queue }) {
    const queue = new Queue<number>(2);
    const taken: number[] = [];
    let fullest = 0;
    function* produce() {
      for (let item = 1; item <= 5; item++) {
        yield* queue.put(item);
        fullest = Math.max(fullest, queue.size);
      }
      queue.shutdown();
    }
    function* consume() {
      while (taken.length < 5) taken.push(yield* queue.get());
    }
    yield* gather(produce(), consume());
    return [...taken, `at most ${fullest} waiting`];
  },

  *"a task group fails as a whole"({ sleep, taskGroup }) {
    const seen: unknown[] = [];
    try {
      yield* taskGroup(function* (group) {
        group.createTask(function* () {
          try {
            yield* sleep("1h");
          } finally {
            seen.push("sibling cancelled");
          }
        });
        group.createTask(function* () {
          yield* sleep(1);
          throw new Error("out of luck");
        });
        yield* sleep("1h");
      });
    } catch (error) {
      if (error instanceof AggregateError) seen.push(...error.errors.map((each) => each.message));
    }
    return seen;
  },

  *"timers fire by deadline, then in the order set"({ getRunningLoop }) {
    const loop = getRunningLoop();
    const fired: string[] = [];
    const fire = (name: string) => void fired.push(name);
    const end = loop.createFuture<void>();
    const when = loop.time() + 10;
    loop.callAt(when + 5, () => end.setResult());
    loop.callAt(when, fire, "first");
    loop.callAt(when, fire, "second");
    loop.callAt(when, fire, "cancelled").cancel();
    loop.callAt(when - 60_000, fire, "past");
    loop.callSoon(fire, "soon");
    yield* end;
    return fired;
  },

  *"each task sees its own context"({ ContextVar, gather, sleep }) {
    const user = new ContextVar<string>("user", { defaultValue: "nobody" });
    function* signIn(name: string) {
      user.set(name);
      yield* sleep(1);
      return user.get();
    }
    return [...yield* gather(signIn("ada"), signIn("grace")), user.get()];
  },
};

/** What the program must observe, wherever it runs. */
export const expected: Outcome = {
  "sleep wakes in the order of the deadlines": ["10", "0.02s", "30ms"],
  "gather keeps the order of its arguments": [
    "slow",
    "awaited in an async function",
    "promise",
  ],
  "waitFor cancels what takes too long": ["cleaned up", "TimeoutError"],
  "a cancelled task finishes its cleanup": ["started", "cleaned up", "enough", true],
  "a bounded queue hands over in order": [1, 2, 3, 4, 5, "at most 2 waiting"],
  "a task group fails as a whole": ["sibling cancelled", "out of luck"],
  "timers fire by deadline, then in the order set": ["soon", "past", "first", "second"],
  "each task sees its own context": ["ada", "grace", "nobody"],
};

/**
 * Runs the program, and watches whether WebAssembly is behind it.
 *
 * @param core Which scheduling core to ask for; the library chooses by itself without it.
 */
export async function report(wasyncio: Wasyncio, core?: "wasm" | "js"): Promise<Report> {
  const compiled = watchCompiler();
  const outcome: Outcome = {};
  for (const [title, chapter] of Object.entries(chapters)) {
    outcome[title] = await wasyncio.run(chapter(wasyncio), core ? { core } : {});
  }
  return { outcome, compiled };
}

/** Counts from now on what `new WebAssembly.Module` is asked, and what it answers. */
function watchCompiler(): Report["compiled"] {
  const compiled = { tried: 0, refused: 0 };
  WebAssembly.Module = new Proxy(WebAssembly.Module, {
    construct(target, [bytes]) {
      compiled.tried++;
      try {
        return new target(bytes);
      } catch (error) {
        compiled.refused++;
        throw error;
      }
    },
  });
  return compiled;
}
