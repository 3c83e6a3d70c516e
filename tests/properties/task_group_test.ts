/**
 * Task groups in task groups, with tasks that fail, and cancels at random.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  InvalidStateError,
  sleep,
  type Task,
  type TaskGroup,
  taskGroup,
} from "../../mod.ts";
import { at, type Moment, moments, property, until } from "./seeded.ts";

/** How a task of a group spends its time. */
interface Child {
  work: Moment;
  cleanup: Moment;
  /** What happens at the end of its work, and of its cleanup when it was cancelled. */
  end: "return" | "fail";
  cancelled: "cancelled" | "return" | "fail";
}

/** A group, and what its body does: it starts children, works, and goes on to the next group. */
interface Level {
  children: Child[];
  work: Moment;
  /** Whether the next group runs in a task of this one, or else in its body. */
  nested: "child" | "body";
  fails: boolean;
  /** Whether it catches the errors of the group. */
  catches: boolean;
}

const plan = fc.record({
  levels: fc.array(
    fc.record<Level>({
      children: fc.array(
        fc.record<Child>({
          work: moments(),
          cleanup: moments(3),
          end: fc.constantFrom("return", "return", "return", "fail"),
          cancelled: fc.constantFrom("cancelled", "cancelled", "return", "fail"),
        }),
        { maxLength: 4 },
      ),
      work: moments(),
      nested: fc.constantFrom("child", "body"),
      fails: fc.boolean(),
      catches: fc.boolean(),
    }),
    { minLength: 1, maxLength: 3, size: "max" },
  ),
  cancellations: fc.array(fc.record({ when: moments(), whom: fc.nat({ max: 9 }) }), {
    maxLength: 4,
  }),
});

class Failure extends Error {}

/** The next wait is cancelled; and so shall be the one after, as if this had not been asked. */
function* assertCancelled(): Coroutine<void> {
  try {
    yield* sleep(0);
  } catch (error) {
    assert(error instanceof CancelledError);
    return;
  }
  throw new Error("A cancel got lost");
}

/** The errors in a tree of groups of errors. */
function leaves(error: unknown): unknown[] {
  return error instanceof AggregateError ? error.errors.flatMap(leaves) : [error];
}

property(
  "a task group ends after all its tasks, reports every error once, and keeps the count of cancels",
  plan,
  async ({ levels, cancellations }, run) => {
    await run(function* () {
      const all: Task<void>[] = [];
      const thrown = new Set<unknown>();
      const caught: unknown[] = [];
      const cancelsOf = new Map<Task<unknown>, number>();

      const fail = () => {
        const failure = new Failure();
        thrown.add(failure);
        return failure;
      };

      function* live({ work, cleanup, end, cancelled }: Child): Coroutine<void> {
        try {
          yield* until(work);
        } catch (error) {
          yield* until(cleanup);
          if (cancelled === "fail") throw fail();
          if (cancelled === "return") return;
          throw error;
        }
        if (end === "fail") throw fail();
      }

      function* open(depth: number): Coroutine<void> {
        const { children, work, nested, fails, catches } = levels[depth];
        const here = currentTask()!;
        const mine: Task<void>[] = [];
        let group!: TaskGroup;
        const start = (coroutine: Coroutine<void>) => {
          const task = group.createTask(coroutine);
          mine.push(task);
          all.push(task);
        };
        const cancels = () => here.cancelling() - (cancelsOf.get(here) ?? 0);
        const before = cancels();
        let result: string | null = null;
        try {
          result = yield* taskGroup(function* (it) {
            group = it;
            for (const child of children) start(live(child));
            if (nested === "child" && depth + 1 < levels.length) start(open(depth + 1));
            yield* until(work);
            if (nested === "body" && depth + 1 < levels.length) yield* open(depth + 1);
            if (fails) throw fail();
            return "result";
          });
        } catch (error) {
          if (error instanceof AggregateError) {
            assert(leaves(error).every((leaf) => leaf instanceof Failure));
            // A cancel from outside yields to the errors, but only up to the next wait.
            if (here.cancelling() > 0) yield* assertCancelled();
            if (!catches) throw error;
            caught.push(...leaves(error));
          } else {
            assert(error instanceof CancelledError);
            assert(cancellations.length > 0 || thrown.size > 0);
            throw error;
          }
        } finally {
          assert(mine.every((task) => task.done()));
          if (result !== null) {
            for (const task of mine) assert(task.cancelled() || task.exception() === null);
          }
          // A cancel of an outer group's may strike meanwhile, and is that group's to take back.
          if (depth === 0) assertEquals(cancels(), before);
          const late = sleep(1);
          assertThrows(() => group.createTask(late), InvalidStateError);
        }
      }

      const root = createTask(open(0));
      all.push(root);
      for (const { when, whom } of cancellations) {
        at(when, () => {
          const task = all[whom % all.length];
          if (task.cancel()) cancelsOf.set(task, (cancelsOf.get(task) ?? 0) + 1);
        });
      }
      yield* sleep(1000);

      assert(all.every((task) => task.done()));
      if (!root.cancelled() && root.exception() !== null) caught.push(...leaves(root.exception()));
      assertEquals(new Set(caught).size, caught.length, "each error comes once");
      for (const error of caught) {
        if (!(error instanceof Failure)) throw error;
        assert(thrown.delete(error));
      }
      assertEquals(thrown.size, 0, "no error is lost");
    });
  },
  1500,
);
