/**
 * What contexts allow: to be looked into, copied and entered once at a time, by whatever runs in them.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import {
  Context,
  ContextVar,
  copyContext,
  type Coroutine,
  createTask,
  currentTask,
  getRunningLoop,
  InvalidStateError,
  sleep,
} from "../../../mod.ts";
import { onBothCores, test, turns } from "../support.ts";

test("a context can be looked into from outside", function* () {
  const [a, b, unset] = ["a", "b", "unset"].map((name) => new ContextVar<unknown>(name));
  const context = copyContext();
  context.run(() => {
    b.set(2);
    a.set(undefined);
  });
  assertEquals([context.get(a), context.get(b), context.get(unset)], [undefined, 2, undefined]);
  assertEquals([context.has(a), context.has(b), context.has(unset)], [true, true, false]);
  assertEquals([...context], [[a, undefined], [b, 2]]);
  for (const variable of [a, b]) assertThrows(() => variable.get(), ReferenceError);
  yield;
});

test("a context says nothing of a variable's default", function* () {
  const variable = new ContextVar<number>("variable", { defaultValue: 5 });
  const context = copyContext();
  assertEquals([context.get(variable), context.has(variable)], [undefined, false]);
  assertEquals(context.run(() => variable.get()), 5);
  assertEquals([...new Context()], []);
  yield;
});

test("a context refuses what is no context variable", function* () {
  for (const wrong of [null, undefined, 5, "name", { name: "name" }, new Context()]) {
    assertThrows(() => copyContext().get(wrong as never), TypeError, "variable must be a");
    assertThrows(() => new Context().has(wrong as never), TypeError, "variable must be a");
  }
  yield;
});

test("a copy goes its own way, and so does the original", function* () {
  const variable = new ContextVar<string>("variable");
  const original = copyContext();
  original.run(() => variable.set("before"));
  const copy = original.copy();
  copy.run(() => variable.set("in the copy"));
  original.run(() => variable.set("in the original"));
  const second = copy.copy();
  assertEquals([original, copy, second].map((context) => context.get(variable)), [
    "in the original",
    "in the copy",
    "in the copy",
  ]);
  yield;
});

test("an iteration shows what was set when it began", function* () {
  const variables = Array.from({ length: 40 }, (_, i) => new ContextVar<number>(`${i}`));
  const context = copyContext();
  context.run(() => variables.slice(0, 20).forEach((variable, i) => variable.set(i)));
  const seen: unknown[] = [];
  for (const [variable, value] of context) {
    seen.push([variable, value]);
    context.run(() => variables.forEach((each) => each.set(-1)));
  }
  assertEquals(seen, variables.slice(0, 20).map((variable, i) => [variable, i]));
  assertEquals([...context].length, 40);
  yield;
});

test("what was reset is not in the context any more", function* () {
  const variable = new ContextVar<number>("variable");
  const context = copyContext();
  context.run(() => {
    const token = variable.set(1);
    variable.reset(token);
  });
  assertEquals([context.has(variable), [...context]], [false, []]);
  yield;
});

test("thousands of variables keep their values apart", function* () {
  const variables = Array.from({ length: 5000 }, (_, i) => new ContextVar<number>(`${i}`));
  variables.forEach((variable, i) => variable.set(i));
  const before = copyContext();
  variables.forEach((variable, i) => i % 3 === 0 && variable.set(-i));
  assertEquals(
    variables.map((variable) => variable.get()),
    variables.map((_, i) => i % 3 ? i : -i),
  );
  assertEquals(variables.map((variable) => before.get(variable)), variables.map((_, i) => i));
  yield;
});

test("using a token resets the variable at the block's end", function* () {
  const variable = new ContextVar<string>("variable", { defaultValue: "default" });
  variable.set("before");
  {
    using token = variable.set("outer");
    assertStrictEquals(token.variable, variable);
    {
      using _inner = variable.set("inner");
      yield* sleep(1);
      assertEquals(variable.get(), "inner");
    }
    assertEquals(variable.get(), "outer");
  }
  assertEquals(variable.get(), "before");
  try {
    using _token = variable.set("lost");
    throw new RangeError("wrong");
  } catch (error) {
    assert(error instanceof RangeError);
  }
  assertEquals(variable.get(), "before");
});

test("a token that was reset by hand is left alone at the block's end", function* () {
  const variable = new ContextVar<string>("variable", { defaultValue: "default" });
  {
    using token = variable.set("first");
    variable.reset(token);
    variable.set("second");
  }
  assertEquals(variable.get(), "second");
  yield;
});

test("a token of another context is refused at the block's end, too", function* () {
  const variable = new ContextVar<string>("variable", { defaultValue: "default" });
  const token = variable.set("here");
  assertThrows(() => copyContext().run(() => token[Symbol.dispose]()), RangeError);
  assertEquals(variable.get(), "here");
  token[Symbol.dispose]();
  token[Symbol.dispose]();
  assertEquals(variable.get(), "default");
  yield;
});

test("a token works in its task, whoever has asked for the task's context meanwhile", function* () {
  const variable = new ContextVar<string>("variable", { defaultValue: "default" });
  yield* createTask(function* () {
    const token = variable.set("first");
    assertEquals(currentTask()!.context.get(variable), "first");
    variable.set("second");
    yield;
    variable.reset(token);
    assertEquals(variable.get(), "default");
  });
});

const refused = /^Cannot enter the context: /;

function assertRefused(enter: () => unknown): void {
  const { message } = assertThrows(enter, InvalidStateError);
  assert(refused.test(message), message);
}

test("a context can't be entered again while code runs in it", function* () {
  const [context, other] = [copyContext(), copyContext()];
  context.run(() => {
    assertRefused(() => context.run(() => {}));
    other.run(() => assertRefused(() => context.run(() => {})));
    context.copy().run(() => assertRefused(() => context.run(() => {})));
  });
  assertThrows(() =>
    context.run(() => {
      throw new RangeError("wrong");
    }), RangeError);
  assertEquals(context.run(() => "free again"), "free again");
  yield;
});

test("a task's own context can't be entered while it runs, and can while it waits", function* () {
  const variable = new ContextVar<string>("variable");
  const task = createTask(function* () {
    const { context } = currentTask()!;
    assertRefused(() => context.run(() => {}));
    copyContext().run(() => assertRefused(() => context.run(() => {})));
    yield* sleep(1);
    return variable.get();
  });
  yield;
  yield;
  task.context.run(() => variable.set("set while it waits"));
  assertEquals(yield* task, "set while it waits");
});

test("a context that was given to a task is refused while the task runs", function* () {
  const context = copyContext();
  yield* createTask(function* () {
    assertRefused(() => context.run(() => {}));
    yield;
    assertRefused(() => context.run(() => {}));
  }, { context });
  context.run(() => {});
});

test("a context stays refused below an eager task and a handler", function* () {
  const context = copyContext();
  const log: string[] = [];
  const loop = getRunningLoop();
  loop.setExceptionHandler(() => {
    assertRefused(() => context.run(() => {}));
    log.push("handler");
  });
  yield* createTask(function* () {
    createTask(function* () {
      assertRefused(() => context.run(() => {}));
      log.push("eager task");
      yield;
    }, { eager: true });
    loop.callExceptionHandler({ message: "test" });
    yield;
  }, { context });
  loop.setExceptionHandler(null);
  assertEquals(log, ["eager task", "handler"]);
});

test("a task can't begin eagerly in a context that is entered", function* () {
  const context = copyContext();
  let began = 0;
  function* work(): Coroutine<void> {
    began++;
    yield;
  }
  context.run(() => assertRefused(() => createTask(work(), { context, eager: true })));
  yield* createTask(function* () {
    assertRefused(() => createTask(work(), { context, eager: true }));
    createTask(work(), { eager: true }); // in a copy
    createTask(work(), { context }); // later
    yield;
  }, { context });
  yield* turns(3);
  assertEquals(began, 2);
});

test("a task sees what it sets, whoever asks for its context in the middle of a step", function* () {
  const variable = new ContextVar<number>("variable");
  const askers: [string, () => unknown][] = [
    ["the task itself", () => currentTask()!.context],
    ["code in another context", () => {
      const me = currentTask()!;
      copyContext().run(() => me.context);
    }],
    ["an eager task", () => {
      const me = currentTask()!;
      createTask(function* () {
        assertEquals(me.context.get(variable), 1);
        yield;
      }, { eager: true });
    }],
  ];
  for (const [name, ask] of askers) {
    yield* createTask(function* () {
      variable.set(1);
      ask();
      variable.set(2);
      assertEquals([name, variable.get()], [name, 2]);
      assertEquals([name, currentTask()!.context.get(variable)], [name, 2]);
      yield;
      assertEquals([name, variable.get()], [name, 2]);
      assertEquals([name, currentTask()!.context.get(variable)], [name, 2]);
    });
  }
});

test("contexts are as they were after an eager task, however it ends", function* () {
  const variable = new ContextVar<string>("variable", { defaultValue: "default" });
  variable.set("outside");
  function* sets(): Coroutine<void> {
    variable.set("inside");
    yield;
  }
  // deno-lint-ignore require-yield
  function* fails(): Coroutine<void> {
    variable.set("inside");
    throw new RangeError("wrong");
  }
  createTask(sets(), { eager: true });
  assertEquals(variable.get(), "outside");
  assert(createTask(fails(), { eager: true }).exception() instanceof RangeError);
  assertEquals(variable.get(), "outside");
  yield;
});

onBothCores("contexts work outside any loop, between runs and across loops", async ({ run }) => {
  const variable = new ContextVar<string>("variable", { defaultValue: "default" });
  const context = copyContext();
  context.run(() => {
    variable.set("outside");
    assertRefused(() => context.run(() => {}));
  });
  await run(function* () {
    yield* createTask(function* () {
      assertEquals(variable.get(), "outside");
      variable.set("in a task");
      yield* sleep(1);
    }, { context });
  });
  assertEquals([context.get(variable), variable.get()], ["in a task", "default"]);
  await run(() => createTask(sleep(1), { context }));
  assertEquals([...context].map(([{ name }, value]) => [name, value]), [["variable", "in a task"]]);
});
