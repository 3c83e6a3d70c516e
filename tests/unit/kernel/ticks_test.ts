/**
 * How deadlines and clock readings become the whole microseconds that a core counts.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { clockTick, deadlineTick, delayTicks } from "../../../src/kernel/ticks.ts";
import { NEVER } from "../../../src/core/core.ts";

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
  for (const now of [1e300, Infinity]) assertEquals(clockTick(now), NEVER);
  for (const now of [-1e300, -Infinity]) assertEquals(clockTick(now), -NEVER);
  assertEquals(delayTicks(Infinity), NEVER);
  assertEquals(delayTicks(1e300), NEVER);
});

Deno.test("a delay lasts at least as many ticks as it has microseconds", () => {
  assertEquals(delayTicks(1), 1000);
  assertEquals(delayTicks(0.0001), 1);
  assertEquals(delayTicks(1.0001), 1001);
});
