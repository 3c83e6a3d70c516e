/**
 * That the numbers in the README are those of the results.
 *
 * @module
 */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { withNet } from "../../bench/net/markdown.ts";
import { withNumbers } from "../../bench/report/readme.ts";

const root = new URL("../../", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, root));

Deno.test("the README has the numbers of bench/RESULTS.md", () => {
  const readme = read("README.md");
  // After a change of the results by hand: deno task bench:report writes both.
  assertEquals(withNumbers(readme, read("bench/RESULTS.md")), readme);
});

Deno.test("bench/RESULTS.md has the targets of bench/NET.md", () => {
  const results = read("bench/RESULTS.md");
  // After a change of NET.md by hand: deno task bench:net writes both.
  assertEquals(withNet(results, read("bench/NET.md")), results);
});

Deno.test("other results give other numbers, and what was not measured is left out", () => {
  const results = read("bench/RESULTS.md").replace(
    /\| `gather` \| \S+ \/ \S+ \|/g,
    "| `gather` |  |",
  )
    .replace(/\| `cancel_n` \| \S+ \/ \S+ \|/, "| `cancel_n` | 1,234 / 5 |");
  const lines = withNumbers(read("README.md"), results).split("\n");
  const cells = (label: string) => lines.find((line) => line.includes(label))!.split("|");
  assertEquals(cells("a child of a `gather`")[2].trim(), "");
  assertEquals(cells("made and cancelled")[2].trim(), "1,234");
});

Deno.test("a README without the marks is refused", () => {
  const error = assertThrows(() => withNumbers("# wasyncio\n", read("bench/RESULTS.md")), Error);
  assertStringIncludes(error.message, "numbers: deno task bench:report");
});
