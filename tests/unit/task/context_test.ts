/**
 * Context variables: which task sees which value.
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
  gather,
  getRunningLoop,
  InvalidStateError,
  sleep,
  until,
} from "../../../mod.ts";
import { onBothCores, test, turns } from "../support.ts";

test("a variable without a value gives the fallback, then its default, or throws", function* () {
  const bare = new ContextVar<number>("bare");
  const error = assertThrows(() => bare.get(), ReferenceError);
  assertEquals(error.message, 'The context variable "bare" has no value here');
  assertEquals(bare.get(5), 5);
  const withDefault = new ContextVar<number>("default", { defaultValue: 1 });
  assertEquals([withDefault.get(), withDefault.get(5)], [1, 5]);
  const undefinedDefault = new ContextVar<undefined>("undefined", { defaultValue: undefined });
  assertEquals(undefinedDefault.get(), undefined);
  assertEquals(new ContextVar<number | undefined>("fallback").get(undefined), undefined);
  yield;
});

test("a value that was set goes before fallback and default, whatever it is", function* () {
  for (const value of [5, 0, null, undefined, ""]) {
    const variable = new ContextVar<unknown>("variable", { defaultValue: "default" });
    variable.set(value);
    assertStrictEquals(variable.get("fallback"), value);
  }
  yield;
});

test("a variable has a name; two of one name are two", function* () {
  const [a, b] = [new ContextVar<number>("same"), new ContextVar<number>("same")];
  a.set(1);
  assertEquals([a.name, b.name, b.get(2)], ["same", "same", 2]);
  assertThrows(
    () => new ContextVar(5 as never),
    TypeError,
    "name must be a string, got 5",
  );
  yield;
});

test("reset() restores what was there before the set", function* () {
  const variable = new ContextVar<number>("variable");
  const first = variable.set(1);
  const second = variable.set(2);
  assertEquals(variable.get(), 2);
  variable.reset(second);
  assertEquals(variable.get(), 1);
  variable.reset(first);
  assertThrows(() => variable.get(), ReferenceError);
  yield;
});

test("a token works once, for its variable and in its context", function* () {
  const [variable, other] = [new ContextVar<number>("one"), new ContextVar<number>("other")];
  const token = variable.set(1);
  assertStrictEquals(token.variable, variable);
  assertThrows(() => other.reset(token), RangeError, "token belongs to another context variable");
  assertThrows(
    () => copyContext().run(() => variable.reset(token)),
    RangeError,
    "token was made in another context",
  );
  variable.reset(token);
  assertThrows(
    () => variable.reset(token),
    InvalidStateError,
    "Cannot reset: the token was used before",
  );
  assertThrows(
    () => variable.reset({} as never),
    TypeError,
    "token must be what set() returned, got Object",
  );
  yield;
});

test("a context keeps what is set in it, and the outside does not see it", function* () {
  const variable = new ContextVar<string>("variable", { defaultValue: "default" });
  variable.set("outside");
  const context = copyContext();
  assertEquals(
    context.run(
      (a: string, b: string) => {
        assertEquals(variable.get(), "outside");
        variable.set(a + b);
        return variable.get();
      },
      "in",
      "side",
    ),
    "inside",
  );
  assertEquals(variable.get(), "outside");
  assertEquals(context.run(() => variable.get()), "inside");
  variable.set("changed");
  assertEquals(context.run(() => variable.get()), "inside");
  assertEquals(new Context().run(() => variable.get()), "default");
  yield;
});

test("contexts can be nested, and an error leaves them as it should", function* () {
  const variable = new ContextVar<string>("variable");
  variable.set("outside");
  const [outer, inner] = [copyContext(), copyContext()];
  assertThrows(
    () =>
      outer.run(() => {
        variable.set("outer");
        inner.run(() => variable.set("inner"));
        assertEquals(variable.get(), "outer");
        throw new RangeError("wrong");
      }),
    RangeError,
  );
  assertEquals(variable.get(), "outside");
  assertEquals(inner.run(() => variable.get()), "inner");
  assertThrows(() => outer.run(5 as never), TypeError, "fn must be a function, got 5");
  yield;
});

test("each task has its own values, wherever it waits", function* () {
  const variable = new ContextVar<number>("variable");
  function* worker(id: number): Coroutine<void> {
    variable.set(id);
    for (const wait of [() => sleep(id), () => turns(id), () => until(Promise.resolve())]) {
      yield* wait();
      assertEquals(variable.get(), id);
    }
  }
  yield* gather([1, 2, 3, 4].map(worker));
  assertThrows(() => variable.get(), ReferenceError);
});

test("a task inherits its maker's values at the moment when it is made", function* () {
  const variable = new ContextVar<string>("variable");
  variable.set("before");
  const task = createTask(function* () {
    yield;
    return variable.get();
  });
  variable.set("after");
  assertEquals(yield* task, "before");
});

test("coroutines and operations of one task share its values", function* () {
  const variable = new ContextVar<string>("variable");
  function* sets(): Coroutine<void> {
    yield* sleep(1);
    variable.set("set by a coroutine");
  }
  yield* sets();
  assertEquals(variable.get(), "set by a coroutine");
});

test("two tasks may share one context", function* () {
  const variable = new ContextVar<number>("variable", { defaultValue: 0 });
  const context = copyContext();
  function* increment(): Coroutine<void> {
    for (let i = 0; i < 3; i++) {
      variable.set(variable.get() + 1);
      yield;
    }
  }
  yield* gather(createTask(increment(), { context }), createTask(increment(), { context }));
  assertEquals([variable.get(), context.run(() => variable.get())], [0, 6]);
});

test("a value set in a callback goes no further", function* () {
  const variable = new ContextVar<string>("variable", { defaultValue: "default" });
  const seen: string[] = [];
  const loop = getRunningLoop();
  loop.callSoon(() => {
    variable.set("set by a callback");
    loop.callSoon(() => seen.push(variable.get()));
  });
  loop.callSoon(() => seen.push(variable.get()));
  yield* turns(3);
  assertEquals(seen, ["default", "set by a callback"]);
  assertEquals(variable.get(), "default");
});

onBothCores(
  "values set outside any loop are seen by the loops that begin there",
  async ({ run }) => {
    const variable = new ContextVar<string>("variable", { defaultValue: "default" });
    const token = variable.set("outside");
    const seen = await run(function* () {
      const before = variable.get();
      variable.set("inside");
      yield;
      return before;
    });
    assertEquals([seen, variable.get()], ["outside", "outside"]);
    variable.reset(token);
    assertEquals(variable.get(), "default");
    assert(copyContext() instanceof Context);
  },
);
