/**
 * Durations and moments as callers write them.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Duration } from "../../mod.ts";
import { milliseconds, moment, optionalMilliseconds } from "../../src/duration.ts";

Deno.test("a bare number is milliseconds", () => {
  for (const number of [0, 1, 0.001, -5, 1e300, Infinity, -Infinity]) {
    assertEquals(milliseconds(number, "delay"), number);
  }
});

Deno.test("a string is a number with a unit", () => {
  const cases: [Duration, number][] = [
    ["250ms", 250],
    ["2s", 2000],
    ["1.5m", 90_000],
    ["1h", 3_600_000],
    ["0s", 0],
    [".5s", 500],
    ["5.s", 5000],
    ["+1s", 1000],
    ["-1s", -1000],
    ["0.001ms", 0.001],
    ["007s", 7000],
  ];
  for (const [duration, expected] of cases) {
    assertEquals(milliseconds(duration, "delay"), expected, String(duration));
  }
});

Deno.test("a number of any size may stand before the unit", () => {
  fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
    assertEquals(milliseconds(`${number}ms`, "delay"), Object.is(number, -0) ? 0 : number);
    assertEquals(milliseconds(`${number}s`, "delay"), (Object.is(number, -0) ? 0 : number) * 1000);
  }));
});

Deno.test("a string of another form is a RangeError that names the argument and the string", () => {
  const bad = ["", " ", "5", "s", "ms", " 5s", "5s ", "5sec", "5S", "1h30m", "5s5", "1,5s"];
  for (const text of [...bad, "NaNms", "Infinitys", "0x10ms", "--1s", "1..2s", ".s", "1e s", "é"]) {
    const error = assertThrows(() => milliseconds(text as Duration, "delay"), RangeError);
    assert(error.message.startsWith("delay must be "), error.message);
    assert(error.message.endsWith(`got ${JSON.stringify(text)}`), error.message);
  }
});

Deno.test("NaN is a RangeError that names the argument", () => {
  assertThrows(
    () => milliseconds(NaN, "timeout"),
    RangeError,
    "timeout must be a duration, got NaN",
  );
});

Deno.test("a value of another type is a TypeError that names the argument and the value", () => {
  const cases: [unknown, string][] = [
    [null, "null"],
    [undefined, "undefined"],
    [true, "true"],
    [5n, "5"],
    [{}, "Object"],
    [[5], "Array"],
    [new Date(0), "Date"],
    [() => 5, "function (anonymous)"],
    [Symbol("soon"), "Symbol(soon)"],
  ];
  for (const [value, name] of cases) {
    const error = assertThrows(() => milliseconds(value as Duration, "delay"), TypeError);
    assert(error.message.startsWith("delay must be "), error.message);
    assert(error.message.endsWith(`got ${name}`), error.message);
  }
});

Deno.test("where a limit is optional, null, undefined and Infinity mean none", () => {
  assertEquals(optionalMilliseconds(null, "timeout"), Infinity);
  assertEquals(optionalMilliseconds(undefined, "timeout"), Infinity);
  assertEquals(optionalMilliseconds(Infinity, "timeout"), Infinity);
  assertEquals(optionalMilliseconds("2s", "timeout"), 2000);
  assertThrows(() => optionalMilliseconds(NaN, "timeout"), RangeError, "timeout");
  assertThrows(() => optionalMilliseconds(false as never, "timeout"), TypeError, "timeout");
});

Deno.test("a moment is any number but NaN", () => {
  for (const when of [0, -1, 1e300, Infinity, -Infinity]) assertEquals(moment(when, "when"), when);
  assertThrows(() => moment(NaN, "when"), RangeError, "when must be a moment");
  for (const value of ["2s", null, undefined, 5n, new Date()]) {
    assertThrows(() => moment(value as never, "when"), TypeError, "when must be a number");
  }
});
