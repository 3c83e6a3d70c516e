/**
 * Time limits, nested and cancelled at random, against a model that counts instead of running.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  CancelledError,
  type Coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  sleep,
  type Task,
  timeout,
  TimeoutError,
  type TimeoutScope,
  waitFor,
} from "../../mod.ts";
import { delays, property } from "./seeded.ts";

/** One limit around the next one. */
interface Level {
  /** waitFor() or timeout(). */
  scoped: boolean;
  limit: number | null;
  /** How long it works before it goes deeper, and then how far it moves its deadline. */
  work: number;
  reschedule: number | null;
  /** Whether it swallows a cancel inside, and whether it catches a TimeoutError outside. */
  swallows: boolean;
  catches: boolean;
  cleanup: number;
}

const level: fc.Arbitrary<Level> = fc.record({
  scoped: fc.boolean(),
  limit: fc.option(fc.nat({ max: 12 }), { freq: 6 }),
  work: fc.nat({ max: 4 }),
  reschedule: fc.option(delays, { freq: 2 }),
  swallows: fc.boolean(),
  catches: fc.boolean(),
  cleanup: fc.nat({ max: 3 }),
});

const plan = fc.record({
  levels: fc.array(level, { minLength: 1, maxLength: 5, size: "max" }),
  cancellations: fc.array(delays, { maxLength: 2 }),
});

/** What can be seen of a level's end. */
type Seen = [depth: number, time: number, how: string, cancelling: number, expired: boolean | null];

const nameOf = (error: unknown) =>
  error instanceof TimeoutError
    ? "timeout"
    : error instanceof CancelledError
    ? "cancelled"
    : `${error}`;

function* descend(levels: Level[], seen: Seen[], depth = 0): Coroutine<void> {
  if (depth === levels.length) return;
  const { scoped, limit, work, reschedule, swallows, catches, cleanup } = levels[depth];
  const loop = getRunningLoop();
  let scope: TimeoutScope | null = null;
  let how = "returned";

  function* body(): Coroutine<void> {
    try {
      yield* sleep(work);
      if (reschedule !== null) scope?.reschedule(loop.time() + reschedule);
      yield* descend(levels, seen, depth + 1);
    } catch (error) {
      if (!(error instanceof CancelledError && swallows)) throw error;
    } finally {
      yield* sleep(cleanup);
    }
  }

  try {
    if (scoped) {
      yield* timeout(limit, (it) => {
        scope = it;
        return body();
      });
    } else yield* waitFor(body(), limit);
  } catch (error) {
    how = nameOf(error);
    if (!(error instanceof TimeoutError && catches)) throw error;
  } finally {
    // deno-lint-ignore no-explicit-any -- the compiler does not see that the callback sets it
    const expired = (scope as any)?.expired() ?? null;
    seen.push([depth, loop.time(), how, currentTask()!.cancelling(), expired]);
  }
}

/** Something that cancels the task at a moment: a deadline, or somebody outside. */
interface Alarm {
  when: number;
  fired: boolean;
}

/** The same, foretold. */
class Model {
  readonly seen: Seen[] = [];
  #now = 0;
  #cancels = 0;
  readonly #alarms: Set<Alarm>;
  readonly #levels: Level[];

  constructor(levels: Level[], cancellations: number[]) {
    this.#levels = levels;
    this.#alarms = new Set(cancellations.map((when) => ({ when, fired: false })));
  }

