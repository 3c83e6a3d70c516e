/**
 * The hashes of files: `hashes.ts` as users run it.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { spawnExample } from "./spawn.ts";

const permissions = ["--allow-read"];
const start = (...args: string[]) => spawnExample("hashes.ts", { args, permissions });

/** Calls a function with a temporary folder. */
async function withFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "wasyncio_hashes_" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Makes a file that takes no room, however long it is. */
async function writeZeros(path: string, length: number): Promise<void> {
  await Deno.writeFile(path, new Uint8Array());
  await Deno.truncate(path, length);
}

Deno.test("hashes.ts prints what sha256sum does, in the order of its arguments", () =>
  withFolder(async (folder) => {
    const lengths = [3_000_000, 0, 5, 1 << 20];
    const paths = lengths.map((length) => join(folder, `${length} bytes`));
    for (const [i, path] of paths.entries()) await writeZeros(path, lengths[i]);
    const { code, stdout, stderr } = await start(...paths).output();
    const expected = lengths.map((length, i) =>
      `${createHash("sha256").update(new Uint8Array(length)).digest("hex")}  ${paths[i]}\n`
    );
    assertEquals({ code, stdout, stderr }, { code: 0, stdout: expected.join(""), stderr: "" });
  }));

Deno.test("hashes.ts says which files it can't read, and prints the others' hashes", () =>
  withFolder(async (folder) => {
    const path = join(folder, "there");
    await writeZeros(path, 1);
    const { code, stdout, stderr } = await start(join(folder, "nowhere"), path).output();
    assertEquals(code, 1);
    assertMatch(stdout, /^[0-9a-f]{64} {2}.*there\n$/);
    assertMatch(stderr, /^hashes: .*nowhere: .*\n$/);
  }));

Deno.test("hashes.ts shows how far it has come, and stops in a file's middle at Ctrl-C", () =>
  withFolder(async (folder) => {
    const paths = [1, 2, 3].map((i) => join(folder, `large ${i}`));
    for (const path of paths) await writeZeros(path, 1e12);
    const example = start(...paths);
    await example.stderrMatches(/^0\.\d % of \S+ MB, \S+ MB\/s$/m);
    example.kill("SIGINT");
    const { code, signal, stdout, stderr } = await example.output();
    // No signal: no thread has kept it from ending by itself.
    assertEquals({ code, signal, stdout }, { code: 130, signal: null, stdout: "" });
    const [, read] = /^Stopped after (\S+) MB of \S+ MB$/m.exec(stderr) ?? [];
    assert(Number(read) > 0, stderr);
  }));

Deno.test("hashes.ts without arguments says how to use it", async () => {
  const { code, stderr } = await start().output();
  assertEquals(code, 2);
  assertMatch(stderr, /^Usage: .*hashes\.ts FILE/);
});
