/**
 * Runs that are refused, because of another that is not over: they leave nothing behind.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  CancelledError,
  type Coroutine,
  currentTask,
  getRunningLoop,
  InvalidStateError,
  Runner,
  sleep,
  taskGroup,
  until,
} from "../../mod.ts";
import { VirtualClock } from "../../testing.ts";
import { failure, later, onBothCores, turns, unhandled } from "./support.ts";

onBothCores("a second run inside the first is refused, and the first goes on", async ({ core }) => {
  const reports: string[] = [];
  const runner = new Runner({
    core,
    clock: new VirtualClock(),
    exceptionHandler: ({ message }) => reports.push(message),
  });
  let began = false;
  function* second(): Coroutine<void> {
    began = true;
    yield;
  }
  const result = await runner.run(function* () {
    const error = yield* failure(InvalidStateError, until(runner.run(second)));
    assertEquals(error.message, "The runner is running already");
    yield* turns(5);
    yield* sleep(100);
    assertEquals(getRunningLoop().isRunning(), true);
    return "the first's result";
  });
  assertEquals([result, began, reports], ["the first's result", false, []]);
  assertEquals(runner.loop.isRunning(), false);
  assertEquals(await runner.run(later(5, "a third")), "a third");
  await runner.close();
});

onBothCores("what a refused run was given can be run all the same", async ({ core }) => {
  await using runner = new Runner({ core });
  const coroutine = later(1, "coroutine");
  await runner.run(function* () {
    const operation = sleep(1, "operation");
    yield* failure(InvalidStateError, until(runner.run(coroutine)));
    yield* failure(InvalidStateError, until(runner.run(operation)));
    assertEquals([yield* coroutine, yield* operation], ["coroutine", "operation"]);
  });
});

onBothCores("many refused runs, at any time, stop nothing", async ({ core }) => {
  await using runner = new Runner({ core });
  const refused: Promise<unknown>[] = [];
  const refuse = () => {
    refused.push(assertRejects(() => runner.run(later(0, 0)), InvalidStateError));
  };
  const result = runner.run(function* () {
    for (let i = 0; i < 10; i++) {
      refuse();
      yield;
      getRunningLoop().callSoon(refuse);
      yield* sleep(1);
    }
    return "undisturbed";
  });
  refuse();
  assertEquals(await result, "undisturbed");
  await Promise.all(refused);
  assertEquals(refused.length, 21);
});

onBothCores("a main function that runs its own runner is refused", async ({ core }) => {
  await using runner = new Runner({ core });
  const error = await assertRejects(
    () => runner.run(() => runner.run(later(1, "inner"))),
    InvalidStateError,
  );
  assertEquals(error.message, "The runner is running already");
  assertEquals(await runner.run(later(1, "next")), "next");
});

onBothCores("a main that can't be run leaves the runner free", async ({ core }) => {
  await using runner = new Runner({ core });
  const wrong: [unknown, new (...args: never[]) => Error][] = [
    [5, TypeError],
    [() => 5, TypeError],
    [() => {
      throw new RangeError("main can't begin");
    }, RangeError],
  ];
  for (const [main, kind] of wrong) {
    await assertRejects(() => runner.run(main as never), kind);
    assertEquals(runner.loop.isRunning(), false);
    assertEquals(await runner.run(later(1, "next")), "next");
  }
  const taken = later(1, "taken");
  assertEquals(await runner.run(taken), "taken");
  await assertRejects(() => runner.run(taken), InvalidStateError);
  assertEquals(await runner.run(later(1, "next")), "next");
});

onBothCores("a runner can't be closed by its own main, which goes on", async ({ core }) => {
  const runner = new Runner({ core });
  const result = await runner.run(function* () {
    const error = yield* failure(InvalidStateError, until(runner.close()));
    assertEquals(error.message, "Cannot close a runner that is running");
    try {
      runner.loop.close();
    } catch (error) {
      assert(error instanceof InvalidStateError);
    }
    yield* sleep(1);
    return "undisturbed";
  });
  assertEquals([result, runner.loop.isClosed()], ["undisturbed", false]);
  await runner.close();
  assertEquals(runner.loop.isClosed(), true);
});

onBothCores(
  "runs while the runner closes are refused, and the closing goes on",
  async ({ core }) => {
    const runner = new Runner({ core });
    const log: string[] = [];
    await runner.run(function* () {
      runner.loop.createTask(function* () {
        try {
          yield* sleep("1h");
        } finally {
          yield* sleep(1);
          yield* failure(InvalidStateError, until(runner.run(later(0, 0))));
          yield* sleep(1);
          log.push("cleaned up");
        }
      });
      yield;
    });
    const closing = runner.close();
    await assertRejects(() => runner.run(later(0, 0)), InvalidStateError);
    await closing;
    await runner.close();
    assertEquals(log, ["cleaned up"]);
  },
);

onBothCores(
  "a signal that aborts cancels the run, with its reason as the cause",
  async ({ run }) => {
    const controller = new AbortController();
    const reason = new RangeError("no time left");
    const running = run(function* () {
      yield* sleep("1h");
    }, { signal: controller.signal });
    controller.abort(reason);
    const error = await assertRejects(() => running, CancelledError);
    assertStrictEquals(error.cause, reason);
  },
);

onBothCores("a signal that was aborted before cancels main before it begins", async ({ run }) => {
  let began = false;
  const error = await assertRejects(
    () =>
      run(function* () {
        began = true;
        yield;
      }, { signal: AbortSignal.abort("enough") }),
    CancelledError,
  );
  assertEquals([began, error.cause], [false, "enough"]);
});

onBothCores(
  "a run that is cancelled before it begins starts no other loop's operation",
  async (on) => {
    const reasons = await unhandled(() =>
      on.run(function* () {
        let began = false;
        const operation = taskGroup(function* () {
          began = true;
          yield* sleep("1h");
        });
        const signal = AbortSignal.abort("enough");
        const running = on.run(operation, { signal });
        yield* failure(CancelledError, until(running));
        yield* turns(3);
        assertEquals(began, false);
      })
    );
    assertEquals(reasons, []);
  },
);

onBothCores("a signal cancels the run that goes on, not the refused one", async ({ core }) => {
  const controller = new AbortController();
  await using runner = new Runner({ core, signal: controller.signal });
  const seen: unknown[] = [];
  const result = await runner.run(function* () {
    yield* failure(InvalidStateError, until(runner.run(sleep("1h"))));
    try {
      controller.abort("stop");
      yield* sleep("1h");
    } catch (error) {
      seen.push((error as CancelledError).cause, currentTask()!.cancelling());
    }
    return "cleaned up";
  });
  assertEquals([result, seen], ["cleaned up", ["stop", 1]]);
});