  /** Passes time up to the next alarm; throws when there is one, a sleep's last moment included. */
  #sleep(delay: number): void {
    const end = this.#now + delay;
    const next = Math.min(...[...this.#alarms].filter((a) => !a.fired).map((a) => a.when));
    if (next > end) {
      this.#now = end;
      return;
    }
    this.#now = Math.max(this.#now, next);
    for (const alarm of this.#alarms) {
      if (alarm.fired || alarm.when > this.#now) continue;
      alarm.fired = true;
      this.#cancels++;
    }
    throw "cancelled";
  }

  descend(depth = 0): void {
    if (depth === this.#levels.length) return;
    const { scoped, limit, catches } = this.#levels[depth];
    const before = this.#cancels;
    const alarm = { when: this.#now + (limit ?? Infinity), fired: false };
    let how = "returned";
    try {
      try {
        // waitFor() doesn't begin what it has no time for, but it waits for the end of that.
        if (!scoped && limit === 0) {
          this.#sleep(0);
          throw "timeout";
        }
        this.#alarms.add(alarm);
        this.#body(depth, alarm);
      } finally {
        this.#alarms.delete(alarm);
        if (alarm.fired) this.#cancels--;
      }
    } catch (error) {
      const ours = alarm.fired && this.#cancels <= before && error === "cancelled";
      how = ours ? "timeout" : String(error);
      if (!(how === "timeout" && catches)) throw how;
    } finally {
      this.seen.push([depth, this.#now, how, this.#cancels, scoped ? alarm.fired : null]);
    }
  }

  #body(depth: number, alarm: Alarm): void {
    const { scoped, work, reschedule, swallows, cleanup } = this.#levels[depth];
    try {
      this.#sleep(work);
      if (scoped && reschedule !== null) alarm.when = this.#now + reschedule;
      this.descend(depth + 1);
    } catch (error) {
      if (!(error === "cancelled" && swallows)) throw error;
    } finally {
      this.#sleep(cleanup);
    }
  }
}

property(
  "nested limits end when and how they must, and each takes back the cancels that it made",
  plan,
  async ({ levels, cancellations }, run) => {
    const model = new Model(levels, cancellations);
    try {
      model.descend();
    } catch {
      // How the outermost level ended is among what was seen.
    }
    await run(function* () {
      const loop = getRunningLoop();
      const seen: Seen[] = [];
      const task = createTask(function* () {
        yield* descend(levels, seen);
      });
      for (const when of cancellations) loop.callAt(when, () => void task.cancel());
      yield* sleep(1000);
      assert(task.done());
      assertEquals(seen, model.seen);
      const [, , how] = seen.at(-1)!;
      if (how === "cancelled") assert(task.cancelled());
      else assertEquals(task.exception() === null, how === "returned" || levels[0].catches);
    });
  },
  2000,
);

/** A task that may take long to end. */
interface Inner {
  work: number;
  /** How many cancels it survives, and how long it then goes on. */
  lives: number;
  cleanup: number;
  fails: boolean;
}

const inner: fc.Arbitrary<Inner> = fc.record({
  work: delays,
  lives: fc.nat({ max: 2 }),
  cleanup: fc.nat({ max: 4 }),
  fails: fc.boolean(),
});

class Failure extends Error {}

function* live({ work, lives, cleanup, fails }: Inner): Coroutine<string> {
  for (let life = 0;; life++) {
    try {
      yield* sleep(work);
      break;
    } catch (error) {
      if (life === lives) {
        yield* sleep(cleanup);
        throw error;
      }
    }
  }
  if (fails) throw new Failure();
  return "result";
}

property(
  "waitFor() ends only when its task has, and with what came of it",
  fc.record({ inner, limit: delays, cancellations: fc.array(delays, { maxLength: 3 }) }),
  async ({ inner, limit, cancellations }, run) => {
    await run(function* () {
      const loop = getRunningLoop();
      let ended = false;
      let task!: Task<string>;
      const waiter = createTask(function* () {
        task = createTask(live(inner));
        const start = loop.time();
        try {
          const result = yield* waitFor(task, limit);
          assertEquals(result, task.result());
        } catch (error) {
          if (error instanceof Failure) assert(task.exception() === error);
          else {
            assert(error instanceof CancelledError || error instanceof TimeoutError);
            assert(task.cancelled() || limit === 0);
            if (error instanceof TimeoutError) assert(loop.time() >= start + limit);
            else assert(cancellations.length > 0);
          }
        } finally {
          assert(task.done());
          ended = true;
        }
        const due = cancellations.filter((at) => at < loop.time()).length;
        assert(currentTask()!.cancelling() >= due);
        assert(currentTask()!.cancelling() <= cancellations.length);
      });
      for (const at of cancellations) loop.callLater(at, () => void (ended || waiter.cancel()));
      yield* sleep(1000);
      assert(waiter.done());
      if (!waiter.cancelled()) assertEquals(waiter.exception(), null);
    });
  },
  1500,
);
