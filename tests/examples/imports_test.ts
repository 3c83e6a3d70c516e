/**
 * What the examples import: a reader who runs one shall need nothing but its file and the library, and
 * download no package but those that it names.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { EXAMPLES } from "./spawn.ts";

/** Files of the examples themselves, and the library's doors. */
const doors = Object.values(config.exports).map((door) =>
  new URL(`../../${door}`, import.meta.url)
);

/** A package with all three numbers of its version, such as `npm:rxjs@7.8.2` or `npm:@a/b@1.2.3/c`. */
const EXACT = /^npm:(@[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+(-[\w.-]+)?(\/.*)?$/;

function isAllowed(specifier: string, file: URL): boolean {
  if (specifier.startsWith("node:") || EXACT.test(specifier)) return true;
  // In a page, an import map says where the library is.
  if (file.pathname.endsWith(".html")) return /^wasyncio(\/|$)/.test(specifier);
  if (!specifier.startsWith(".")) return false;
  const { href } = new URL(specifier, file);
  return href.startsWith(EXAMPLES.href) || doors.some((door) => door.href === href);
}

function specifiersOf(text: string): string[] {
  const pattern = /(?:^\s*import|\bfrom) "([^"]+)";|\bimport\("([^"]+)"\)/gm;
  return [...text.matchAll(pattern)].map(([, one, other]) => one ?? other);
}

function* filesIn(folder: URL): Generator<URL> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* filesIn(new URL(`${name}/`, folder));
    else yield new URL(name, folder);
  }
}

Deno.test("examples import each other, the library, and packages by exact versions", () => {
  const imports = [...filesIn(EXAMPLES)].flatMap((file) =>
    specifiersOf(Deno.readTextFileSync(file)).map((specifier) => ({ specifier, file }))
  );
  const wrong = imports.filter(({ specifier, file }) => !isAllowed(specifier, file))
    .map(({ specifier, file }) => `${file.href.slice(EXAMPLES.href.length)}: ${specifier}`);
  assertEquals(wrong, []);
  assert(imports.some(({ specifier }) => specifier.startsWith("npm:")));
});

Deno.test("the demonstration imports no package at all", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-config", "--no-lock", new URL("fetch_many.ts", EXAMPLES).href],
  }).output();
  const { modules, npmPackages } = JSON.parse(new TextDecoder().decode(stdout));
  const elsewhere = (modules as { specifier: string }[]).map(({ specifier }) => specifier)
    .filter((specifier) => !/^(file|node):/.test(specifier));
  assertEquals({ elsewhere, npmPackages }, { elsewhere: [], npmPackages: {} });
  assert(modules.length > 10);
});
