/**
 * The sources, loaded over http without a config file.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { expected } from "./program.ts";
import { outputOfDeno, parseReport, reporter } from "./subprocess.ts";

const checkout = new URL("../../", import.meta.url);

/** Serves the checkout as a host of source files would, and keeps a list of what was asked for. */
function serveCheckout() {
  const requested: string[] = [];
  const handler = async (request: Request) => {
    const { pathname } = new URL(request.url);
    requested.push(pathname);
    try {
      const source = await Deno.readTextFile(new URL(`.${pathname}`, checkout));
      return new Response(source, { headers: { "content-type": "application/typescript" } });
    } catch {
      return new Response("Not found", { status: 404 });
    }
  };
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  return { requested, host: `127.0.0.1:${server.addr.port}`, close: () => server.shutdown() };
}

for (const core of ["wasm", "js"] as const) {
  Deno.test(`mod.ts loads from a URL with no permission but that import (${core})`, async () => {
    const server = serveCheckout();
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
