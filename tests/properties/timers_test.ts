/**
 * Timers of all kinds, set and cancelled at random.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { createTask, getRunningLoop, sleep } from "../../mod.ts";
import { at, type Moment, moments, property } from "./seeded.ts";

interface Timer {
  kind: "callLater" | "callAt" | "sleep";
  /** When it is set, for how long, and when it is cancelled. */
  set: Moment;
  delay: number;
  cancelled: Moment | null;
}

/** A timer that stands. */
interface Standing {
  when: number;
  /** When it was set, and how many had been set before. */
  since: number;
  number: number;
}

const timers = fc.array(
  fc.record<Timer>({
    kind: fc.constantFrom("callLater", "callAt", "sleep"),
    set: moments(4),
    // What is due together, in the past, within an hour, within months.
    delay: fc.oneof(
      { weight: 4, arbitrary: fc.nat({ max: 40 }).map((eighths) => eighths / 8) },
      { weight: 1, arbitrary: fc.integer({ min: -5, max: -1 }) },
      { weight: 1, arbitrary: fc.nat({ max: 4_000_000 }) },
      { weight: 1, arbitrary: fc.nat({ max: 2 ** 31 }).map((eighths) => eighths * 8) },
    ),
    cancelled: fc.option(moments(9), { freq: 3 }),
  }),
  { maxLength: 25, size: "max" },
);

property(
  "timers fire at their deadlines, equal ones in the order in which they were set, unless cancelled",
  timers,
  async (timers, run) => {
    await run(function* () {
      const loop = getRunningLoop();
      const standing = new Map<Timer, Standing>();
      const start = loop.time();
      let set = 0;

      function note(timer: Timer): void {
        const now = start + timer.set.ms; // Without a look at the clock, which might help the loop.
        standing.set(timer, { when: now + timer.delay, since: now, number: set++ });
      }

      function fire(timer: Timer): void {
        const now = loop.time();
        const { when, since, number } = standing.get(timer)!;
        standing.delete(timer);
        assertEquals(now, Math.max(when, since));
        for (const other of standing.values()) {
          // Those that came up together with this one have their places, whatever is set meanwhile.
          if (other.since === now) continue;
          assert(other.when > when || other.when === when && other.number > number);
        }
      }

      const failures: unknown[] = [];
      const checked = (timer: Timer) => {
        try {
          fire(timer);
        } catch (error) {
          failures.push(error);
        }
      };

      for (const timer of timers) {
        const { kind, delay } = timer;
        at(timer.set, () => {
          if (kind === "sleep") {
            const task = createTask(function* () {
              if (delay > 0) note(timer);
              yield* sleep(delay);
              if (delay > 0) checked(timer);
            });
            return cancelled(timer, () => task.cancel());
          }
          note(timer);
          const handle = kind === "callAt"
            ? loop.callAt(start + timer.set.ms + delay, checked, timer)
            : loop.callLater(delay, checked, timer);
          cancelled(timer, () => handle.cancel());
        });
      }

      function cancelled(timer: Timer, cancel: () => void): void {
        if (timer.cancelled === null) return;
        at(timer.cancelled, () => {
          cancel();
          standing.delete(timer);
        });
      }

      yield* sleep(2 ** 36);
      if (failures.length > 0) throw failures[0];
      assertEquals(standing.size, 0, "some never fired");
    });
  },
);
