/**
 * coroutine() around methods: `this` is what it is in any call.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { type Coroutine, coroutine, type Operation, sleep } from "../../../mod.ts";
import { failure, test } from "../support.ts";

class Account {
  balance = 0;

  deposit: (amount: number) => Operation<number> = coroutine(
    function* (this: Account, amount: number): Coroutine<number> {
      yield* sleep(1);
      return this.balance += amount;
    },
  );
}

test("a wrapped method sees its object", function* () {
  const [a, b] = [new Account(), new Account()];
  const later = b.deposit(5);
  assertEquals([yield* a.deposit(1), yield* a.deposit(2), yield* later], [1, 3, 5]);
});

test("a wrapped function of an object or a prototype sees who it is called on", function* () {
  const whoAmI = coroutine(function* (this: unknown): Coroutine<unknown> {
    yield;
    return this;
  });
  const object = { whoAmI };
  const child = Object.create(object);
  assertStrictEquals(yield* object.whoAmI(), object);
  assertStrictEquals(yield* child.whoAmI(), child);
  assertStrictEquals(yield* whoAmI.call(5), 5);
  assertStrictEquals(yield* whoAmI.bind("bound")(), "bound");
});

test("called by itself it sees nothing: neither the operation nor its arguments", function* () {
  const alone = coroutine(function* (this: unknown, ...args: number[]): Coroutine<unknown[]> {
    yield;
    return [this, ...args];
  });
  assertEquals(yield* alone(1, 2), [undefined, 1, 2]);
});

test("what is no generator function is refused when it is awaited, or at once", function* () {
  for (const wrong of [undefined, null, 5, function* () {}()]) {
    assertThrows(() => coroutine(wrong as never), TypeError, "fn must be a function");
  }
  const plain = coroutine((() => 5) as never);
  const error = yield* failure(TypeError, plain() as Operation<unknown>);
  assert(error.message.length > 0);
});
