/**
 * Queues lose no item and double none, whoever is cancelled when.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  CancelledError,
  type Coroutine,
  createTask,
  getRunningLoop,
  LifoQueue,
  PriorityQueue,
  Queue,
  QueueEmpty,
  QueueFull,
  QueueShutDown,
  sleep,
  type Task,
  TimeoutError,
  waitFor,
} from "../../mod.ts";
import { at, delays, type Moment, moments, property, until, watch } from "./seeded.ts";

type Kind = "fifo" | "lifo" | "priority";

/** One operation of a worker: when, and how long it waits at most. */
interface Move {
  pause: Moment;
  do: "put" | "get" | "putNowait" | "getNowait";
  limit: number | null;
  /** How long it works on what it got. */
  work: Moment;
}

const move: fc.Arbitrary<Move> = fc.record({
  pause: moments(3),
  do: fc.constantFrom("put", "put", "put", "get", "get", "get", "putNowait", "getNowait"),
  limit: fc.option(delays, { freq: 3 }),
  work: moments(2),
});

const plan = fc.record({
  kind: fc.constantFrom<Kind>("fifo", "lifo", "priority"),
  maxsize: fc.nat({ max: 3 }),
  workers: fc.array(fc.array(move, { maxLength: 6 }), { minLength: 1, maxLength: 7, size: "max" }),
  cancellations: fc.array(fc.record({ when: moments(), whom: fc.nat({ max: 6 }) }), {
    maxLength: 6,
  }),
  joins: fc.array(moments(), { maxLength: 3 }),
  shutdown: fc.option(fc.record({ when: moments(), immediate: fc.boolean() }), { freq: 3 }),
});

/** What a queue should be: as plain as can be. */
class Model {
  readonly items: number[] = [];
  unfinished = 0;
  /** When all was done. */
  readonly finishedAt: number[] = [];
  readonly #kind: Kind;

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  put(item: number): void {
    this.items.push(item);
    this.unfinished++;
  }

