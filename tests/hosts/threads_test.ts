/**
 * Threads in Deno and in Nodes, by the same program, bundled and minified. `tests/browser/` has pages.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { dirname, join } from "node:path";
import { output, outputOfDeno } from "../packaging/subprocess.ts";
import { findNodes } from "./nodes.ts";
import { writeProgram } from "./threads_bundle.ts";
import { expected } from "./threads_program.ts";

const nodes = await findNodes();

let folder: string;

Deno.test.beforeAll(async () => {
  folder = await Deno.makeTempDir({ prefix: "wasyncio_threads_" });
  for (const keepNames of [false, true]) {
    const main = mainOf(keepNames);
    await writeProgram(dirname(main), keepNames);
    await Deno.writeTextFile(
      main,
      `import { report } from "./program.js";
       const outcome = await report(new URL("jobs.js", import.meta.url).href);
       console.log(JSON.stringify(outcome));`,
    );
  }
});

Deno.test.afterAll(() => Deno.removeSync(folder, { recursive: true }));

/** The program's file; bundled with functions that keep their names, or without. */
function mainOf(keepNames: boolean): string {
  return join(folder, keepNames ? "named" : "minified", "main.js");
}

async function check(printed: Promise<string>) {
  assertEquals(JSON.parse(await printed), expected(true));
}

for (const keepNames of [false, true]) {
  const end = keepNames ? ", bundled with their functions' names" : "";

  Deno.test(`threads do in Deno what they should, with leave to read alone${end}`, async () => {
    await check(outputOfDeno([`--allow-read=${folder}`, mainOf(keepNames)]));
  });

  for (const { major, program } of nodes) {
    Deno.test({
      name: `Node ${major}: threads do what they should${end}`,
      ignore: program === null,
      fn: () => check(output(program!, [mainOf(keepNames)])),
    });
  }
}
