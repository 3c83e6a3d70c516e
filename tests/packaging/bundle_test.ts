/**
 * The bundles: what they weigh, that they import nothing, and that they run under Deno and Node.
 *
 * @module
 */

import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { join } from "node:path";
import { bundleCoreApi, ESM, GZIP_LIMIT, IIFE } from "../../scripts/bundle.ts";
import { expected } from "./program.ts";
import { type Fixture, makeFixture } from "./fixture.ts";
import { output, outputOfDeno, parseReport, reporter } from "./subprocess.ts";

let fixture: Fixture;
Deno.test.beforeAll(async () => {
  fixture = await makeFixture();
});
Deno.test.afterAll(() => fixture[Symbol.dispose]());

function readFile(name: string): string {
  return Deno.readTextFileSync(join(fixture.directory, name));
}

async function writeMain(core: "wasm" | "js"): Promise<string> {
  const main = join(fixture.directory, `main_${core}.js`);
  await Deno.writeTextFile(main, reporter(`./${ESM}`, "./program.js", core));
  return main;
}

Deno.test("the core API stays below its limit, and leaves out what it does not use", async () => {
  const core = await bundleCoreApi();
  const [whole] = fixture.sizes;
  assertEquals(whole.name, ESM);
  assertLess(core.gzip, GZIP_LIMIT);
  assertLess(core.raw, whole.raw * 0.8);
});

Deno.test("the table of sizes in bench/ is of these sources, or nearly", async () => {
  const table = await Deno.readTextFile(new URL("../../bench/SIZES.md", import.meta.url));
  const [, told] = /^\| everything in `mod\.ts` .*\| *([\d,]+) \|$/m.exec(table)!;
  const [whole] = fixture.sizes;
  assertAlmostEquals(Number(told.replaceAll(",", "")), whole.gzip, whole.gzip * 0.02);
});

Deno.test("the sizes of parts tell what they weigh", async () => {
  const core = await bundleCoreApi();
  const withoutHeap = await bundleCoreApi(["./heap.ts"]);
  assertLess(withoutHeap.raw, core.raw - 1000);
});

for (const name of [ESM, IIFE]) {
  Deno.test(`${name} imports nothing and names no runtime's own modules`, () => {
    const code = readFile(name);
    assertEquals(code.match(/\bimport\b[^;]{0,80}|\brequire\(|["'](node|npm|jsr):[^"']*/g), null);
  });

  Deno.test(`${name} has a source map that leads back to the sources`, () => {
    assert(readFile(name).trimEnd().endsWith(`//# sourceMappingURL=${name}.map`));
    const { sources, sourcesContent } = JSON.parse(readFile(`${name}.map`));
    assert(sources.some((source: string) => source.endsWith("/src/task/task.ts")), sources.join());
    assertEquals(sourcesContent.length, sources.length);
  });
}

for (const core of ["wasm", "js"] as const) {
  const compiled = { tried: core === "wasm" ? 1 : 0, refused: 0 };

  Deno.test(`the ES module runs under Deno without permissions (${core})`, async () => {
    const report = parseReport(await outputOfDeno([await writeMain(core)]));
    assertEquals(report, { outcome: expected, compiled });
  });

  Deno.test(`the ES module runs under Node (${core})`, async () => {
    const main = await writeMain(core);
    let text: string;
    try {
      text = await output("node", [main]);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      console.log("Node is not on the PATH: nothing was run under it");
      return;
    }
    assertEquals(parseReport(text), { outcome: expected, compiled });
  });
}
