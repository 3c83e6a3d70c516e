/**
 * Callbacks that are generator functions by mistake: what they return would never run.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  createTask,
  type ExceptionContext,
  Future,
  getRunningLoop,
  type Handle,
  run,
  sleep,
} from "../../../mod.ts";
import { suspend } from "../../../lowlevel.ts";
import { failure, onBothCores, printed, test } from "../support.ts";

const ways: [string, (fn: () => unknown) => Handle | null][] = [
  ["callSoon()", (fn) => getRunningLoop().callSoon(fn)],
  ["callLater()", (fn) => getRunningLoop().callLater(1, fn)],
  ["callAt()", (fn) => getRunningLoop().callAt(0, fn)],
  ["addDoneCallback()", (fn) => {
    const future = new Future<void>();
    future.addDoneCallback(fn as () => void);
    future.setResult();
    return null;
  }],
];

for (const [name, give] of ways) {
  onBothCores(`a generator function given to ${name} is reported once`, async ({ run }) => {
    const reports: ExceptionContext[] = [];
    let began = false;
    let handle: Handle | null = null;
    await run(function* () {
      handle = give(function* tidyUp() {
        began = true;
        yield* sleep(1);
      });
      yield* sleep(5);
    }, { exceptionHandler: (context) => reports.push(context) });
    assertEquals(reports.map(({ message }) => message), [
      "The callback tidyUp returned a coroutine, which nobody runs: use createTask()",
    ]);
    assertEquals("exception" in reports[0], false);
    if (handle === null) assert(reports[0].handle);
    else assertStrictEquals(reports[0].handle, handle);
    assertEquals(began, false);
  });
}

onBothCores("without a handler the mistake is printed", async ({ run }) => {
  const lines = await printed("error", () =>
    run(function* () {
      getRunningLoop().callSoon(function* () {});
      yield* sleep(1);
    }));
  assertEquals(lines, [
    "wasyncio: The callback (anonymous) returned a coroutine, which nobody runs: use createTask()",
  ]);
});

test("what else a callback returns is nobody's business", function* () {
  const loop = getRunningLoop();
  const results = [5, null, "text", {}, [], Promise.resolve(), new Future<void>(), () => {}];
  for (const result of results) loop.callSoon(() => result);
  loop.callSoon(() => createTask(sleep(0)));
  yield* sleep(1);
});

Deno.test("an exception handler that is a generator function loses no error", async () => {
  const lines = await printed("error", () =>
    run(function* () {
      getRunningLoop().callSoon(() => {
        throw new RangeError("the original");
      });
      yield* sleep(1);
    }, {
      exceptionHandler: function* () {} as never,
    }));
  assertEquals(lines.length, 2);
  assert(lines[0].includes("the original"), lines[0]);
  assert(lines[1].includes("Exception in the exception handler"), lines[1]);
});

test("suspend() refuses a generator function, whose wait would never end", function* () {
  let began = false;
  // deno-lint-ignore require-yield
  const start = function* () {
    began = true;
  };
  const error = yield* failure(TypeError, suspend(start as never));
  assert(error.message.startsWith("start"), error.message);
  assertEquals(began, false);
});
