/**
 * A page for each folder and each file of the repository, since any other page may link to it.
 *
 * @module
 */

import { readdirSync, readFileSync } from "node:fs";
import { extname, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname!, "../..");

/** The languages of the files that have a page, by how their names end. */
const LANGUAGES: Record<string, string> = {
  "": "sh",
  ".css": "css",
  ".js": "js",
  ".json": "json",
  ".out": "txt",
  ".py": "python",
  ".svg": "svg",
  ".ts": "ts",
  ".tsx": "tsx",
};

/** What the place of a page in the site is made of, and what is on the page. */
interface Source {
  params: { path: string };
  content: string;
}

function toPage(path: string): Source {
  const text = readFileSync(resolve(ROOT, path), "utf8");
  const language = LANGUAGES[extname(path)];
  const content = language === "svg"
    ? `<img alt="${path}" src="data:image/svg+xml,${encodeURIComponent(text)}">`
    : `\`\`\`\`\`${language}:line-numbers source\n${text}\n\`\`\`\`\``;
  return { params: { path }, content };
}

function* pagesOf(folder: string): Generator<Source> {
  const entries = readdirSync(resolve(ROOT, folder), { withFileTypes: true })
    .filter(({ name }) => !/^\.|^(?:dist|node_modules|site|tests)$/.test(name))
    .filter((entry) => entry.isDirectory() || extname(entry.name) in LANGUAGES)
    .map((entry) => ({ name: entry.name, path: `${folder}${entry.name}`, isFile: entry.isFile() }));
  for (const { path, isFile } of entries) {
    if (isFile) yield toPage(path);
    else yield* pagesOf(`${path}/`);
  }
  const list = entries.map(({ name, path, isFile }) =>
    `- [${name}${isFile ? "" : "/"}](/source/${path}.md)`
  );
  if (folder !== "") yield { params: { path: folder.slice(0, -1) }, content: list.join("\n") };
}

export default { paths: () => [...pagesOf("")] };
