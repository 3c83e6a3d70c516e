/**
 * The program of `threads_program.ts`, as a program's author would ship it: one file, beside its module of jobs.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { shared } from "../../scripts/bundle.ts";

/** Writes `program.js` and `jobs.js` to a folder: minified, or with functions that keep their names. */
export async function writeProgram(folder: string, keepNames = false): Promise<void> {
  const source = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  try {
    await esbuild.build({
      ...shared,
      keepNames,
      minify: !keepNames,
      format: "esm",
      entryPoints: {
        program: source("threads_program.ts"),
        jobs: source("../unit/workers/jobs.ts"),
      },
      outdir: folder,
    });
  } finally {
    await esbuild.stop();
  }
  await Deno.writeTextFile(join(folder, "package.json"), '{ "type": "module" }');
}
