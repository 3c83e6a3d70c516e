/**
 * Programs in TypeScript as scripts that Nodes run which know no TypeScript.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { output } from "../packaging/subprocess.ts";

const ROOT = new URL("../../", import.meta.url);

/**
 * Writes a script of a module and all that it imports, in the language of the oldest Node. Traces of its
 * errors lead to the sources, with `--enable-source-maps`.
 *
 * @param source The module's text; it imports by {@linkcode at}.
 * @param directory Where to write it.
 * @param substitute The module that gives `Deno` to all others, where they need one.
 * @returns The script's path.
 */
export async function bundleForNode(
  source: string,
  directory: string,
  substitute?: string,
): Promise<string> {
  await Deno.mkdir(directory, { recursive: true });
  const [entry, whole, script] = ["entry.ts", "whole.js", "script.mjs"].map((name) =>
    join(directory, name)
  );
  await Deno.writeTextFile(entry, source);
  // Deno finds packages, and esbuild, which doesn't, knows older languages.
  const options = ["--quiet", "--platform=deno", "--keep-names", "--sourcemap=inline"];
  await output(Deno.execPath(), ["bundle", ...options, "-o", whole, entry], { cwd: ROOT });
  try {
    await esbuild.build({
      entryPoints: [whole],
      outfile: script,
      bundle: true,
      format: "esm",
      target: "node20",
      external: ["node:*"],
      keepNames: true,
      inject: substitute === undefined ? [] : [fileURLToPath(new URL(substitute, ROOT))],
      sourcemap: "inline",
      logLevel: "error",
    });
  } finally {
    await esbuild.stop();
  }
  return script;
}

/** Where to import a file of this repository from, as source text. */
export function at(path: string): string {
  return JSON.stringify(new URL(path, ROOT).href);
}
