/**
 * Writes what is released.
 *
 *     deno task dist
 *     deno task dist elsewhere/
 *
 * Sources are many files, which is what people want to read, and slow to import: each is a request, and
 * each costs a module of its own. What is released has few. In `dist/` then are
 *
 * - `mod.js`, `testing.js` and so on, an ES module for each entry point, and a `.d.ts` beside each;
 * - `wasyncio-HASH.js`, the one chunk that all of them import, so that nothing is there twice: whoever
 *   imports two entry points has one running loop and one class `Task`. It has all that `mod.ts` needs;
 *   an entry point's own file has what it adds, and what some of them share, such as streams, is in a
 *   chunk of its own. The hash stands for the contents: a server may let it be cached for ever, and an
 *   entry point never meets the chunk of another version;
 * - `mod.ts`, `testing.ts` and so on, two lines each, for Deno: the same code and the same types;
 * - `deno/`, that code with a source map inside each file. Deno reads a map that stands beside a file, but
 *   not one that stands beside a URL. This one has lines only, no columns, which is a fifth of the size;
 * - the bundles of `scripts/bundle.ts`, each of them one file with everything.
 *
 * @module
 */

import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { decode, encode, type SourceMapSegment } from "@jridgewell/sourcemap-codec";
import * as esbuild from "esbuild";
import config from "../../deno.json" with { type: "json" };
import { bundle, shared } from "../bundle.ts";
import { writeDeclarations } from "./declarations.ts";

/** The names of the released entry points, such as "mod". */
export const DOORS = Object.values(config.exports).map((path) => basename(path, ".ts"));

/** Where Deno's files are, in the released folder. */
const FOR_DENO = "deno";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A script and its source map, as they were built. */
interface Script {
  name: string;
  code: string;
  map: SourceMap;
  /** The names that it exports. */
  exported: string[];
}

interface SourceMap {
  version: number;
  sources: string[];
  sourcesContent?: string[];
  names: string[];
  mappings: string;
}

/**
 * Writes the released files.
 *
 * @param directory Where to; it is made if it isn't there, and released files in it are replaced.
 * @returns The name of the chunk that all entry points share.
 */
export async function writeDist(directory: string): Promise<string> {
  await clean(directory);
  await Deno.mkdir(join(directory, FOR_DENO), { recursive: true });
  await bundle(directory);
  const scripts = await build();
  const chunk = findChunk(scripts);
  for (const script of scripts) {
    const { name } = script;
    const types = `// @ts-self-types="./${name.replace(/\.js$/, ".d.ts")}"\n`;
    await Deno.writeTextFile(join(directory, name), withLinkedMap(script, types));
    if (hasOwnCode(script)) {
      await Deno.writeTextFile(join(directory, `${name}.map`), mapText(script, types));
    }
    await Deno.writeTextFile(join(directory, FOR_DENO, name), withInlineMap(script));
  }
  const exported = new Map(
    DOORS.map((door) => [door, scripts.find(({ name }) => name === `${door}.js`)!.exported]),
  );
  for (const [door, names] of exported) {
    const all = exportAll(`./${FOR_DENO}/${door}.js`, names.includes("default"));
    const text = `// @ts-types="./${door}.d.ts"\n${all}\n`;
    await Deno.writeTextFile(join(directory, `${door}.ts`), text);
  }
  await writeDeclarations(root, exported, directory, basename(chunk, ".js"));
  return chunk;
}

/** Takes away the files of an earlier version: their names differ. */
async function clean(directory: string): Promise<void> {
  await Deno.mkdir(directory, { recursive: true });
  for await (const { name, isFile } of Deno.readDir(directory)) {
    if (isFile && /\.(js|ts|map)$/.test(name)) await Deno.remove(join(directory, name));
  }
  await Deno.remove(join(directory, FOR_DENO), { recursive: true }).catch(() => {});
}

