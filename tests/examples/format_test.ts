/**
 * How the demonstration formats its numbers.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { bar, count, percent, size, time } from "../../examples/fetch_many/format.ts";

Deno.test("time() picks the unit that a person would", () => {
  assertEquals([0, 63.4, 999.4, 999.6, 1210, 59_990].map(time), [
    "0 ms",
    "63 ms",
    "999 ms",
    "1.00 s",
    "1.21 s",
    "59.99 s",
  ]);
  assertEquals([59_996, 291_000, 3_599_700, 4_800_000].map(time), [
    "1 min 0 s",
    "4 min 51 s",
    "1 h 0 min",
    "1 h 20 min",
  ]);
});

Deno.test("count(), percent() and size() keep numbers short", () => {
  assertEquals([0, 12_345.6].map(count), ["0", "12,346"]);
  assertEquals([0, 0.99444, 1].map(percent), ["0.0 %", "99.4 %", "100.0 %"]);
  assertEquals([999, 1500, 7_940_000].map(size), ["999 B", "1.5 kB", "7.9 MB"]);
});

Deno.test("bar() draws eighths, and something for anything above zero", () => {
  assertEquals([0, 0.001, 0.5, 0.55, 1, 2].map((share) => bar(share, 4)), [
    "",
    "▏",
    "██",
    "██▎",
    "████",
    "████",
  ]);
});