  get(): number | undefined {
    if (this.#kind === "lifo") return this.items.pop();
    if (this.#kind === "priority") this.items.sort((a, b) => a - b);
    return this.items.shift();
  }

  finish(count: number, now: number): void {
    if (count === 0) return;
    this.unfinished -= count;
    if (this.unfinished === 0) this.finishedAt.push(now);
  }
}

const makers = {
  fifo: (maxsize: number) => new Queue<number>(maxsize),
  lifo: (maxsize: number) => new LifoQueue<number>(maxsize),
  priority: (maxsize: number) => new PriorityQueue<number>(maxsize),
};

property(
  "a queue under random cancels gives each item once, in its order, and join() ends in time",
  plan,
  async ({ kind, maxsize, workers, cancellations, joins, shutdown }, run) => {
    await run(function* () {
      const loop = getRunningLoop();
      const queue = makers[kind](maxsize);
      const model = new Model(kind);
      const waiting = { put: 0, get: 0 };
      /** For each joiner that waits, how often all had been done before. */
      const joining = new Map<number, number>();
      let items = 0;
      let closed = false;

      const check = () => {
        assertEquals(queue.size, model.items.length);
        assert(maxsize === 0 || queue.size <= maxsize);
        assertEquals(queue.empty(), model.items.length === 0);
        assertEquals(queue.full(), maxsize > 0 && model.items.length === maxsize);
      };
      // An item's rank is random, but follows from its number.
      const next = () => (items++ * 7919) % 1009;

      function* put({ limit }: Move): Coroutine<void> {
        const item = next();
        waiting.put++;
        try {
          if (limit === null) yield* queue.put(item);
          else yield* waitFor(queue.put(item), limit);
        } finally {
          waiting.put--;
        }
        model.put(item);
      }

      function* get({ limit, work }: Move): Coroutine<void> {
        let item: number;
        waiting.get++;
        try {
          item = limit === null ? yield* queue.get() : yield* waitFor(queue.get(), limit);
        } finally {
          waiting.get--;
        }
        assertEquals(item, model.get());
        yield* process(work);
      }

      function* process(work: Moment): Coroutine<void> {
        try {
          yield* until(work);
        } finally {
          if (model.unfinished > 0) {
            queue.taskDone();
            model.finish(1, loop.time());
          }
        }
      }

      function* act(move: Move): Coroutine<void> {
        yield* until(move.pause);
        if (move.do === "put") yield* put(move);
        else if (move.do === "get") yield* get(move);
        else if (move.do === "putNowait") {
          const item = next();
          queue.putNowait(item);
          model.put(item);
        } else {
          const item = queue.getNowait();
          assertEquals(item, model.get());
          yield* process(move.work);
        }
      }

      function* work(moves: Move[]): Coroutine<void> {
        for (const move of moves) {
          try {
            yield* act(move);
          } catch (error) {
            if (error instanceof QueueFull) assert(queue.full());
            else if (error instanceof QueueEmpty) assert(queue.empty());
            else if (error instanceof QueueShutDown) assert(closed);
            else if (error instanceof CancelledError) return;
            else if (!(error instanceof TimeoutError)) throw error;
          }
          check();
        }
      }

      function* join(when: Moment, index: number): Coroutine<void> {
        yield* until(when);
        const start = loop.time();
        const done = model.unfinished === 0;
        const before = model.finishedAt.length;
        joining.set(index, before);
        yield* queue.join();
        joining.delete(index);
        assertEquals(loop.time(), done ? start : model.finishedAt[before]);
      }

      const tasks = workers.map((moves) => createTask(work(moves)));
      const joiners = joins.map((when, index) => createTask(join(when, index)));
      for (const { when, whom } of cancellations) {
        at(when, () => void tasks[whom % tasks.length].cancel());
      }
      if (shutdown !== null) {
        at(shutdown.when, () => {
          closed = true;
          queue.shutdown(shutdown.immediate);
          if (shutdown.immediate) model.finish(model.items.splice(0).length, loop.time());
          check();
        });
      }

      // At moments when nothing can happen, whoever waits must have a reason to.
      yield* watch(() => {
        check();
        if (waiting.get > 0) assert(queue.empty() && !closed);
        if (waiting.put > 0) assert(queue.full() && !closed);
        if (joining.size > 0) assert(model.unfinished > 0);
        for (const before of joining.values()) assertEquals(model.finishedAt.length, before);
      });
      while (!queue.empty()) assertEquals(queue.getNowait(), model.get());
      assertEquals(model.items, []);
      yield* cancelAll([...tasks, ...joiners]);
      assertEquals(waiting, { put: 0, get: 0 });
      throwFailures([...tasks, ...joiners]);
    });
  },
  1500,
);

function* cancelAll(tasks: Task<void>[]): Coroutine<void> {
  for (const task of tasks) task.cancel();
  yield* sleep(1000);
}

function throwFailures(tasks: Task<void>[]): void {
  for (const task of tasks) {
    assert(task.done());
    if (!task.cancelled() && task.exception() !== null) throw task.exception();
  }
}

property(
  "an unbounded queue gives a consumer everything that its producers put, in order",
  fc.array(fc.array(moments(3), { maxLength: 8 }), { minLength: 1, maxLength: 4 }),
  async (producers, run) => {
    await run(function* () {
      const queue = new Queue<[producer: number, index: number]>();
      const tasks = producers.map((pauses, producer) =>
        createTask(function* () {
          for (const [index, pause] of pauses.entries()) {
            yield* until(pause);
            yield* queue.put([producer, index]);
          }
        })
      );
      const consumer = createTask(function* () {
        const got: [number, number][] = [];
        try {
          for (;;) got.push(yield* queue.get());
        } catch (error) {
          if (!(error instanceof QueueShutDown)) throw error;
          return got;
        }
      });
      for (const task of tasks) yield* task;
      queue.shutdown();
      const got = yield* consumer;
      producers.forEach((pauses, producer) =>
        assertEquals(
          got.filter(([from]) => from === producer).map(([, index]) => index),
          pauses.map((_, index) => index),
        )
      );
      assertEquals(got.length, producers.flat().length);
    });
  },
  60,
);
