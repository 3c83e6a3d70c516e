/**
 * Who hears of a deadline at once, such as a listener of the task's signal, hears of it in the context
 * in which the deadline was set, and not as whatever task happens to run.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import {
  type Awaitable,
  ContextVar,
  copyContext,
  createTask,
  currentTask,
  Future,
  gather,
  getRunningLoop,
  type Operation,
  sleep,
  timeout,
  timeoutAt,
  TimeoutError,
  type TimeoutScope,
  waitFor,
} from "../../../mod.ts";
import { failure, test } from "../support.ts";

const who = new ContextVar<string>("who", { defaultValue: "nobody" });

type Body = (scope?: TimeoutScope) => Awaitable<unknown>;

/** All that sets deadlines; each with time left, and without. */
const limits: Record<string, (body: Body) => Operation<unknown>> = {
  "timeout()": (body) => timeout(10, body),
  "timeout() with no time": (body) => timeout(0, body),
  "timeoutAt()": (body) => timeoutAt(getRunningLoop().time() + 10, body),
  "timeoutAt() in the past": (body) => timeoutAt(getRunningLoop().time() - 10, body),
  "waitFor()": (body) => waitFor(body(), 10),
  "a rescheduled timeout()": (body) =>
    timeout(null, (scope) => {
      scope.reschedule(getRunningLoop().time() + 10);
      return body();
    }),
};

for (const [name, limit] of Object.entries(limits)) {
  test(`the signal's listener hears ${name} in the context in which that was set`, function* () {
    const heard: unknown[] = [];
    const limited = createTask(function* () {
      who.set("the limited one");
      const task = currentTask()!;
      task.signal.addEventListener("abort", () => {
        heard.push(who.get(), currentTask(), getRunningLoop() === task.loop);
        who.set("leaked");
      });
      yield* failure(TimeoutError, limit(() => sleep("1h")));
      return who.get();
    });
    const bystanders = [1, 2, 3].map((i) =>
      createTask(function* () {
        who.set(`bystander ${i}`);
        for (let step = 0; step < 20; step++) yield* sleep(1);
        return who.get();
      })
    );
    assertEquals(yield* gather(limited, ...bystanders), [
      "the limited one",
      "bystander 1",
      "bystander 2",
      "bystander 3",
    ]);
    assertEquals(heard, ["the limited one", null, true]);
    assertEquals(who.get(), "nobody");
  });
}

test("tasks and callbacks that a listener makes inherit the deadline's context", function* () {
  const names: string[] = [];
  yield* createTask(function* () {
    who.set("the limited one");
    currentTask()!.signal.addEventListener("abort", () => {
      getRunningLoop().callSoon(() => names.push(who.get()));
      createTask(function* () {
        yield;
        names.push(who.get());
      });
    });
    yield* failure(TimeoutError, timeout(10, () => sleep("1h")));
    yield* sleep(1);
  });
  assertEquals(names, ["the limited one", "the limited one"]);
});

test("what is set after the timeout began is not seen by its listeners, nor lost", function* () {
  const heard: string[] = [];
  who.set("before");
  currentTask()!.signal.addEventListener("abort", () => heard.push(who.get()));
  yield* failure(
    TimeoutError,
    timeout(10, function* () {
      who.set("inside");
      yield* sleep("1h");
    }),
  );
  assertEquals([heard, who.get()], [["before"], "inside"]);
});

test("a deadline moved by another task fires in the context of the move", function* () {
  const heard: string[] = [];
  let scope: TimeoutScope;
  const limited = createTask(function* () {
    who.set("the limited one");
    currentTask()!.signal.addEventListener("abort", () => heard.push(who.get()));
    yield* failure(
      TimeoutError,
      timeout(null, function* (inner) {
        scope = inner;
        yield* sleep("1h");
      }),
    );
  });
  yield* sleep(1);
  copyContext().run(() => {
    who.set("the mover");
    scope.reschedule(getRunningLoop().time() + 10);
  });
  yield* limited;
  assertEquals([heard, who.get()], [["the mover"], "nobody"]);
});

test("a subclass's cancel() is called by a deadline outside any task", function* () {
  const seen: unknown[] = [];
  class Watched extends Future<void> {
    override cancel(message?: string): boolean {
      seen.push(currentTask(), who.get());
      return super.cancel(message);
    }
  }
  const limited = createTask(function* () {
    who.set("the limited one");
    yield* failure(TimeoutError, waitFor(new Watched(), 10));
  });
  const bystander = createTask(function* () {
    who.set("a bystander");
    for (let step = 0; step < 20; step++) yield* sleep(1);
  });
  yield* gather(limited, bystander);
  assertEquals(seen, [null, "the limited one"]);
});

test("a deadline that passes during another task's eager start leaves both alone", function* () {
  const seen: unknown[] = [];
  const limited = createTask(function* () {
    who.set("the limited one");
    currentTask()!.signal.addEventListener("abort", () => {
      createTask(
        function* () {
          seen.push(who.get(), currentTask()?.name);
          who.set("the eager one");
          yield* sleep(1);
        },
        { eager: true, name: "eager" },
      );
      seen.push(who.get(), currentTask());
    });
    yield* failure(TimeoutError, timeout(10, () => sleep("1h")));
    return who.get();
  });
  assertEquals(yield* limited, "the limited one");
  assertEquals(seen, ["the limited one", "eager", "the limited one", null]);
});
