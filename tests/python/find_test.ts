/**
 * What is said of a Python that was asked for and can't be taken.
 *
 * @module
 */

import { assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { findPython } from "./find.ts";

Deno.test("a Python that was asked for and isn't there is an error that says how to get one", async () => {
  const error = await assertRejects(() => findPython("no-such-python"), Error);
  assertStringIncludes(error.message, "Install Python 3.11 to 3.13, or connect to npm's registry.");
  assertStringIncludes(error.message, "no-such-python says: ");
});

Deno.test("what isn't Python is not taken for one, and is quoted", async () => {
  const error = await assertRejects(() => findPython(Deno.execPath()), Error);
  assertMatch(error.message, / says: error: \w+/);
});
