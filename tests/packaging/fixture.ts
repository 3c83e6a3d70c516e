/**
 * Prepares a directory as a page's or a program's author would: the bundles, beside the program that
 * uses them.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { bundle, type Size } from "../../scripts/bundle.ts";
import { output } from "./subprocess.ts";

/** The first time, Deno downloads what makes the released files. */
const PATIENCE = 300_000;

/** A temporary directory with everything in it that a host without TypeScript needs. */
export interface Fixture extends Disposable {
  directory: string;
  /** The sizes of the bundles. */
  sizes: Size[];
}

/** Fills a new directory with the bundles, `program.js`, and a `package.json` for Node. */
export async function makeFixture(): Promise<Fixture> {
  const directory = await Deno.makeTempDir({ prefix: "wasyncio_" });
  const sizes = await bundle(directory);
  try {
    await esbuild.build({
      entryPoints: [fileURLToPath(new URL("program.ts", import.meta.url))],
      outfile: join(directory, "program.js"),
      target: "es2022",
    });
  } finally {
    await esbuild.stop();
  }
  await Deno.writeTextFile(join(directory, "package.json"), '{ "type": "module" }');
  return {
    directory,
    sizes,
    [Symbol.dispose]: () => Deno.removeSync(directory, { recursive: true }),
  };
}

/** Writes the released files. What makes them is a project of its own, which is run and not imported. */
export async function writeReleased(directory: string): Promise<void> {
  const script = fileURLToPath(new URL("../../scripts/packages/dist.ts", import.meta.url));
  const args = ["run", "-A", "--quiet", script, directory];
  await output(Deno.execPath(), args, { env: { DENO_NO_UPDATE_CHECK: "1" } }, PATIENCE);
}
