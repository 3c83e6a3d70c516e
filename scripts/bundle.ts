/**
 * Bundles the library for browsers and measures what a page has to load.
 *
 * `deno task bundle` writes `dist/wasyncio.js`, an ES module, and `dist/wasyncio.iife.js`, a classic
 * script that defines the global `wasyncio`, each with its source map. It prints their sizes and those
 * of parts of the library, as a bundler keeps them, beside what they were when they were last recorded,
 * which `--record` does; and it fails when the core API has become too big.
 *
 * @module
 */

import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import config from "../deno.json" with { type: "json" };
import recorded from "./sizes.json" with { type: "json" };

/**
 * The core API must stay below this many bytes, compressed, both cores and debug mode included. What it
 * promises in rare cases (owners, reports, closed loops, hostile values) is a third of that, and that it
 * ends what it holds of the host's, half a kilobyte.
 */
export const GZIP_LIMIT = 19_800;

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

const RECORD = new URL("sizes.json", import.meta.url);
const root = fileURLToPath(new URL("../", import.meta.url));

/** A constant of a file's own that is a number. */
const CONSTANT = /^const ([A-Z][A-Z_]*)(?:: [^=]+)? = ([-\d_. */<]+);$/gm;

/**
 * Puts numbers in the place of the constants that stand for them, which makes bundles smaller by 2%.
 * esbuild does so by itself, but only with constants of modules that import nothing; so each file gets
 * its constants from such a module.
 */
const inlineConstants: esbuild.Plugin = {
  name: "inline-constants",
  setup(build) {
    const modules = new Map<string, string>();
    build.onLoad({ filter: /[/\\]src[/\\].*\.ts$/, namespace: "file" }, async ({ path }) => {
      const constants: string[] = [];
      const name = relative(root, path); // It is to be read in source maps.
      const source = await Deno.readTextFile(path);
      const contents = source.replace(CONSTANT, (line, constant, value) => {
        constants.push(`export const ${constant} = ${value};`);
        return `import { ${constant} } from "constants:${name}"; // ${line}`;
      });
      modules.set(name, constants.join("\n"));
      return { contents, loader: "ts" };
    });
    build.onResolve({ filter: /^constants:/ }, ({ path }) => ({
      path: path.slice("constants:".length),
      namespace: "constants",
      sideEffects: false,
    }));
    build.onLoad(
      { filter: /./, namespace: "constants" },
      ({ path }) => ({ contents: modules.get(path) }),
    );
  },
};

const options = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  platform: "browser",
  target: "es2022",
  // Names that begin with an underscore are the library's own, and a bundle is a whole.
  mangleProps: /^_/,
  mangleQuoted: true,
  plugins: [inlineConstants],
} satisfies esbuild.BuildOptions;

/**
 * Short names for the library's own members. They begin with an underscore as well: a program's class
 * that extends one of ours may have a member `a`, and must not replace one of ours by it.
 */
async function shortNames(): Promise<Record<string, string | false>> {
  const { mangleCache } = await esbuild.build({
    ...options,
    mangleCache: {},
    stdin: {
      contents: Object.values(config.exports).map((path) => `export * from "${path}";`).join("\n"),
      resolveDir: root,
    },
    write: false,
  });
  await esbuild.stop();
  return Object.fromEntries(
    Object.entries(mangleCache!).map(([name, short]) => [name, short && `_${short}`]),
  );
}

/** How everything is built that is released. */
export const shared = { ...options, mangleCache: await shortNames() };

/** What a program needs that runs tasks, with time limits and cancellation, and nothing else. */
const CORE_API = [
  "run",
  "createTask",
  "sleep",
  "gather",
  "waitFor",
  "until",
  "CancelledError",
  "TimeoutError",
];

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

/**
 * Bundles the core API with what it needs of the library.
 *
 * @param without Modules, as they are imported, that are left out; to see what they weigh.
 */
export async function bundleCoreApi(without: string[] = []): Promise<Size> {
  const stdin = { contents: `export { ${CORE_API.join(", ")} } from "./mod.ts"`, resolveDir: root };
  const plugins = [...shared.plugins, leaveOut(without)];
  try {
    const result = await esbuild.build({ ...shared, format: "esm", stdin, plugins, write: false });
    const name = ["core API", ...without].join(" less ");
    return size(name, result.outputFiles[0].contents);
  } finally {
    await esbuild.stop();
  }
}

function leaveOut(modules: string[]): esbuild.Plugin {
  const names: Record<string, string> = { "./heap.ts": "HeapCore", "./debug.ts": "DebugLog" };
  return {
    name: "leave-out",
    setup(build) {
      build.onResolve(
        { filter: /^\.\/(heap|debug)\.ts$/ },
        ({ path }) => modules.includes(path) ? { path, namespace: "left-out" } : undefined,
      );
      build.onLoad({ filter: /./, namespace: "left-out" }, ({ path }) => ({
        contents: `export class ${names[path]} {}`,
      }));
    },
  };
}

function size(name: string, code: Uint8Array): Size {
  return { name, raw: code.length, gzip: gzipSync(code, { level: 9 }).length };
}

/** Prints the sizes, each with how much it differs from the recorded one. */
function printTable(sizes: Size[]): void {
  const line = (...cells: string[]) =>
    console.log(cells[0].padEnd(40) + cells.slice(1).map((cell) => cell.padStart(10)).join(""));
  line("bytes", "raw", "gzip", "was");
  for (const { name, raw, gzip } of sizes) {
    const before = (recorded as Record<string, number>)[name];
    const difference = before === undefined ? "new" : signed(gzip - before);
    line(name, raw.toLocaleString("en"), gzip.toLocaleString("en"), difference);
  }
}

function signed(difference: number): string {
  return difference === 0 ? "same" : `${difference > 0 ? "+" : "−"}${Math.abs(difference)}`;
}

if (import.meta.main) {
  const sizes = await bundle(join(root, "dist"));
  const core = await bundleCoreApi();
  sizes.push(
    core,
    await bundleCoreApi(["./debug.ts"]),
    await bundleCoreApi(["./debug.ts", "./heap.ts"]),
  );
  printTable(sizes);
  if (Deno.args.includes("--record")) {
    const gzip = Object.fromEntries(sizes.map(({ name, gzip }) => [name, gzip]));
    await Deno.writeTextFile(RECORD, `${JSON.stringify(gzip, null, 2)}\n`);
  }
  if (core.gzip >= GZIP_LIMIT) {
    console.error(`The core API is ${core.gzip} bytes gzipped; the limit is below ${GZIP_LIMIT}`);
    Deno.exit(1);
  }
}
