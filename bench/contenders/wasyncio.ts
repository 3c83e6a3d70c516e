/**
 * wasyncio, as its users write it.
 *
 * @module
 */
import {
  createTask,
  Future,
  gather,
  Lock,
  Queue,
  run,
  sleep,
  type Task,
  waitFor,
} from "../../mod.ts";
import { type Contender, delay } from "../cases.ts";

// deno-lint-ignore require-yield -- a child that never waits is the point.
function* one() {
  return 1;
}

function* child() {
  yield;
  return 1;
}

function* produce(future: Future<number>) {
  yield;
  future.setResult(1);
}

function* join(tasks: Task<number>[]) {
  let sum = 0;
  for (const task of tasks) sum += yield* task;
  return sum;
}

function* yielder(k: number) {
  for (let i = 0; i < k; i++) yield;
  return k;
}

function* yieldAmong(k: number, n: number) {
  const tasks: Task<number>[] = [];
  for (let i = 0; i < k; i++) tasks.push(createTask(yielder(n / k)));
  return yield* join(tasks);
}

function* consume(queue: Queue<number>, n: number) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += yield* queue.get();
  return sum;
}

/** A `maxsize` of zero is no limit. */
function* bounded(maxsize: number, n: number) {
  const queue = new Queue<number>(maxsize);
  const consumer = createTask(consume(queue, n));
  for (let i = 0; i < n; i++) yield* queue.put(1);
  return yield* consumer;
}

/** The same cases on either scheduling core. */
export function wasyncio(core: "wasm" | "js"): Contender {
  const options = { core };
  return {
    cases: {
      spawn_join: (n) =>
        run(function* () {
          const tasks = new Array<Task<number>>(n);
          for (let i = 0; i < n; i++) tasks[i] = createTask(one());
          return yield* join(tasks);
        }, options),
      spawn_join_eager: (n) =>
        run(function* () {
          const tasks = new Array<Task<number>>(n);
          for (let i = 0; i < n; i++) tasks[i] = createTask(one(), { eager: true });
          return yield* join(tasks);
        }, options),
      spawn_join_gen: (n) =>
        run(function* () {
          const tasks = new Array<Task<number>>(n);
          for (let i = 0; i < n; i++) tasks[i] = createTask(child());
          return yield* join(tasks);
        }, options),
      gather: (n) =>
        run(function* () {
          return (yield* gather(Array.from({ length: n }, child))).length;
        }, options),
      fan_in: (n) =>
        run(function* () {
          const futures = new Array<Future<number>>(n);
          for (let i = 0; i < n; i++) createTask(produce(futures[i] = new Future()));
          let sum = 0;
          for (const x of yield* gather(futures)) sum += x;
          return sum;
        }, options),
      yield_2: (n) => run(() => yieldAmong(2, n), options),
      yield_100: (n) => run(() => yieldAmong(100, n), options),
      ping_pong: (n) =>
        run(function* () {
          const ping = new Queue<number>();
          const pong = new Queue<number>();
          const ponger = createTask(function* () {
            for (let i = 0; i < n; i++) pong.putNowait(yield* ping.get());
          });
          let sum = 0;
          for (let i = 0; i < n; i++) {
            ping.putNowait(1);
            sum += yield* pong.get();
          }
          yield* ponger;
          return sum;
        }, options),
      sleep_n: (n) =>
        run(function* () {
          return (yield* gather(Array.from({ length: n }, (_, i) => sleep(delay(i))))).length;
        }, options),
      cancel_n: (n) =>
        run(function* () {
          const tasks: Task<void>[] = [];
          for (let i = 0; i < n; i++) tasks.push(createTask(sleep(60_000)));
          yield; // Lets each of them fall asleep.
          for (const task of tasks) task.cancel();
          return (yield* gather(tasks, { returnExceptions: true })).length;
        }, options),
      timeout_win: (n) =>
        run(function* () {
          let sum = 0;
          for (let i = 0; i < n; i++) sum += yield* waitFor(child(), 60_000);
          return sum;
        }, options),
      timeout_win_conc: (n) =>
        run(function* () {
          const children = Array.from({ length: n }, () => waitFor(child(), 60_000));
          return (yield* gather(children)).length;
        }, options),
      queue_unbounded: (n) =>
        run(function* () {
          const queue = new Queue<number>();
          const consumer = createTask(consume(queue, n));
          for (let i = 0; i < n; i++) {
            queue.putNowait(1);
            yield;
          }
          return yield* consumer;
        }, options),
      queue_pileup: (n) => run(() => bounded(0, n), options),
      queue_bounded_64: (n) => run(() => bounded(64, n), options),
      queue_bounded_1: (n) => run(() => bounded(1, n), options),
      queue_takeall: (n) =>
        run(function* () {
          const queue = new Queue<number>();
          const consumer = createTask(function* () {
            let sum = 0;
            for (let got = 0; got < n; got++) {
              sum += yield* queue.get();
              for (; !queue.empty(); got++) sum += queue.getNowait();
            }
            return sum;
          });
          for (let i = 0; i < n; i++) yield* queue.put(1);
          return yield* consumer;
        }, options),
      mutex_free: (n) =>
        run(function* () {
          const lock = new Lock();
          let sum = 0;
          for (let i = 0; i < n; i++) {
            yield* lock.acquire();
            try {
              sum++;
            } finally {
              lock.release();
            }
          }
          return sum;
        }, options),
      mutex_contended: (n) =>
        run(function* () {
          const lock = new Lock();
          let count = 0;
          const worker = function* () {
            for (let i = 0; i < n / 100; i++) {
              yield* lock.acquire();
              try {
                const seen = count;
                yield;
                count = seen + 1; // Loses updates unless exclusion holds.
              } finally {
                lock.release();
              }
            }
          };
          yield* gather(Array.from({ length: 100 }, worker));
          return count;
        }, options),
    },
    async park(n) {
      const parked = Promise.withResolvers<() => void>();
      const ended = run(function* () {
        const gates: Future<void>[] = [];
        const pass = function* () {
          const gate = new Future<void>();
          gates.push(gate);
          yield* gate;
        };
        const tasks = Array.from({ length: n }, () => createTask(pass()));
        yield;
        parked.resolve(() => gates.forEach((gate) => gate.setResult()));
        yield* gather(tasks);
      }, options);
      const release = await parked.promise;
      return () => {
        release();
        return ended;
      };
    },
  };
}
