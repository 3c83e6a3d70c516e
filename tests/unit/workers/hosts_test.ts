/**
 * Threads in Deno and in Node, by the same program, bundled and minified. `tests/browser/` has pages.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { writeProgram } from "./bundles.ts";
import { expected } from "./everywhere.ts";

let folder: string;

Deno.test.beforeAll(async () => {
  folder = await Deno.makeTempDir({ prefix: "wasyncio_threads_" });
  await writeProgram(folder);
  await Deno.writeTextFile(
    join(folder, "main.js"),
    `import { report } from "./program.js";
     const outcome = await report(new URL("jobs.js", import.meta.url).href);
     console.log(JSON.stringify(outcome));`,
  );
});

Deno.test.afterAll(() => Deno.removeSync(folder, { recursive: true }));

/** Runs a program to its end, which it must reach by itself. */
async function outputOf(command: string, args: string[]) {
  const { code, signal, stdout, stderr } = await new Deno.Command(command, {
    args,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
    signal: AbortSignal.timeout(60_000),
  }).output();
  const decoder = new TextDecoder();
  return { code, signal, err: decoder.decode(stderr), out: decoder.decode(stdout) };
}

async function check(command: string, args: string[]) {
  const { out, ...ended } = await outputOf(command, args);
  assertEquals(ended, { code: 0, signal: null, err: "" });
  assertEquals(JSON.parse(out), expected(true));
}

Deno.test("threads do in Deno what they should, with leave to read the program alone", async () => {
  const main = join(folder, "main.js");
  await check(Deno.execPath(), ["run", "--no-prompt", `--allow-read=${folder}`, main]);
});

Deno.test("threads do in Node what they should", async () => {
  try {
    await check("node", [join(folder, "main.js")]);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.log("Node is not on the PATH: nothing was run under it");
  }
});
