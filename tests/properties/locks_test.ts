/**
 * Locks, semaphores, conditions and events under random cancels.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  Condition,
  type Coroutine,
  createTask,
  currentTask,
  Event,
  getRunningLoop,
  Lock,
  Semaphore,
  sleep,
  waitFor,
} from "../../mod.ts";
import { at, delays, type Moment, moments, property, until, watch } from "./seeded.ts";
import { assertAllEnded, cancelAll, cancellations, interruptible } from "./cancellations.ts";

/** One stay in a critical section: when it is asked for, how long that waits, how long it lasts. */
const stay = fc.record({
  pause: moments(3),
  limit: fc.option(delays, { freq: 3 }),
  hold: moments(3),
});

const workers = fc.array(fc.array(stay, { maxLength: 4 }), {
  minLength: 1,
  maxLength: 8,
  size: "max",
});

property(
  "a lock or semaphore is never held too often, comes to all in order, and never gets lost",
  fc.record({ permits: fc.nat({ max: 3 }), workers, cancellations }),
  async ({ permits, workers, cancellations }, run) => {
    await run(function* () {
      // Without permits it is a lock.
      const primitive = permits === 0 ? new Lock() : new Semaphore(permits);
      const most = Math.max(permits, 1);
      let holders = 0;
      let waiting = 0;
      let asked = 0;
      let lastServed = -1;

      function* visit({ limit, hold }: { limit: number | null; hold: Moment }): Coroutine<void> {
        const number = asked++;
        const acquire = primitive.acquire();
        waiting++;
        try {
          yield* limit === null ? acquire : waitFor(acquire, limit);
        } finally {
          waiting--;
        }
        assert(number > lastServed, "first come, first served");
        lastServed = number;
        try {
          assert(++holders <= most);
          if (holders === most) assert(primitive.locked());
          yield* until(hold);
        } finally {
          holders--;
          primitive.release();
        }
      }

      const tasks = workers.map((stays) =>
        createTask(function* () {
          for (const stay of stays) {
            yield* until(stay.pause);
            yield* interruptible(visit(stay));
          }
        })
      );
      cancelAll(cancellations, tasks);
      yield* watch(() => assert(waiting === 0 || holders === most, "a permit lies idle"));

      assertAllEnded(tasks);
      assertEquals(holders, 0);
      for (let i = 0; i < most; i++) {
        assert(!primitive.locked(), `${most - i} permits were lost`);
        yield* waitFor(primitive.acquire(), 1);
      }
      assert(primitive.locked());
    });
  },
  1500,
);

property(
  "a condition's lock is held after each wait, and no notify is wasted on one who was cancelled",
  fc.record({
    consumers: fc.array(
      fc.record({
        pause: moments(),
        limit: fc.option(delays, { freq: 3 }),
        hold: moments(2),
      }),
      { maxLength: 6 },
    ),
    producers: fc.array(
      fc.record({ pause: moments(), items: fc.integer({ min: 1, max: 3 }), all: fc.boolean() }),
      { maxLength: 5 },
    ),
    cancellations,
  }),
  async ({ consumers, producers, cancellations }, run) => {
    await run(function* () {
      const condition = new Condition();
      let inside = 0;
      let stock = 0;
      let waiting = 0;

      const enter = () => {
        assertEquals(++inside, 1);
        assert(condition.locked());
      };

      function* take(limit: number | null): Coroutine<void> {
        const wait = condition.waitFor(() => {
          assertEquals(inside, 0);
          assert(condition.locked());
          return stock > 0;
        });
        waiting++;
        inside--;
        try {
          if (limit === null) yield* wait;
          else yield* waitFor(wait, limit);
          assertEquals(currentTask()!.cancelling(), 0, "a cancel was swallowed");
        } finally {
          waiting--;
          enter();
        }
        stock--;
      }

      const takers = consumers.map(({ pause, limit, hold }) =>
        createTask(function* () {
          yield* until(pause);
          using _held = yield* condition.acquire();
          enter();
          try {
            yield* interruptible(take(limit));
            yield* until(hold);
          } finally {
            inside--;
          }
        })
      );
      const makers = producers.map(({ pause, items, all }) =>
        createTask(function* () {
          yield* until(pause);
          using _held = yield* condition.acquire();
          enter();
          stock += items;
          if (all) condition.notifyAll();
          else condition.notify(items);
          inside--;
        })
      );
      cancelAll(cancellations, [...takers, ...makers]);
      yield* watch(() => {
        assert(waiting === 0 || stock === 0 || condition.locked(), "a notify was wasted");
      });

      assertAllEnded(makers);
      assert(!condition.locked());
      for (const task of takers) task.cancel();
      yield* sleep(10);
      assertAllEnded(takers);
      assertEquals([inside, waiting, condition.locked()], [0, 0, false]);
    });
  },
  1500,
);

property(
  "an event wakes everyone who waits when it is set, even if it is cleared at once",
  fc.record({
    waiters: fc.array(moments(), { maxLength: 8 }),
    changes: fc.array(
      fc.record({ when: moments(), do: fc.constantFrom("set", "clear", "pulse") }),
      { maxLength: 5 },
    ),
    cancellations,
  }),
  async ({ waiters, changes, cancellations }, run) => {
    await run(function* () {
      const loop = getRunningLoop();
      const event = new Event();
      /** For each who waits the moment at which it must be woken. */
      const waiting = new Map<number, number>();
      let set = false;

      const tasks = waiters.map((when, index) =>
        createTask(function* () {
          yield* until(when);
          const mustWait = !set;
          waiting.set(index, mustWait ? Infinity : loop.time());
          try {
            yield* event.wait();
            assertEquals(loop.time(), waiting.get(index));
          } finally {
            waiting.delete(index);
          }
        })
      );
      cancelAll(cancellations, tasks);
      for (const change of changes) {
        at(change.when, () => {
          if (change.do !== "clear") {
            event.set();
            for (const [index, when] of waiting) {
              if (when === Infinity) waiting.set(index, loop.time());
            }
          }
          if (change.do !== "set") event.clear();
          set = change.do === "set";
          assertEquals(event.isSet(), set);
        });
      }
      yield* watch(() => {
        for (const when of waiting.values()) assertEquals(when, Infinity);
      });

      for (const task of tasks) task.cancel();
      yield* sleep(1);
      assertAllEnded(tasks);
      assertEquals(waiting.size, 0);
    });
  },
);
