/**
 * Effect, as its documentation recommends. Subpath imports keep a program at a fifth of the barrel.
 *
 * @module
 */
import * as Deferred from "effect/Deferred";
import * as Effect from "effect/Effect";
import * as Fiber from "effect/Fiber";
import * as Queue from "effect/Queue";
import * as Scheduler from "effect/Scheduler";
import * as Semaphore from "effect/Semaphore";
import { type Contender, delay } from "../cases.ts";

const one = Effect.succeed(1);

const child = Effect.fnUntraced(function* () {
  yield* Effect.yieldNow;
  return 1;
});

const produce = Effect.fnUntraced(function* (deferred: Deferred.Deferred<number>) {
  yield* Effect.yieldNow;
  yield* Deferred.succeed(deferred, 1);
});

const yielder = Effect.fnUntraced(function* (k: number) {
  for (let i = 0; i < k; i++) yield* Effect.yieldNow;
  return k;
});

const ponger = Effect.fnUntraced(
  function* (n: number, ping: Queue.Queue<number>, pong: Queue.Queue<number>) {
    for (let i = 0; i < n; i++) yield* Queue.offer(pong, yield* Queue.take(ping));
  },
);

const handOver = Effect.fnUntraced(function* (queue: Queue.Queue<number>, n: number) {
  for (let i = 0; i < n; i++) {
    yield* Queue.offer(queue, 1);
    yield* Effect.yieldNow;
  }
});

const putAll = Effect.fnUntraced(function* (queue: Queue.Queue<number>, n: number) {
  for (let i = 0; i < n; i++) yield* Queue.offer(queue, 1);
});

const consume = Effect.fnUntraced(function* (queue: Queue.Queue<number>, n: number) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += yield* Queue.take(queue);
  return sum;
});

/** The consumer that Effect recommends for throughput. */
const consumeAll = Effect.fnUntraced(function* (queue: Queue.Queue<number>, n: number) {
  let sum = 0;
  for (let got = 0; got < n;) {
    const items = yield* Queue.takeAll(queue);
    got += items.length;
    for (const item of items) sum += item;
  }
  return sum;
});

const worker = Effect.fnUntraced(
  function* (lock: <A>(effect: Effect.Effect<A>) => Effect.Effect<A>, k: number, state: Count) {
    const critical = Effect.gen(function* () {
      const seen = state.count;
      yield* Effect.yieldNow;
      state.count = seen + 1; // Loses updates unless exclusion holds.
    });
    for (let i = 0; i < k; i++) yield* lock(critical);
  },
);

interface Count {
  count: number;
}

const body = Effect.as(Effect.yieldNow, 1);
const forever = Effect.sleep(60_000);
const now = { startImmediately: true };
const unbounded = { concurrency: "unbounded" } as const;
const range = (n: number) => Array.from({ length: n }, (_, i) => i);

/**
 * @param mode By default Effect goes to the host for every yield; "sync" has it drain on microtasks,
 *   a documented mode that never lets the host in.
 */
