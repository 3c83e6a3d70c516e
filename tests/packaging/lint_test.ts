/**
 * The plugin in `deno lint`, as users have it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { output } from "./subprocess.ts";

const PLUGIN = new URL("../../lint.ts", import.meta.url).href;

const PROGRAM = `// é😀: the linter counts in other units than the rules.
import { run, sleep } from "wasyncio";

function* load(url) {
  try {
    yield sleep("1s");
    return yield* fetch(yield* fetch(url));
  } catch {
    return null;
  }
}

run(function* () {
  try {
    load("https://example.org/");
    yield* Promise.all([fetch("https://example.org/")]);
  } catch (error) {
    console.log(error);
  }
});
`;

const MENDED = `// é😀: the linter counts in other units than the rules.
import { CancelledError, run, sleep, until } from "wasyncio";

function* load(url) {
  try {
    yield* sleep("1s");
    return yield* until(fetch(yield* until(fetch(url))));
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    return null;
  }
}

run(function* () {
  try {
    yield* load("https://example.org/");
    yield* until(Promise.all([fetch("https://example.org/")]));
  } catch (error) {
    if (error instanceof CancelledError) throw error;
    console.log(error);
  }
});
`;

Deno.test("deno lint takes the plugin, and its fixes go together", async () => {
  const directory = await Deno.makeTempDir({ prefix: "wasyncio_lint_" });
  try {
    const config = { lint: { plugins: [PLUGIN], rules: { tags: [] } } };
    await Deno.writeTextFile(join(directory, "deno.json"), JSON.stringify(config));
    const program = join(directory, "program.js");
    await Deno.writeTextFile(program, PROGRAM);
    const options = { cwd: directory, env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" } };
    await output(Deno.execPath(), ["lint", "--fix", "program.js"], options);
    assertEquals(await Deno.readTextFile(program), MENDED);
    await output(Deno.execPath(), ["lint", "program.js"], options);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
