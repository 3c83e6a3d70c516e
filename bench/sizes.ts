/**
 * Measures what a page loads for what it uses, and writes the table of it, `SIZES.md`.
 *
 *     deno task bench:sizes
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";
import config from "../deno.json" with { type: "json" };
import * as asyncio from "../mod.ts";
import { shared } from "../scripts/bundle.ts";

const OUTPUT = new URL("SIZES.md", import.meta.url);
const root = fileURLToPath(new URL("../", import.meta.url));

/** What the smallest programs import. */
const BASE = ["run", "sleep", "gather"];

/** Entry points that are for no page. */
const TOOLS = ["./lint.ts"];

/** What stands in the place of a text, to tell how much all of them weigh. */
const NO_TEXT = '""';
/** Literals that are longer than this are taken for texts, not for names. */
const NAME_LENGTH = 12;

async function build(contents: string, options: esbuild.BuildOptions = {}): Promise<string> {
  const { outputFiles } = await esbuild.build({
    ...shared,
    format: "esm",
    stdin: { contents, resolveDir: root },
    write: false,
    ...options,
  });
  return outputFiles![0].text;
}

function importing(names: string[]): string {
  return `export { ${names.join(", ")} } from "./mod.ts";`;
}

function gzip(code: string): number {
  return gzipSync(code, { level: 9 }).length;
}

/** The functions and classes that `mod.ts` exports, aliases left out. */
function names(): string[] {
  return Object.keys(asyncio).filter((name) => !name.includes("_"));
}

/** A module's own part of a bundle. */
interface Part {
  name: string;
  code: string;
}

/** Takes a bundle apart. */
async function partsOf(contents: string): Promise<Part[]> {
  // With its white space, a bundle tells where each module begins.
  const code = await build(contents, {
    minify: false,
    minifyIdentifiers: true,
    minifySyntax: true,
  });
  const sections = code.replace(/^export \{[^}]*\};?$/m, "").split(/^\/\/ (?=\S+\.ts$)/m).slice(1);
  return await Promise.all(sections.map(async (section) => {
    const [name] = section.split("\n", 1);
    const { code } = await esbuild.transform(section.slice(name.length), {
      minifyWhitespace: true,
      format: "esm",
    });
    return { name, code };
  }));
}

/** A line of a table. */
type Row = [name: string, ...sizes: number[]];

function table(head: string[], rows: Row[]): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return [
    line(head),
    line(head.map((_, index) => index === 0 ? "---" : "---:")),
    ...rows.map(([name, ...sizes]) =>
      line([name, ...sizes.map((size) => size.toLocaleString("en"))])
    ),
  ].join("\n");
}

function bySize(one: Row, other: Row): number {
  return other.at(-1) as number - (one.at(-1) as number);
}

async function programs(): Promise<Row[]> {
  const everything = 'export * from "./mod.ts";';
  const doors = Object.values(config.exports).filter((path) => !TOOLS.includes(path)).map((
    path,
  ): [string, string] => [
    `\`${path.slice(2)}\` and \`mod.ts\``,
    `${everything} export * from "${path}";`,
  ]);
  const contents: [string, string][] = [
    ["`sleep`, awaited on the default loop", importing(["sleep"])],
    ["`run`", importing(["run"])],
    [BASE.map((name) => `\`${name}\``).join(", "), importing(BASE)],
    ["everything in `mod.ts`", everything],
    ...doors.slice(1),
  ];
  const rows: Row[] = [];
  for (const [name, text] of contents) {
    const code = await build(text);
    rows.push([name, code.length, gzip(code)]);
  }
  return rows;
}

async function additions(): Promise<Row[]> {
  const base = gzip(await build(importing(BASE)));
  const rows: Row[] = [];
  for (const name of names().filter((name) => !BASE.includes(name))) {
    rows.push([`\`${name}\``, gzip(await build(importing([...BASE, name]))) - base]);
  }
  return rows.sort(bySize);
}

async function parts(): Promise<Row[]> {
  const all = await partsOf(importing(BASE));
  const codeOf = (parts: Part[]) => parts.map(({ code }) => code).join("");
  const whole = codeOf(all);
  const withoutTexts = whole.replace(
    /"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`/g,
    (text) => text.length > NAME_LENGTH && !/^"[0-9a-f]+"$/.test(text) ? NO_TEXT : text,
  );
  const rows = all.map((part): Row => [
    `\`${part.name}\``,
    part.code.length,
    gzip(whole) - gzip(codeOf(all.filter((other) => other !== part))),
  ]);
  const texts: Row = [
    "texts of errors and reports, in all modules",
    whole.length - withoutTexts.length,
    gzip(whole) - gzip(withoutTexts),
  ];
  return [...rows.sort(bySize), texts];
}

/** The text of `SIZES.md`. */
export async function measureSizes(): Promise<string> {
  try {
    return `# Sizes

What a page loads, in bytes, bundled and minified by esbuild for es2022; the last column is what a
server sends, compressed by gzip. \`deno task bench:sizes\` writes this file.

## Programs

${table(["what a program imports", "raw", "gzip"], await programs())}

Nothing is loaded later: the WebAssembly core, the core in TypeScript for pages that forbid it, debug
mode and every message are in there.

## What a name adds

Compressed, to ${BASE.map((name) => `\`${name}\``).join(", ")}. Names that share a part each count
it here.

${table(["name", "gzip"], await additions())}

## Where the bytes of \`run\`, \`sleep\` and \`gather\` are

What the bundle would lose, compressed, without this module. What modules have in common, gzip counts
once, so the column adds up to less than the bundle.

${table(["module", "raw", "gzip"], await parts())}
`;
  } finally {
    await esbuild.stop();
  }
}

if (import.meta.main) {
  await Deno.writeTextFile(OUTPUT, await measureSizes());
  console.log(`Wrote ${fileURLToPath(OUTPUT)}`);
}
