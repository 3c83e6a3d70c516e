/**
 * The classes of errors: names, messages, stacks and causes.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import * as asyncio from "../../mod.ts";
import { CancelledError, createTask, Future, sleep, TimeoutError, waitFor } from "../../mod.ts";
import { lightCancelledError } from "../../src/errors.ts";
import { failure, test, turns } from "./support.ts";

const NAMES = [
  "CancelledError",
  "TimeoutError",
  "InvalidStateError",
  "QueueEmpty",
  "QueueFull",
  "QueueShutDown",
  "BrokenBarrierError",
  "DeadlockError",
] as const;

for (const name of NAMES) {
  Deno.test(`${name} bears its own name`, () => {
    const error = new asyncio[name]("what happened", { cause: 1 });
    assertEquals(asyncio[name].name, name);
    assertEquals(error.name, name);
    assertEquals(error.message, "what happened");
    assertEquals(error.cause, 1);
    assertEquals(String(error), `${name}: what happened`);
    assert(error instanceof Error);
    assert(error.stack!.startsWith(`${name}: what happened\n`), error.stack);
  });
}

Deno.test("an error's name does not show up among its own properties", () => {
  assertEquals(Object.keys(new TimeoutError("late")), []);
});

Deno.test("a class derived from an error may set a name and a stack of its own", () => {
  class Stopped extends CancelledError {
    constructor(message: string) {
      super(message);
      Object.assign(this, { name: "Stopped", stack: "where it stopped" });
    }
  }
  const error = new Stopped("by hand");
  assertEquals(String(error), "Stopped: by hand");
  assertEquals(error.stack, "where it stopped");
  assert(error instanceof CancelledError);
});

Deno.test("the scheduler's own CancelledError takes another name and stack, too", () => {
  const error = Object.assign(lightCancelledError(), { name: "Stopped", stack: "here" });
  assertEquals([error.name, error.stack], ["Stopped", "here"]);
  assertEquals(String(lightCancelledError()), "CancelledError");
});

Deno.test("an error of one kind is no instance of another", () => {
  for (const name of NAMES) {
    for (const other of NAMES) {
      assertEquals(new asyncio[name]() instanceof asyncio[other], name === other);
    }
  }
});

Deno.test("the scheduler's own CancelledError looks like any other", () => {
  const light = lightCancelledError();
  assert(light instanceof CancelledError && light instanceof Error);
  assertEquals(light.name, "CancelledError");
  assertEquals(light.message, "");
  assertEquals(String(light), "CancelledError");
  assertEquals(light.stack, "CancelledError");
  assertEquals(Object.prototype.toString.call(light), "[object Object]");
});

test("a CancelledError that is thrown into a task has the name, the message and a stack", function* () {
  for (const message of [undefined, "enough"]) {
    const task = createTask(sleep("1h"));
    yield* turns(1);
    task.cancel(message);
    const error = yield* failure(CancelledError, task);
    assertEquals(error.name, "CancelledError");
    assertEquals(error.message, message ?? "");
    assertEquals(typeof error.stack, "string");
  }
});

test("a TimeoutError has the cancellation that it replaces as its cause", function* () {
  const error = yield* failure(TimeoutError, waitFor(new Future<void>(), 10));
  assert(error.cause instanceof CancelledError);
});
