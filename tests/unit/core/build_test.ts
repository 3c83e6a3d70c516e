/**
 * The committed WebAssembly module: what it is, and that it is what `assembly/` says.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { WASM_HEX } from "../../../src/core/wasm_bytes.ts";

const bytes = Uint8Array.from(WASM_HEX.match(/../g)!, (pair) => parseInt(pair, 16));

/** Runs `scripts/build.ts --check`, on a copy of the generated file if one is given. */
async function check(copy?: string): Promise<{ code: number; stderr: string }> {
  const script = new URL("../../../scripts/build.ts", import.meta.url).href;
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", script, "--check", ...(copy === undefined ? [] : [copy])],
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

Deno.test("the core is small enough to be compiled synchronously everywhere", () => {
  assert(bytes.length < 4096, `${bytes.length} bytes`);
});

Deno.test("the core imports nothing and exports its interface", () => {
  const module = new WebAssembly.Module(bytes);
  assertEquals(WebAssembly.Module.imports(module), []);
  assertEquals(
    WebAssembly.Module.exports(module).map(({ name }) => name).sort(),
    ["after", "anchor", "at", "cancel", "deadline", "expire", "grow", "memory", "next", "reset"],
  );
});

Deno.test("the committed core is what assembly/ compiles to", async () => {
  assertEquals(await check(), { code: 0, stderr: "" });
});

Deno.test("build --check fails when one byte of the committed core differs", async () => {
  const committed = await Deno.readTextFile(
    new URL("../../../src/core/wasm_bytes.ts", import.meta.url),
  );
  const at = committed.indexOf(WASM_HEX) + 1000;
  const other = committed[at] === "A" ? "B" : "A";
  const copy = await Deno.makeTempFile({ suffix: ".ts" });
  try {
    await Deno.writeTextFile(copy, committed.slice(0, at) + other + committed.slice(at + 1));
    const { code, stderr } = await check(copy);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "deno task build");
  } finally {
    await Deno.remove(copy);
  }
});
