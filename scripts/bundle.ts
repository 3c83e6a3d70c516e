/**
 * Bundles the library for browsers and measures what a page has to load.
 *
 * `deno task bundle` writes `dist/wasyncio.js`, an ES module, and `dist/wasyncio.iife.js`, a classic
 * script that defines the global `wasyncio`, each with its source map. It prints their sizes, and
 * fails when the module is too big.
 *
 * @module
 */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

/** The ES module must stay below this many bytes, compressed: 10 KiB. */
export const GZIP_LIMIT = 10_240;

/** The names of the bundles, in the directory that {@linkcode bundle} writes to. */
export const ESM = "wasyncio.js";
/** The classic script beside it. */
export const IIFE = "wasyncio.iife.js";

/** How big a script is as it stands on disk, and as a server would send it. */
export interface Size {
  name: string;
  raw: number;
  gzip: number;
}

const root = fileURLToPath(new URL("../", import.meta.url));

const shared = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  platform: "browser",
  target: "es2022",
} satisfies esbuild.BuildOptions;

/** What a page loads that runs, sleeps and gathers, and uses nothing else. */
const MINIMAL = `
  import { gather, run, sleep } from "./mod.ts";
  run(() => gather(sleep(10, "a"), sleep("1s", "b"))).then(console.log);
`;

/**
 * Writes both bundles and their source maps.
 *
 * @param directory Where to; it is made if it isn't there.
 * @returns The size of the ES module, then that of the classic script.
 */
export async function bundle(directory: string): Promise<Size[]> {
  const build = (name: string, options: esbuild.BuildOptions) =>
    esbuild.build({
      ...shared,
      ...options,
      entryPoints: ["mod.ts"],
      outfile: join(directory, name),
      sourcemap: true,
    });
  try {
    await build(ESM, { format: "esm" });
    await build(IIFE, { format: "iife", globalName: "wasyncio" });
  } finally {
    await esbuild.stop();
  }
  return [ESM, IIFE].map((name) => size(name, Deno.readFileSync(join(directory, name))));
}

/** Bundles a small program together with the part of the library that it needs. */
export async function bundleMinimalProgram(): Promise<Size> {
  const stdin = { contents: MINIMAL, resolveDir: root };
  try {
    const result = await esbuild.build({ ...shared, format: "esm", stdin, write: false });
    return size("run + sleep + gather", result.outputFiles[0].contents);
  } finally {
    await esbuild.stop();
  }
}

function size(name: string, code: Uint8Array): Size {
  return { name, raw: code.length, gzip: gzipSync(code, { level: 9 }).length };
}

function printTable(sizes: Size[]): void {
  const line = (name: string, raw: string, gzip: string) =>
    console.log(name.padEnd(22) + raw.padStart(10) + gzip.padStart(10));
  line("bytes", "raw", "gzip");
  for (const { name, raw, gzip } of sizes) {
    line(name, raw.toLocaleString("en"), gzip.toLocaleString("en"));
  }
}

if (import.meta.main) {
  const sizes = await bundle(join(root, "dist"));
  printTable([...sizes, await bundleMinimalProgram()]);
  const [esm] = sizes;
  if (esm.gzip >= GZIP_LIMIT) {
    console.error(`${esm.name} is ${esm.gzip} bytes gzipped; the limit is below ${GZIP_LIMIT}`);
    Deno.exit(1);
  }
}
