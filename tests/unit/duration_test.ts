import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Duration } from "../../mod.ts";
import {
  clockTick,
  deadlineTick,
  delayTicks,
  describe,
  milliseconds,
  moment,
  optionalMilliseconds,
} from "../../src/duration.ts";
import { NEVER } from "../../src/core/core.ts";

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
  const bad = ["", " ", "5", "s", "ms", "5 s", " 5s", "5s ", "5sec", "5S", "1h30m", "5s5", "1,5s"];
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

const anyTime = fc.double({ min: -1e12, max: 1e12, noNaN: true });

Deno.test("a deadline's tick is the first microsecond that is not before it", () => {
  fc.assert(fc.property(anyTime, (when) => {
    const tick = deadlineTick(when);
    assert(Number.isInteger(tick));
    assert(tick / 1000 >= when);
    assert((tick - 1) / 1000 < when);
  }));
});

Deno.test("a clock's tick is the last microsecond that is not after it", () => {
  fc.assert(fc.property(anyTime, (now) => {
    const tick = clockTick(now);
    assert(Number.isInteger(tick));
    assert(tick / 1000 <= now);
    assert((tick + 1) / 1000 > now);
  }));
});

/** Numbers at and right beside whole microseconds, where rounding could go wrong. */
const nearTick = fc.tuple(fc.integer({ min: 1, max: 1e12 }), fc.integer({ min: -3, max: 3 }))
  .map(([tick, steps]) => {
    const bits = new BigInt64Array(new Float64Array([tick / 1000]).buffer);
    bits[0] += BigInt(steps);
    return new Float64Array(bits.buffer)[0];
  });

Deno.test("a tick is on the right side of a time that is a rounding error away", () => {
  fc.assert(
    fc.property(nearTick, fc.boolean(), (time, negative) => {
      const when = negative ? -time : time;
      const [deadline, now] = [deadlineTick(when), clockTick(when)];
      assert(deadline / 1000 >= when && (deadline - 1) / 1000 < when);
      assert(now / 1000 <= when && (now + 1) / 1000 > when);
    }),
    { numRuns: 5000 },
  );
});

Deno.test("a deadline is never due before the clock reaches it", () => {
  fc.assert(fc.property(anyTime, fc.double({ min: -1, max: 1, noNaN: true }), (when, off) => {
    const now = when + off;
    if (clockTick(now) >= deadlineTick(when)) assert(now >= when);
    if (now >= when + 0.002) assert(clockTick(now) >= deadlineTick(when));
  }));
});

Deno.test("a deadline beyond all time never comes, one before all time is due", () => {
  for (const when of [1e300, Infinity, Number.MAX_VALUE]) assertEquals(deadlineTick(when), NEVER);
  for (const when of [-1e300, -Infinity]) assertEquals(deadlineTick(when), -NEVER);
  assertEquals(delayTicks(Infinity), NEVER);
  assertEquals(delayTicks(1e300), NEVER);
});

Deno.test("a delay lasts at least as many ticks as it has microseconds", () => {
  assertEquals(delayTicks(1), 1000);
  assertEquals(delayTicks(0.0001), 1);
  assertEquals(delayTicks(1.0001), 1001);
});

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
  ];
  for (const [value, text] of cases) assertEquals(describe(value), text);
});
