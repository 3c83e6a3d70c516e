/**
 * The sources, loaded over http without a config file.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { respondWith, serve } from "../server.ts";
import { expected } from "./program.ts";
import { outputOfDeno, parseReport, reporter } from "./subprocess.ts";

const checkout = new URL("../../", import.meta.url);

for (const core of ["wasm", "js"] as const) {
  Deno.test(`mod.ts loads from a URL with no permission but that import (${core})`, async () => {
    const server = serve((path) => respondWith(new URL(`.${path}`, checkout)));
    const directory = await Deno.makeTempDir({ prefix: "wasyncio_" });
    try {
      const base = `http://${server.host}`;
      const main = `${directory}/main.ts`;
      const source = reporter(`${base}/mod.ts`, `${base}/tests/packaging/program.ts`, core);
      await Deno.writeTextFile(main, source);

      // An empty cache, so that everything comes over the wire; type checking, so that the library's
      // types are seen to hold outside its own deno.json.
      const text = await outputOfDeno(["--check=all", `--allow-import=${server.host}`, main], {
        env: { DENO_DIR: `${directory}/cache` },
      });

      const { outcome, compiled } = parseReport(text);
      assertEquals(outcome, expected);
      assertEquals(compiled, { tried: core === "wasm" ? 1 : 0, refused: 0 });
      for (const path of server.requested) {
        assertMatch(path, /^\/(mod\.ts|src\/.+\.ts|tests\/packaging\/program\.ts)$/);
      }
    } finally {
      await Deno.remove(directory, { recursive: true });
      await server.close();
    }
  });
}
