/**
 * gather(), wait(), shield() and asCompleted() over tasks that fail and are cancelled at random.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  asCompleted,
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  gather,
  getRunningLoop,
  type ReturnWhen,
  shield,
  sleep,
  type Task,
  TimeoutError,
  wait,
} from "../../mod.ts";
import { delays, property, type Run } from "./seeded.ts";

interface Child {
  work: number;
  fails: boolean;
  /** When it is cancelled by somebody who has nothing to do with the wait. */
  cancelAt: number | null;
}

/** How something ends, and when. */
interface End {
  at: number;
  how: "returned" | "failed" | "cancelled";
}

const children = fc.array(
  fc.record<Child>({
    work: delays,
    fails: fc.boolean(),
    cancelAt: fc.option(delays, { freq: 3 }),
  }),
  { minLength: 1, maxLength: 6, size: "max" },
);

/** Children, and when the one who waits for them is cancelled. */
const plan = { children, cancelAt: fc.option(delays) };

class Failure extends Error {}

/** How a child ends if it is left alone. A cancel at the last moment comes too late. */
function fate({ work, fails, cancelAt }: Child): End {
  if (cancelAt !== null && cancelAt < work) return { at: cancelAt, how: "cancelled" };
  return { at: work, how: fails ? "failed" : "returned" };
}

function howThrown(error: unknown): End["how"] {
  if (error instanceof Failure) return "failed";
  if (error instanceof CancelledError) return "cancelled";
  throw error;
}

/** Children under way, and a record of who ended when. */
class Family {
  readonly tasks: Task<number>[];
  readonly fates: End[];
  readonly ends: End[] = [];
  /** Their indices in the order in which they ended. */
  readonly order: number[] = [];

