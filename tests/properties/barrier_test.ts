/**
 * Barriers under random cancels.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  Barrier,
  BrokenBarrierError,
  type Coroutine,
  createTask,
  getRunningLoop,
  sleep,
} from "../../mod.ts";
import { at, moments, property, until, watch } from "./seeded.ts";
import { assertAllEnded, cancelAll, cancellations, interruptible } from "./cancellations.ts";

property(
  "a barrier lets whole rounds through, one after another, and keeps nobody back",
  fc.record({
    parties: fc.integer({ min: 1, max: 4 }),
    workers: fc.array(fc.array(moments(2), { maxLength: 4 }), {
      maxLength: 8,
      size: "max",
    }),
    cancellations,
    end: fc.option(fc.record({ when: moments(), do: fc.constantFrom("reset", "abort") }), {
      freq: 3,
    }),
  }),
  async ({ parties, workers, cancellations, end }, run) => {
    await run(function* () {
      const loop = getRunningLoop();
      const barrier = new Barrier(parties);
      /** Who was let through, in order: the index, and when. */
      const passed: { index: number; at: number }[] = [];
      let waiting = 0;

      function* pass(): Coroutine<void> {
        waiting++;
        try {
          const index = yield* barrier.wait();
          passed.push({ index, at: loop.time() });
        } catch (error) {
          if (!(error instanceof BrokenBarrierError)) throw error;
          assert(end !== null && loop.time() >= end.when.ms);
        } finally {
          waiting--;
        }
      }

      const tasks = workers.map((pauses) =>
        createTask(function* () {
          for (const pause of pauses) {
            yield* until(pause);
            yield* interruptible(pass());
          }
        })
      );
      cancelAll(cancellations, tasks);
      if (end !== null) at(end.when, () => void barrier[end.do]());
      yield* watch(() => {
        assertEquals(barrier.nWaiting, waiting);
        assert(waiting < parties);
        if (barrier.broken) assertEquals(waiting, 0);
      });

      // The last to arrive leaves at once, and all others of its round at the same moment; those
      // who were cancelled on the way out are missing.
      let round: { index: number; at: number }[] = [];
      for (const one of passed) {
        if (one.index === parties - 1) round = [];
        round.push(one);
        assertEquals(one.at, round[0].at);
        assertEquals(round[0].index, parties - 1);
        assert(round.length <= parties);
        if (cancellations.length > 0) continue;
        // The others leave in the order in which they came, all of them.
        assertEquals(one.index, (round.length + parties - 2) % parties);
      }
      if (cancellations.length === 0 && end === null) assertEquals(passed.length % parties, 0);
      assertEquals(barrier.broken, end?.do === "abort");
      // Each of those who are left may have several rounds to go.
      while (tasks.some((task) => !task.done())) {
        for (const task of tasks) task.cancel();
        yield* sleep(1000);
      }
      assertAllEnded(tasks);
      assertEquals([barrier.nWaiting, waiting], [0, 0]);
    });
  },
  1500,
);
