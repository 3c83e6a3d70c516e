/**
 * What programs do by the thousand, and must leave no trace of. Each scenario makes one wave of it.
 *
 * @module
 */

import { observerCount } from "../unit/support.ts";
import {
  abortable,
  asCompleted,
  Condition,
  type Coroutine,
  createTask,
  Event,
  Future,
  gather,
  getRunningLoop,
  Lock,
  Queue,
  shield,
  sleep,
  type TaskGroup,
  taskGroup,
  timeout,
  TimeoutError,
  until,
  wait,
  waitFor,
} from "../../mod.ts";

/** Makes `count` of something, and ends when that is over. */
export type Wave = (count: number) => Coroutine<void>;

function* swallow(
  kind: abstract new (...args: never[]) => Error,
  wait: Iterable<unknown, unknown, unknown>,
): Coroutine<void> {
  try {
    yield* wait;
  } catch (error) {
    if (!(error instanceof kind)) throw error;
  }
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** Starts tasks that all wait, cancels them and waits for their ends. */
function* cancelled(count: number, body: () => Coroutine<unknown>): Coroutine<void> {
  const tasks = times(count, () => createTask(body()));
  yield* sleep(1);
  for (const task of tasks) task.cancel();
  yield* wait(tasks);
  if (!tasks.every((task) => task.cancelled())) throw new Error("Some were not cancelled");
}

/** A wait that is given up after a millisecond, often and by many at once. */
function* givenUp(count: number, wait: () => Iterable<unknown, unknown, unknown>): Coroutine<void> {
  for (let rest = count; rest > 0; rest -= 500) {
    yield* gather(times(Math.min(rest, 500), () =>
      swallow(
        TimeoutError,
        timeout(1, function* () {
          yield* wait();
        }),
      )));
  }
}

/** Something to do by the thousand. */
export interface Scenario {
  /** How many of a million are enough, because each takes its time. */
  share: number;
  make(): Wave;
}

/** Each is made within the loop that runs it. */
export const scenarios: Record<string, Scenario> = {
  "tasks that finish": {
    share: 1,
    make: () =>
      function* (count) {
        yield* wait(times(count, () =>
          createTask(function* () {
            yield* sleep(0);
          })));
      },
  },

  "tasks that fail": {
    share: 0.1,
    make: () =>
      function* (count) {
        const outcomes = yield* gather(
          times(count, () =>
            (function* () {
              throw new RangeError("of no interest");
            })()),
          { returnExceptions: true },
        );
        if (outcomes.length !== count) throw new Error("Some are missing");
      },
  },

  "tasks that are cancelled asleep": {
    share: 1,
    make: () => (count) =>
      cancelled(count, function* () {
        yield* sleep("1h");
      }),
  },

  "tasks that are cancelled before they begin": {
    share: 0.3,
    make: () =>
      function* (count) {
        const tasks = times(count, () => createTask(sleep("1h")));
        for (const task of tasks) task.cancel();
        yield* wait(tasks);
      },
  },

  "tasks whose time is up": {
    share: 0.3,
    make: () =>
      function* (count) {
        yield* gather(times(count, () => swallow(TimeoutError, waitFor(sleep("1h"), 1))));
      },
  },

  "limits that are kept": {
    share: 0.2,
    make: () =>
      function* (count) {
        for (let rest = count; rest > 0; rest -= 4) {
          const task = createTask(sleep(0));
          yield* waitFor(task, "1h");
          yield* timeout("1h", () => sleep(0));
          yield* wait([task], { timeout: "1h" });
          for (const next of asCompleted([task, sleep(0)], { timeout: "1h" })) yield* next;
        }
      },
  },

  "tasks of one group that goes on": {
    share: 0.5,
    make: () => {
      let group: TaskGroup;
      createTask(taskGroup(function* (it) {
        group = it;
        yield* sleep("1000h");
      }));
      return function* (count) {
        yield* sleep(0);
        yield* wait(times(count, () =>
          group.createTask(function* () {
            yield* sleep(1);
          })));
      };
    },
  },

  "gathers in which several fail": {
    share: 0.5, // Of fewer, what the engine happens to keep at the time would be a large part.
    make: () =>
      function* (count) {
        for (let i = 0; i < count; i += 4) {
          const futures = times(4, () => new Future<void>());
          const gathered = gather(futures);
          for (const future of futures) future.setException(new RangeError("of no interest"));
          yield* swallow(RangeError, gathered);
        }
      },
  },

  "timers that are called off": {
    share: 1,
    make: () =>
      function* (count) {
        const loop = getRunningLoop();
        const handles = times(count, () => loop.callLater("1h", () => {}));
        for (const handle of handles) handle.cancel();
        yield* sleep(0);
      },
  },

  "items that pass a queue": {
    share: 1,
    make: () => {
      const queue = new Queue<object>();
      return function* (count) {
        const consumer = createTask(function* () {
          for (let i = 0; i < count; i++) yield* queue.get();
        });
        for (let i = 0; i < count; i++) {
          yield* queue.put({});
          if (i % 100 === 0) yield* sleep(0);
        }
        yield* consumer;
      };
    },
  },

  "waits for an event, a lock, a queue and a condition that are cancelled": {
    share: 0.3,
    make: () => {
      const event = new Event();
      const lock = new Lock();
      const queue = new Queue<object>();
      const condition = new Condition();
      createTask(lock.acquire());
      const waits = [
        () => event.wait(),
        () => lock.acquire(),
        () => queue.get(),
        function* () {
          using _held = yield* condition.acquire();
          yield* condition.wait();
        },
      ];
      return function* (count) {
        for (const wait of waits) {
          yield* cancelled(count / waits.length, function* () {
            yield* wait();
          });
        }
      };
    },
  },

  "waits given up for a future that stays pending": {
    share: 0.1,
    make: () => {
      const future = new Future<void>();
      const waits = [
        () => wait([future], { timeout: 0.5 }),
        () => wait([future]),
        () => shield(future),
        () => gather(shield(future)),
        function* () {
          for (const next of asCompleted([future], { timeout: 0.5 })) yield* next;
        },
      ];
      return function* (count) {
        for (const wait of waits) yield* givenUp(count / waits.length, wait);
        if (observerCount(future) > 0) throw new Error("Somebody still waits");
      };
    },
  },

  "waits given up for promises that are never settled": {
    share: 0.1,
    make: () =>
      function* (count) {
        yield* givenUp(count / 2, () => until(new Promise(() => {})));
        yield* givenUp(count / 2, () => abortable(() => new Promise(() => {})));
      },
  },

  "callbacks added and removed": {
    share: 1,
    make: () => {
      const future = new Future<void>();
      return function* (count) {
        for (let i = 0; i < count; i++) {
          const callback = () => {};
          future.addDoneCallback(callback);
          future.removeDoneCallback(callback);
        }
        yield* sleep(0);
      };
    },
  },
};
