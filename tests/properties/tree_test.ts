/**
 * Trees of tasks that are cancelled at random.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  allTasks,
  CancelledError,
  type Coroutine,
  createTask,
  sleep,
  type Task,
} from "../../mod.ts";
import { at, type Moment, moments, property, until } from "./seeded.ts";

/** A task that starts others, works, and takes a while to clean up. */
interface Branch {
  /** Which of those before it starts it; the first has none. */
  parent: number;
  work: Moment;
  cleanup: Moment;
  /** Whether it goes on after its first cancel. */
  stubborn: boolean;
  /** Whether it waits for those that it started. */
  waits: boolean;
}

const branches: fc.Arbitrary<Branch[]> = fc.array(
  fc.record({
    parent: fc.nat(),
    work: moments(),
    cleanup: moments(3),
    stubborn: fc.boolean(),
    waits: fc.boolean(),
  }),
  { minLength: 1, maxLength: 25, size: "max" },
);
const cancellations = fc.array(fc.record({ when: moments(12), whom: fc.nat() }), { maxLength: 12 });

property(
  "a random tree of tasks ends, whoever is cancelled when, and run() leaves none behind",
  fc.record({ branches, cancellations, end: moments(12) }),
  async ({ branches, cancellations, end }, run) => {
    const started: Task<void>[] = [];
    let cleanups = 0;
    let bodies = 0;
    let left = 1; // The main coroutine is a task as well.
    function* grow(index: number): Coroutine<void> {
      const { work, cleanup, stubborn, waits } = branches[index];
      bodies++;
      try {
        const children = branches.flatMap(({ parent }, i) =>
          i > 0 && parent % i === index ? [start(i)] : []
        );
        try {
          yield* until(work);
        } catch (error) {
          if (!stubborn) throw error;
          yield* until(work);
        }
        if (waits) { for (const child of children) yield* child; }
      } finally {
        cleanups++;
        yield* until(cleanup);
      }
    }
    function start(index: number): Task<void> {
      const task = createTask(grow(index));
      started.push(task);
      return task;
    }
    await run(function* () {
      start(0);
      for (const { when, whom } of cancellations) {
        at(when, () => {
          started[whom % started.length].cancel();
          assertEquals(allTasks().size, started.filter((task) => !task.done()).length + left);
        });
      }
      yield* until(end);
      left = 0;
    });
    assert(started.every((task) => task.done()));
    assertEquals(cleanups, bodies, "each that began has cleaned up");
    for (const task of started) {
      if (!task.cancelled()) assertEquals(task.exception(), null);
    }
  },
);

property(
  "a task cancelled before its first step never runs, and all others run once",
  fc.array(fc.boolean(), { maxLength: 30 }),
  async (cancels, run) => {
    const ran: number[] = [];
    const tasks = await run(function* () {
      const tasks = cancels.map((_, i) =>
        // deno-lint-ignore require-yield -- what counts is that it runs
        createTask(function* () {
          ran.push(i);
        })
      );
      tasks.forEach((task, i) => cancels[i] && task.cancel());
      yield* sleep(0);
      yield* sleep(0);
      return tasks;
    });
    assertEquals(ran, cancels.flatMap((cancel, i) => cancel ? [] : [i]));
    assertEquals(tasks.map((task) => task.cancelled()), cancels);
    assert(tasks.every((task, i) => !cancels[i] || cancelled(task)));
  },
  50,
);

function cancelled(task: Task<unknown>): boolean {
  try {
    task.result();
    return false;
  } catch (error) {
    return error instanceof CancelledError;
  }
}
