/**
 * Threads in Deno and in Nodes, by the same program, bundled and minified. `tests/browser/` has pages.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { output, outputOfDeno } from "../packaging/subprocess.ts";
import { findNodes } from "./nodes.ts";
import { writeProgram } from "./threads_bundle.ts";
import { expected } from "./threads_program.ts";

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

async function check(printed: Promise<string>) {
  assertEquals(JSON.parse(await printed), expected(true));
}

Deno.test("threads do in Deno what they should, with leave to read the program alone", async () => {
  await check(outputOfDeno([`--allow-read=${folder}`, join(folder, "main.js")]));
});

for (const { major, program } of await findNodes()) {
  Deno.test({
    name: `Node ${major}: threads do what they should`,
    ignore: program === null,
    fn: () => check(output(program!, [join(folder, "main.js")])),
  });
}
