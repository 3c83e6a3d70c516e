/**
 * That no exported declaration has the type `any`.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Where a documented declaration has the type `any`. */
function* anys(node: Json, path: string): Generator<string> {
  if (node === null || typeof node !== "object") return;
  if (Array.isArray(node)) {
    for (const [i, child] of node.entries()) {
      const name = (child as { name?: string } | null)?.name ?? i;
      yield* anys(child, `${path}.${name}`);
    }
    return;
  }
  if (node.accessibility === "private") return;
  if (node.kind === "keyword" && (node.keyword === "any" || node.value === "any")) yield path;
  for (const [key, child] of Object.entries(node)) yield* anys(child, `${path}.${key}`);
}

async function documentation(file: string): Promise<Json> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", import.meta.resolve(file)],
    env: { NO_COLOR: "1" },
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

for (const file of Object.values(config.exports)) {
  Deno.test(`no declaration of ${file} has the type any`, async () => {
    assertEquals([...anys(await documentation(`../../${file}`), file)], []);
  });
}

Deno.test("an any would be found", async () => {
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(
    file,
    "export class Leak { private hidden: any; parse(text: string): any[] { return [text]; } }\n",
  );
  const found = [...anys(await documentation(`file://${file}`), "file")];
  await Deno.remove(file);
  assertEquals(found.length, 1);
  assert(found[0].includes("parse"), found[0]);
});
