/**
 * How arguments that can't be used are described in error messages.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { Queue, sleep } from "../../mod.ts";
import { describe } from "../../src/check.ts";

Deno.test("a value is described in a word or two, whatever it is", () => {
  class Account {}
  const cases: [unknown, string][] = [
    [null, "null"],
    [undefined, "undefined"],
    ["a\nb", '"a\\nb"'],
    [-0.5, "-0.5"],
    [5n, "5"],
    [Symbol.iterator, "Symbol(Symbol.iterator)"],
    [{ a: 1 }, "Object"],
    [new Account(), "Account"],
    [Account, "function Account"],
    [() => {}, "function (anonymous)"],
    [[1, 2], "Array"],
    [Promise.resolve(), "Promise"],
    [function* () {}(), "Generator"],
    [Object.create(null), "an object"],
    [new Queue(), "Queue with 0 items"],
    [sleep(1), "Operation of sleep()"],
  ];
  for (const [value, text] of cases) assertEquals(describe(value), text);
});
