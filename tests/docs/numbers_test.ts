/**
 * That the numbers in the README are those of the results.
 *
 * @module
 */

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { withNumbers } from "../../bench/report/readme.ts";

const root = new URL("../../", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, root));

Deno.test("the README has the numbers of bench/RESULTS.md", () => {
  const readme = read("README.md");
  // After a change of the results by hand: deno task bench:report writes both.
  assertEquals(withNumbers(readme, read("bench/RESULTS.md")), readme);
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
