/**
 * What users see of a stack: their own frames, in reports and where a program ends with an error.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { onBothCores, printed, program } from "../support.ts";
import { coroutine, createTask, sleep, taskGroup } from "../../../mod.ts";

/** The frames of a text, without where they are. */
function framesOf(text: string): string[] {
  return text.split("\n").filter((line) => /^\s*at /.test(line));
}

onBothCores("an error that leaves a run has no frames of the library", async ({ run }) => {
  const thrown = new RangeError("wrong");
  const errors = [
    await run(throwing, { debug: true }).catch((error) => error),
    await run(() => sleep("5 parsecs" as never)).catch((error) => error),
    await run(() => taskGroup(throwing)).catch((error) => error.errors[0]),
  ];
  for (const error of errors) {
    assert(error.stack.includes("stack_test.ts"), error.stack);
    assert(!error.stack.includes("/src/"), error.stack);
    assert(error.stack.startsWith(`${error.name}: ${error.message}\n`), error.stack);
  }
  assertEquals(errors[0], thrown);

  function* throwing() {
    yield* sleep(1);
    throw thrown;
  }
});

Deno.test("neither has one that an async function gets from a task or an operation", async () => {
  const wait = coroutine(function* () {
    yield* sleep(1);
    throw new RangeError("wrong");
  });
  for (const start of [() => createTask(wait()), wait, () => createTask(wait()).finally()]) {
    const error = await start().then(() => null, (error) => error);
    assert(error.stack.includes("stack_test.ts"), error.stack);
    assert(!error.stack.includes("/src/"), error.stack);
  }
});

onBothCores("neither has a report", async ({ run }) => {
  const [report] = await printed("error", () =>
    run(function* () {
      createTask(function* failing() {
        yield* sleep(1);
        throw Object.assign(new Error("wrong"), { toString: () => "as it was" });
      });
      yield* sleep(5);
    }));
  assert(!report.includes("/src/"), report);
});

onBothCores("what can't be changed passes as it is", async ({ run }) => {
  const limit = Error.stackTraceLimit;
  const locked = new Error("locked");
  Object.defineProperty(locked, "stack", { value: "at /src/ its own", writable: false });
  const hostile = Object.defineProperty(new Error("hostile"), "stack", {
    get() {
      throw new Error("no stack");
    },
  });
  for (const error of [Object.freeze(new Error("frozen")), locked, hostile, "text", null]) {
    assertEquals(await run(() => Promise.reject(error)).catch((reason) => reason), error);
  }
  assertEquals(Error.stackTraceLimit, limit);
});

Deno.test("a program that ends with an error shows the lines that led to it", async () => {
  const { code, err } = await program(`
    function* load() {
      yield* asyncio.sleep("1 light year");
    }
    await asyncio.run(function* main() {
      yield* load();
    });
  `);
  assertEquals(code, 1);
  assertEquals(framesOf(err).map((frame) => /at (\S+)/.exec(frame)![1]), ["load", "main"], err);
});

Deno.test("an error that comes through until() shows who waited where the program ends", async () => {
  const { err } = await program(`
    async function query() {
      await Promise.resolve();
      throw new Error("no such table");
    }
    await asyncio.run(function* main() {
      yield* asyncio.until(query());
    });
  `);
  const names = framesOf(err).map((frame) => /at (async \S+|\S+)/.exec(frame)![1]);
  assertEquals(names, ["query", "async main"], err);
});