/** Builds a script for each entry point, and what they share. */
async function build(): Promise<Script[]> {
  try {
    const { metafile, outputFiles } = await esbuild.build({
      ...shared,
      entryPoints: DOORS.map((door) => ({ in: `door:${door}`, out: door })),
      // Nothing is written: this is where the paths in the source maps begin.
      outdir: root,
      write: false,
      chunkNames: "wasyncio-[hash]",
      format: "esm",
      metafile: true,
      packages: "external",
      platform: "neutral",
      plugins: [...shared.plugins, doorsPlugin],
      sourcemap: true,
      splitting: true,
    });
    const texts = new Map(outputFiles.map(({ path, text }) => [relative(root, path), text]));
    return [...texts].filter(([name]) => name.endsWith(".js")).map(([name, text]) => ({
      name,
      code: text.replace(/\/\/# sourceMappingURL=.*\s*$/, ""),
      map: JSON.parse(texts.get(`${name}.map`)!),
      exported: metafile.outputs[name].exports,
    }));
  } finally {
    await esbuild.stop();
  }
}

/**
 * Has each entry point that runs coroutines import `mod.ts` besides. The bundler puts together what is
 * imported by the same entry points, so that all of `mod.ts` becomes one chunk.
 */
const doorsPlugin: esbuild.Plugin = {
  name: "doors",
  setup(build) {
    build.onResolve(
      { filter: /^door:/ },
      ({ path }) => ({ path: `${path.slice("door:".length)}.ts`, namespace: "door" }),
    );
    build.onLoad({ filter: /./, namespace: "door" }, async ({ path }) => {
      const source = await Deno.readTextFile(join(root, path));
      const needsAll = source.includes("/default_loop.ts");
      const hasDefault = /^export \{ default\b/m.test(source);
      const all = exportAll(`./${path}`, hasDefault);
      const contents = `${needsAll ? 'import "./mod.ts";' : ""} ${all}`;
      return { contents, resolveDir: root };
    });
  },
};

/** What exports all that another module does; a star leaves the default out. */
function exportAll(module: string, hasDefault: boolean): string {
  return `export ${hasDefault ? `{ default } from "${module}"; export ` : ""}* from "${module}";`;
}

function findChunk(scripts: Script[]): string {
  const chunks = scripts.filter(({ name, map }) =>
    name.startsWith("wasyncio-") && map.sources.includes("src/run.ts")
  );
  if (chunks.length !== 1) {
    throw new Error(`The entry points must share one chunk, got ${chunks.length}`);
  }
  return chunks[0].name;
}

function withLinkedMap(script: Script, before: string): string {
  const { name, code } = script;
  return `${before}${code}${hasOwnCode(script) ? `//# sourceMappingURL=${name}.map\n` : ""}`;
}

/** An entry point may have nothing but exports, which lead nowhere. */
function hasOwnCode({ map }: Script): boolean {
  return map.sources.length > 0;
}

/** The text of a map, for a script that has some lines before its code. */
function mapText({ map }: Script, before: string): string {
  return JSON.stringify({ ...map, mappings: ";".repeat(linesOf(before)) + map.mappings });
}

function linesOf(text: string): number {
  return text.split("\n").length - 1;
}

function withInlineMap(script: Script): string {
  const { code, map } = script;
  if (!hasOwnCode(script)) return code;
  const text = JSON.stringify({
    version: map.version,
    sources: map.sources.map((source) => `../${source}`),
    names: [],
    mappings: encode(decode(map.mappings).map(startsOfLines)),
  });
  return `${code}//# sourceMappingURL=data:application/json;base64,${btoa(text)}\n`;
}

/** Of the segments of a line of code, those with which another line of the source begins. */
function startsOfLines(segments: SourceMapSegment[]): SourceMapSegment[] {
  let before = "";
  const starts: SourceMapSegment[] = [];
  for (const [column, source, line, sourceColumn] of segments) {
    if (source === undefined || line === undefined) continue;
    const here = `${source}:${line}`;
    if (here !== before) starts.push([column, source, line, sourceColumn!]);
    before = here;
  }
  return starts;
}

if (import.meta.main) {
  const directory = Deno.args[0] ?? join(root, "dist");
  const chunk = await writeDist(directory);
  console.log(`Wrote ${DOORS.join(", ")} and ${chunk} to ${relative(Deno.cwd(), directory)}/`);
}