  constructor(children: Child[]) {
    const loop = getRunningLoop();
    this.fates = children.map(fate);
    this.tasks = children.map((child, index) => createTask(this.#live(child, index)));
    children.forEach(({ cancelAt }, index) => {
      // A turn later, so that the sleeps are set before.
      loop.callSoon(() => {
        if (cancelAt !== null) loop.callLater(cancelAt, () => void this.tasks[index].cancel());
      });
    });
  }

  *#live({ work, fails }: Child, index: number): Coroutine<number> {
    let how: End["how"] = "cancelled";
    try {
      yield* sleep(work);
      how = fails ? "failed" : "returned";
      if (fails) throw new Failure();
      return index;
    } finally {
      this.order.push(index);
      this.ends[index] = { at: getRunningLoop().time(), how };
    }
  }

  /** When the last one would end by itself. */
  get last(): number {
    return Math.max(...this.fates.map(({ at }) => at));
  }
}

/**
 * Runs a wait, which may be cancelled, until everything is over; returns the children, and when the
 * wait was cancelled if it was.
 */
async function waiting(
  run: Run,
  { children, cancelAt }: { children: Child[]; cancelAt: number | null },
  body: (family: Family) => Coroutine<void>,
): Promise<{ family: Family; cancelledAt: number | null }> {
  let family!: Family;
  let cancelledAt: number | null = null;
  await run(function* () {
    const loop = getRunningLoop();
    family = new Family(children);
    const waiter = createTask(function* () {
      try {
        yield* body(family);
      } catch (error) {
        if (!(error instanceof CancelledError && currentTask()!.cancelling() > 0)) throw error;
        cancelledAt = loop.time();
        assertEquals(cancelledAt, cancelAt);
      }
    });
    if (cancelAt !== null) loop.callLater(cancelAt, () => void waiter.cancel());
    yield* sleep(1000);
    assert(waiter.done());
    if (!waiter.cancelled() && waiter.exception() !== null) throw waiter.exception();
  }, { exceptionHandler: () => {} }); // Nobody need look at children who fail.
  return { family, cancelledAt };
}

property(
  "wait() parts what it is given into done and pending, ends in time, and cancels nothing",
  fc.record({
    ...plan,
    timeout: fc.option(delays),
    returnWhen: fc.constantFrom<ReturnWhen>(
      "ALL_COMPLETED",
      "FIRST_COMPLETED",
      "FIRST_EXCEPTION",
    ),
  }),
  async ({ timeout, returnWhen, ...plan }, run) => {
    const { family } = await waiting(run, plan, function* ({ tasks, fates, last }) {
      const { done, pending } = yield* wait(tasks, { timeout, returnWhen });
      assertEquals(done.size + pending.size, tasks.length);
      for (const task of tasks) assert((task.done() ? done : pending).has(task));

      const decisive = returnWhen === "FIRST_COMPLETED"
        ? fates
        : fates.filter(({ how }) => returnWhen === "FIRST_EXCEPTION" && how === "failed");
      const due = Math.min(last, ...decisive.map(({ at }) => at), timeout ?? Infinity);
      assertEquals(getRunningLoop().time(), due);
    });
    assertEquals(family.ends, family.fates);
  },
);

property(
  "gather() gives all results or the first failure, in time, and only its own cancel touches others",
  fc.record({ ...plan, returnExceptions: fc.boolean() }),
  async ({ returnExceptions, ...plan }, run) => {
    const { family, cancelledAt } = await waiting(run, plan, function* (family) {
      const { tasks, fates, order, last } = family;
      const bad = fates.filter(({ how }) => how !== "returned" && !returnExceptions);
      const due = Math.min(last, ...bad.map(({ at }) => at));
      let thrown: End["how"] | null = null;
      try {
        if (returnExceptions) {
          const results = yield* gather(tasks, { returnExceptions });
          results.forEach((result, index) => {
            const { how } = fates[index];
            assertEquals(typeof result === "number" ? "returned" : howThrown(result), how);
            if (how === "returned") assertEquals(result, index);
          });
        } else assertEquals(yield* gather(tasks), [...tasks.keys()]);
      } catch (error) {
        if (currentTask()!.cancelling() > 0) throw error;
        thrown = howThrown(error);
      }
      assertEquals(getRunningLoop().time(), due);
      const first = order.find((index) => bad.includes(fates[index]));
      assertEquals(thrown, first === undefined ? null : fates[first].how);
    });
    if (cancelledAt === null) return assertEquals(family.ends, family.fates);
    family.ends.forEach((end, index) => {
      const fate = family.fates[index];
      assertEquals(end.at, Math.min(fate.at, cancelledAt));
      // At the very moment it depends on who comes first.
      if (fate.at < cancelledAt) assertEquals(end.how, fate.how);
      if (fate.at > cancelledAt) assertEquals(end.how, "cancelled");
    });
  },
);

property(
  "shield() ends as its task, unless it is cancelled, which the task does not feel",
  fc.record(plan),
  async (plan, run) => {
    const { family } = await waiting(run, plan, function* ({ tasks, fates }) {
      let how: End["how"] = "returned";
      try {
        assertEquals(yield* shield(tasks[0]), 0);
      } catch (error) {
        if (currentTask()!.cancelling() > 0) throw error;
        how = howThrown(error);
      }
      assertEquals({ at: getRunningLoop().time(), how }, fates[0]);
    });
    assertEquals(family.ends, family.fates);
  },
);

property(
  "asCompleted() gives each result once, in the order in which they come, and cancels nothing",
  fc.record({ ...plan, timeout: fc.option(delays) }),
  async ({ timeout, ...plan }, run) => {
    const { family } = await waiting(run, plan, function* ({ tasks, ends, order }) {
      const loop = getRunningLoop();
      let count = 0;
      let late = 0;
      for (const next of asCompleted(tasks, { timeout })) {
        let end: End["how"] = "returned";
        try {
          assertEquals(yield* next, order[count]);
        } catch (error) {
          if (currentTask()!.cancelling() > 0) throw error;
          if (error instanceof TimeoutError) {
            late++;
            continue;
          }
          end = howThrown(error);
        }
        assertEquals({ at: loop.time(), how: end }, ends[order[count]]);
        assertEquals(late, 0);
        count++;
      }
      assertEquals(count + late, tasks.length);
      if (late > 0) {
        assertEquals(loop.time(), timeout);
        for (const index of order.slice(count)) assertEquals(ends[index].at, timeout);
      }
    });
    assertEquals(family.ends, family.fates);
  },
);
