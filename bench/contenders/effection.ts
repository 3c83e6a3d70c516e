/**
 * Effection, as its documentation recommends.
 *
 * @module
 */
import {
  action,
  all,
  createQueue,
  type Operation,
  race,
  run,
  sleep,
  spawn,
  suspend,
  type Task,
  withResolvers,
} from "effection";
import { type Contender, delay } from "../cases.ts";

// Effection has no way to give up a turn. An action that resolves at once goes to the back of its
// queue: the library's cheapest cooperative yield.
const noop = () => {};
const yieldNow = () =>
  action<void>((resolve) => {
    resolve();
    return noop;
  });

// deno-lint-ignore require-yield -- a child that never waits is the point.
function* one() {
  return 1;
}

function* child() {
  yield* yieldNow();
  return 1;
}

function* produce(resolve: (x: number) => void) {
  yield* yieldNow();
  resolve(1);
}

function* yielder(k: number) {
  for (let i = 0; i < k; i++) yield* yieldNow();
  return k;
}

function* join(tasks: Task<number>[]) {
  let sum = 0;
  for (const task of tasks) sum += yield* task;
  return sum;
}

const yieldAmong = (k: number) => (n: number) =>
  run(function* () {
    const tasks: Task<number>[] = [];
    for (let i = 0; i < k; i++) tasks.push(yield* spawn(() => yielder(n / k)));
    return yield* join(tasks);
  });

/** Gives up its turn after so many items. Its queue is unbounded; there is no bounded one. */
const pump = (turn: number) => (n: number) =>
  run(function* () {
    const queue = createQueue<number, never>();
    const consumer = yield* spawn(function* () {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += (yield* queue.next()).value;
      return sum;
    });
    const producer = yield* spawn(function* () {
      for (let i = 1; i <= n; i++) {
        queue.add(1);
        if (i % turn === 0) yield* yieldNow();
      }
    });
    yield* producer;
    return yield* consumer;
  });

const forever = () => sleep(60_000);

/** There is no timeout; a race against sleep is the documented recipe. */
const timeout = (operation: Operation<number>, ms: number) =>
  race<Operation<number | void>>([operation, sleep(ms)]) as Operation<number>;

/** There is no lock either: the smallest fair one that the primitives allow. */
function createMutex() {
  let held = false;
  const waiters: (() => void)[] = [];
  return {
    *acquire() {
      if (!held) {
        held = true;
        return;
      }
      const gate = withResolvers<void>();
      waiters.push(gate.resolve);
      yield* gate.operation;
    },
    release() {
      const next = waiters.shift();
      if (next) next();
      else held = false;
    },
  };
}

export const effection: Contender = {
  cases: {
    spawn_join: (n) =>
      run(function* () {
        const tasks = new Array<Task<number>>(n);
        for (let i = 0; i < n; i++) tasks[i] = yield* spawn(one);
        return yield* join(tasks);
      }),
    spawn_join_gen: (n) =>
      run(function* () {
        const tasks = new Array<Task<number>>(n);
        for (let i = 0; i < n; i++) tasks[i] = yield* spawn(child);
        return yield* join(tasks);
      }),
    gather: (n) =>
      run(function* () {
        const operations: Operation<number>[] = [];
        for (let i = 0; i < n; i++) operations.push(child());
        return (yield* all(operations)).length;
      }),
    fan_in: (n) =>
      run(function* () {
        const operations: Operation<number>[] = [];
        for (let i = 0; i < n; i++) {
          const { operation, resolve } = withResolvers<number>();
          yield* spawn(() => produce(resolve));
          operations.push(operation);
        }
        let sum = 0;
        for (const x of yield* all(operations)) sum += x;
        return sum;
      }),
    yield_2: yieldAmong(2),
    yield_100: yieldAmong(100),
    ping_pong: (n) =>
      run(function* () {
        const ping = createQueue<number, never>();
        const pong = createQueue<number, never>();
        const ponger = yield* spawn(function* () {
          for (let i = 0; i < n; i++) pong.add((yield* ping.next()).value);
        });
        let sum = 0;
        for (let i = 0; i < n; i++) {
          ping.add(1);
          sum += (yield* pong.next()).value;
        }
        yield* ponger;
        return sum;
      }),
    sleep_n: (n) =>
      run(function* () {
        const tasks = new Array<Task<void>>(n);
        for (let i = 0; i < n; i++) tasks[i] = yield* spawn(() => sleep(delay(i)));
        for (const task of tasks) yield* task;
        return tasks.length;
      }),
    cancel_n: (n) =>
      run(function* () {
        const tasks = new Array<Task<void>>(n);
        for (let i = 0; i < n; i++) tasks[i] = yield* spawn(forever);
        yield* sleep(0); // Lets every child reach its timer.
        for (const task of tasks) yield* task.halt();
        return tasks.length;
      }),
    timeout_win: (n) =>
      run(function* () {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += yield* timeout(child(), 60_000);
        return sum;
      }),
    timeout_win_conc: (n) =>
      run(function* () {
        const operations: Operation<number>[] = [];
        for (let i = 0; i < n; i++) operations.push(timeout(child(), 60_000));
        return (yield* all(operations)).length;
      }),
    queue_unbounded: pump(1),
    // If all of them piled up, each would cost as much as there are: add() is Array.unshift().
    queue_pileup: pump(64),
    mutex_free: (n) =>
      run(function* () {
        const mutex = createMutex();
        let sum = 0;
        for (let i = 0; i < n; i++) {
          yield* mutex.acquire();
          try {
            sum++;
          } finally {
            mutex.release();
          }
        }
        return sum;
      }),
    mutex_contended: (n) =>
      run(function* () {
        const mutex = createMutex();
        let count = 0;
        const worker = function* () {
          for (let i = 0; i < n / 100; i++) {
            yield* mutex.acquire();
            try {
              const seen = count;
              yield* yieldNow();
              count = seen + 1; // Loses updates unless exclusion holds.
            } finally {
              mutex.release();
            }
          }
        };
        const tasks: Task<void>[] = [];
        for (let i = 0; i < 100; i++) tasks.push(yield* spawn(worker));
        for (const task of tasks) yield* task;
        return count;
      }),
  },
  async park(n) {
    const root = run(function* () {
      for (let i = 0; i < n; i++) yield* spawn(suspend);
      yield* suspend();
    });
    await new Promise((resolve) => setTimeout(resolve, 0));
    return () => root.halt();
  },
};
