/**
 * What is on the pages of the documentation: programs, what they print, links, names.
 *
 * @module
 */

/** The folder that holds README.md, docs/, examples/ and the library. */
export const ROOT = new URL("../../", import.meta.url);

/** A program that a page shows. */
export interface Program {
  /** The line of the page where it begins. */
  line: number;
  code: string;
  /** What it prints, as the `text` block right after it says; nothing without such a block. */
  output: string;
  /** The file that it claims to be, from a comment right before it: `<!-- examples/x.ts -->`. */
  file: string | null;
  /** What it says in its first line that it needs: `// deno run --allow-net program.ts`. */
  permissions: string[];
}

/** A file that a page shows. */
export interface Shown {
  file: string;
  code: string;
}

/** A page of the documentation. */
export interface Page {
  /** Its path from the root. */
  path: string;
  text: string;
  programs: Program[];
  /** What it shows from files, whether or not it can be run from the page. */
  shown: Shown[];
}

const SHOWN = /^<!-- (\S+\.\w+) -->\n\n?```\w+\n(.*?)^```\n/gms;
const PROGRAM = /^(?:<!-- (\S+\.ts) -->\n\n?)?```ts\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?/gms;

/** The pages of a folder, or one page. */
export function readPages(...paths: string[]): Page[] {
  return paths.flatMap((path) => path.endsWith("/") ? pagesIn(path) : [readPage(path)]);
}

function pagesIn(folder: string): Page[] {
  const names = [...Deno.readDirSync(new URL(folder, ROOT))].map(({ name }) => name);
  return names.filter((name) => name.endsWith(".md")).sort().map((name) => readPage(folder + name));
}

function readPage(path: string): Page {
  const text = Deno.readTextFileSync(new URL(path, ROOT));
  const programs = [...text.matchAll(PROGRAM)].map((match) => {
    const [whole, file = null, code, output = ""] = match;
    const before = text.slice(0, match.index + whole.indexOf("```ts"));
    const permissions = /^\/\/ deno run (.*) program\.ts\n/.exec(code)?.[1].split(" ") ?? [];
    return { line: before.split("\n").length, code, output, file, permissions };
  });
  const shown = [...text.matchAll(SHOWN)].map(([, file, code]) => ({ file, code }));
  return { path, text, programs, shown };
}

/** The page without its code blocks. */
function proseOf({ text }: Page): string {
  return text.replaceAll(/^```.*?^```$/gms, "");
}

/** Where the links and pictures of a page point to. */
export function linksOf(page: Page): string[] {
  return [...proseOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
}

/** The anchors that a page's headings get when it is shown as a web page. */
export function anchorsOf(page: Page): string[] {
  return [...proseOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading.toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
  );
}