export function effect(mode: "default" | "sync"): Contender {
  const options = mode === "sync" ? { scheduler: new Scheduler.MixedScheduler("sync") } : undefined;
  const run = <A, E>(program: Effect.Effect<A, E>) => Effect.runPromise(program, options);

  const yieldAmong = (k: number) => (n: number) =>
    run(Effect.gen(function* () {
      const fibers: Fiber.Fiber<number>[] = [];
      for (let i = 0; i < k; i++) fibers.push(yield* Effect.forkChild(yielder(n / k)));
      let sum = 0;
      for (const x of yield* Fiber.joinAll(fibers)) sum += x;
      return sum;
    }));

  const pump = (make: () => Effect.Effect<Queue.Queue<number>>, put = putAll) => (n: number) =>
    run(Effect.gen(function* () {
      const queue = yield* make();
      const consumer = yield* Effect.forkChild(consume(queue, n));
      const producer = yield* Effect.forkChild(put(queue, n));
      yield* Fiber.join(producer);
      return yield* Fiber.join(consumer);
    }));

  return {
    cases: {
      spawn_join: (n) =>
        run(Effect.gen(function* () {
          const fibers = new Array<Fiber.Fiber<number>>(n);
          for (let i = 0; i < n; i++) fibers[i] = yield* Effect.forkChild(one);
          return (yield* Fiber.joinAll(fibers)).length;
        })),
      spawn_join_eager: (n) =>
        run(Effect.gen(function* () {
          const fibers = new Array<Fiber.Fiber<number>>(n);
          for (let i = 0; i < n; i++) fibers[i] = yield* Effect.forkChild(one, now);
          return (yield* Fiber.joinAll(fibers)).length;
        })),
      spawn_join_gen: (n) =>
        run(Effect.gen(function* () {
          const fibers = new Array<Fiber.Fiber<number>>(n);
          for (let i = 0; i < n; i++) fibers[i] = yield* Effect.forkChild(child());
          let sum = 0;
          for (const x of yield* Fiber.joinAll(fibers)) sum += x;
          return sum;
        })),
      gather: (n) =>
        run(Effect.map(Effect.forEach(range(n), () => child(), unbounded), (xs) => xs.length)),
      fan_in: (n) =>
        run(Effect.gen(function* () {
          const deferreds = new Array<Deferred.Deferred<number>>(n);
          for (let i = 0; i < n; i++) {
            yield* Effect.forkChild(produce(deferreds[i] = yield* Deferred.make<number>()));
          }
          let sum = 0;
          for (const x of yield* Effect.forEach(deferreds, Deferred.await, unbounded)) sum += x;
          return sum;
        })),
      yield_2: yieldAmong(2),
      yield_100: yieldAmong(100),
      ping_pong: (n) =>
        run(Effect.gen(function* () {
          const ping = yield* Queue.unbounded<number>();
          const pong = yield* Queue.unbounded<number>();
          const fiber = yield* Effect.forkChild(ponger(n, ping, pong));
          let sum = 0;
          for (let i = 0; i < n; i++) {
            yield* Queue.offer(ping, 1);
            sum += yield* Queue.take(pong);
          }
          yield* Fiber.join(fiber);
          return sum;
        })),
      sleep_n: (n) =>
        run(Effect.map(
          Effect.forEach(range(n), (_, i) => Effect.sleep(delay(i)), unbounded),
          (xs) => xs.length,
        )),
      cancel_n: (n) =>
        run(Effect.gen(function* () {
          const fibers = new Array<Fiber.Fiber<void>>(n);
          for (let i = 0; i < n; i++) fibers[i] = yield* Effect.forkChild(forever);
          yield* Effect.yieldNow; // Lets every child reach its timer.
          yield* Fiber.interruptAll(fibers);
          return fibers.length;
        })),
      timeout_win: (n) =>
        run(Effect.gen(function* () {
          let sum = 0;
          for (let i = 0; i < n; i++) sum += yield* Effect.timeout(body, 60_000);
          return sum;
        })),
      timeout_win_conc: (n) =>
        run(Effect.map(
          Effect.forEach(range(n), () => Effect.timeout(body, 60_000), unbounded),
          (xs) => xs.length,
        )),
      queue_unbounded: pump(() => Queue.unbounded<number>(), handOver),
      queue_pileup: pump(() => Queue.unbounded<number>()),
      queue_bounded_64: pump(() => Queue.bounded<number>(64)),
      queue_bounded_1: pump(() => Queue.bounded<number>(1)),
      queue_takeall: (n) =>
        run(Effect.gen(function* () {
          const queue = yield* Queue.unbounded<number>();
          const consumer = yield* Effect.forkChild(consumeAll(queue, n));
          yield* Effect.forkChild(putAll(queue, n));
          return yield* Fiber.join(consumer);
        })),
      mutex_free: (n) =>
        run(Effect.gen(function* () {
          const lock = Semaphore.makeUnsafe(1).withPermits(1);
          let sum = 0;
          for (let i = 0; i < n; i++) sum += yield* lock(one);
          return sum;
        })),
      mutex_contended: (n) =>
        run(Effect.gen(function* () {
          const lock = Semaphore.makeUnsafe(1).withPermits(1);
          const state = { count: 0 };
          const fibers: Fiber.Fiber<void>[] = [];
          for (let i = 0; i < 100; i++) {
            fibers.push(yield* Effect.forkChild(worker(lock, n / 100, state)));
          }
          yield* Fiber.joinAll(fibers);
          return state.count;
        })),
    },
    async park(n) {
      const fibers: Fiber.Fiber<void>[] = [];
      const parked = Effect.gen(function* () {
        yield* Effect.never;
      });
      await run(Effect.gen(function* () {
        for (let i = 0; i < n; i++) fibers.push(yield* Effect.forkDetach(parked));
        yield* Effect.yieldNow;
      }));
      return () => run(Fiber.interruptAll(fibers));
    },
  };
}
