/**
 * Two copies of the library in one program, and generators of another realm: what belongs to the other
 * one is refused by messages that say so.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createContext, runInContext } from "node:vm";
import * as ours from "../../../mod.ts";
import { failure, test } from "../support.ts";

type Library = typeof ours;

/** Imports the library's sources from another place: what a second version of a package is. */
async function otherCopy(): Promise<Library> {
  const folder = await Deno.makeTempDir();
  async function copy(from: URL, to: string): Promise<void> {
    await Deno.mkdir(to, { recursive: true });
    for await (const { name, isDirectory } of Deno.readDir(from)) {
      if (isDirectory) await copy(new URL(`${name}/`, from), `${to}/${name}`);
      else await Deno.copyFile(new URL(name, from), `${to}/${name}`);
    }
  }
  try {
    const root = new URL("../../../", import.meta.url);
    await copy(new URL("src/", root), `${folder}/src`);
    await Deno.copyFile(new URL("mod.ts", root), `${folder}/mod.ts`);
    return await import(`file://${folder}/mod.ts`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const theirs = await otherCopy();

Deno.test("two copies run side by side, and know nothing of one another", async () => {
  assert(theirs.Future !== ours.Future as unknown);
  const variable = new theirs.ContextVar<string>("variable", { defaultValue: "default" });
  const result = await ours.run(function* () {
    const task = ours.createTask(ours.sleep(5, "ours"));
    assertEquals(theirs.currentTask(), null);
    const inner = yield* ours.until(theirs.run(function* () {
      variable.set("inside");
      assertEquals(ours.currentTask(), null);
      yield* theirs.sleep(1);
      return "theirs";
    }));
    return [inner, yield* task, variable.get()];
  });
  assertEquals(result, ["theirs", "ours", "default"]);
});

test("what the other copy makes can be waited for as a promise", function* () {
  assertEquals(yield* ours.createTask(theirs.sleep(1, "operation")), "operation");
  assertEquals(yield* ours.gather(theirs.createTask(theirs.sleep(1, "task"))), ["task"]);
  assertEquals(yield* ours.until(theirs.sleep(1, "until")), "until");
});

const waits: [string, () => Iterable<unknown, unknown, unknown>][] = [
  ["an operation", () => theirs.sleep(1)],
  ["a future", () => new theirs.Future<void>()],
  ["a task", () => theirs.createTask(theirs.sleep(1))],
  ["a lock", () => new theirs.Lock().acquire()],
  ["a queue", () => new theirs.Queue<number>().get()],
  ["a gathering", () => theirs.gather(theirs.sleep(1))],
  ["a time limit", () => theirs.timeout(5, () => Promise.resolve())],
  ["waitFor()", () => theirs.waitFor(Promise.resolve(), 5)],
  ["a task group", () => theirs.taskGroup(() => Promise.resolve())],
  ["a promise", () => theirs.until(new Promise(() => {}))],
];
for (const [name, wait] of waits) {
  test(`yield* of the other copy's ${name} says that there are two`, function* () {
    const error = yield* failure(Error, wait());
    assertEquals(error.name, "InvalidStateError");
    assert(error.message.includes("another copy of wasyncio"), error.message);
  });
}

const misuses: [string, () => unknown][] = [
  ["wait() of a task", () => ours.wait([theirs.createTask(theirs.sleep(0))] as never)],
  ["Condition() of a lock", () => new ours.Condition(new theirs.Lock() as never)],
  [
    "createTask() in a context",
    () => ours.createTask(ours.sleep(0), { context: new theirs.Context() as never }),
  ],
  ["Future() of a loop", () => new ours.Future({ loop: new theirs.Runner().loop as never })],
  ["get() of a variable", () => new ours.Context().get(new theirs.ContextVar("v") as never)],
  [
    "reset() of a token",
    () => new ours.ContextVar("v").reset(new theirs.ContextVar("v").set(1) as never),
  ],
  ["getRunningLoop()", () => theirs.getRunningLoop()],
];
for (const [name, misuse] of misuses) {
  test(`${name} of the other copy's says that there are two`, function* () {
    const { message } = assertThrows(misuse, Error);
    assert(message.includes("another copy of wasyncio"), message);
    yield;
  });
}

Deno.test("with one copy nothing is said of another", async () => {
  const { message } = assertThrows(() => ours.sleep(1)[Symbol.iterator]().next(), Error);
  assert(!message.includes("copy"), message);
  await ours.run(function* () {
    const { message } = assertThrows(() => ours.wait([5] as never), TypeError);
    assert(!message.includes("copy"), message);
    yield;
  });
});

const realm = createContext({});
/** A generator function of another realm, as a frame or a test runner has it. */
const foreignWork = runInContext(
  "(function* (wait) { yield* wait; return 'done' })",
  realm,
) as (wait: Iterable<unknown>) => ours.Coroutine<string>;
const foreign = () => foreignWork(ours.sleep(0));

const takers: [string, (coroutine: ours.Coroutine<string>) => unknown][] = [
  ["createTask()", (coroutine) => ours.createTask(coroutine)],
  ["ensureFuture()", (coroutine) => ours.ensureFuture(coroutine)],
  ["gather()", (coroutine) => ours.gather(coroutine)],
  ["waitFor()", (coroutine) => ours.waitFor(coroutine, 5)],
  ["until()", (coroutine) => ours.until(coroutine)],
  ["shield()", (coroutine) => ours.shield(coroutine)],
  ["asCompleted()", (coroutine) => ours.asCompleted([coroutine])],
  ["createTask() of a function", (coroutine) => ours.createTask(() => coroutine)],
];
for (const [name, take] of takers) {
  test(`${name} says that a coroutine is another realm's`, function* () {
    const { message } = assertThrows(() => take(foreign()), TypeError);
    assert(message.includes("of another realm"), message);
    assert(!message.includes("function*"), message);
    yield;
  });
}

const bodies: [string, () => ours.Operation<unknown>][] = [
  ["timeout()", () => ours.timeout(5, foreign)],
  ["taskGroup()", () => ours.taskGroup(foreign)],
  ["iterate()", () =>
    ours.iterate(
      (async function* () {
        yield 1;
      })(),
      foreign,
    )],
];
for (const [name, make] of bodies) {
  test(`${name} says that its body is another realm's`, function* () {
    let error: Error = yield* failure(Error, make());
    if (error instanceof AggregateError) error = error.errors[0];
    assert(error.message.includes("of another realm"), error.message);
  });
}

Deno.test("run() says that main is another realm's", async () => {
  const errors = await Promise.all([
    assertRejects(() => ours.run(foreign()), TypeError),
    assertRejects(() => ours.run(foreign), TypeError),
  ]);
  for (const { message } of errors) {
    assert(message.includes("of another realm"), message);
    assert(!message.includes("function*"), message);
  }
});

test("another realm's coroutine runs by yield*, in the task that has it", function* () {
  const task = ours.currentTask();
  let seen: unknown;
  const wait = {
    *[Symbol.iterator]() {
      seen = ours.currentTask();
      yield* ours.sleep(1);
    },
  };
  assertEquals(yield* foreignWork(wait), "done");
  assertEquals(seen, task);
});

test("another realm's promises, arrays and functions are as good as ours", function* () {
  const promise = runInContext("Promise.resolve(5)", realm);
  const list = runInContext("(a, b) => [a, b]", realm)(ours.sleep(1, "a"), promise);
  assertEquals(yield* ours.gather(list), ["a", 5]);
  assertEquals(yield* ours.createTask(promise), 5);
  const error = runInContext("new RangeError('foreign')", realm);
  function* caught(): ours.Coroutine<unknown> {
    try {
      yield* ours.until(Promise.reject(error));
    } catch (error) {
      return error;
    }
  }
  assertEquals((yield* caught()) === error, true);
});
