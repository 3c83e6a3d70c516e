/**
 * The documentation: its programs print what it says, its links lead somewhere, and it names all
 * exports.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import { anchorsOf, linksOf, type Page, readPages, ROOT } from "./pages.ts";
import { Fixture } from "./fixture.ts";

const pages = readPages("README.md", "CONTRIBUTING.md", "docs/");
const fixture = new Fixture(pages);
Deno.test.afterAll(() => fixture[Symbol.dispose]());

Deno.test("every program of the documentation passes the type check", async () => {
  const { code, output } = await fixture.check();
  assert(code === 0, output);
});

for (const page of pages) {
  if (page.programs.length === 0) continue;
  Deno.test(`every program in ${page.path} prints what the page says`, async () => {
    for (const program of page.programs) {
      const { line, output } = program;
      assertEquals({ line, ...await fixture.run(page, program) }, { line, code: 0, output });
    }
  });
}

Deno.test("every block of TypeScript in the documentation is run", () => {
  for (const { path, text, programs } of pages) {
    const blocks = text.match(/^ *```(ts|typescript)\b/gm) ?? [];
    assertEquals({ path, programs: programs.length }, { path, programs: blocks.length });
  }
});

Deno.test("pages show files as they are", async () => {
  const shown = pages.flatMap(({ shown }) => shown);
  for (const { file, code } of shown) {
    assertEquals({ file, code }, { file, code: await Deno.readTextFile(new URL(file, ROOT)) });
  }
  assert(shown.length > 0);
});

Deno.test("every link of the documentation leads somewhere", () => {
  const broken = pages.flatMap((page) =>
    linksOf(page).filter((link) => !leadsSomewhere(page, link)).map((link) => [page.path, link])
  );
  assertEquals(broken, []);
});

Deno.test("every page of the documentation is in its index", () => {
  const index = pages.find(({ path }) => path === "docs/README.md")!;
  const links = linksOf(index);
  const forgotten = pages.filter(({ path }) => path.startsWith("docs/") && path !== index.path)
    .filter(({ path }) => !links.includes(path.slice("docs/".length)));
  assertEquals(forgotten.map(({ path }) => path), []);
});

Deno.test("every name that the library exports is in the documentation", async () => {
  const index = pages.find(({ path }) => path === "docs/README.md")!.text;
  const others = pages.filter(({ path }) => path !== "docs/README.md").map(({ text }) => text);
  const doors = await Promise.all(
    Object.values(config.exports).map((door) => import(import.meta.resolve(`../../${door}`))),
  );
  const forgotten = doors.flatMap((door) => Object.keys(door)).filter((name) => {
    const pattern = new RegExp(`\\b${name}\\b`);
    return !index.includes(`\`${name}\``) || !others.some((text) => pattern.test(text));
  });
  assertEquals(forgotten, []);
});

Deno.test("the layout in CONTRIBUTING.md is that of the repository", () => {
  const { text } = pages.find(({ path }) => path === "CONTRIBUTING.md")!;
  const layout = /^## Layout\n\n```text\n(.*?)^```$/ms.exec(text)![1];
  const named = layout.trimEnd().split("\n").map((line) => line.split(" ")[0]);
  assertEquals(named.filter((path) => !exists(path)), []);

  const hidden = /^\.|^node_modules$|^dist$/;
  const folders = [...Deno.readDirSync(ROOT)]
    .filter(({ isDirectory, name }) => isDirectory && !hidden.test(name))
    .map(({ name }) => `${name}/`);
  assertEquals(folders.filter((folder) => !named.includes(folder)), []);
});

Deno.test("CONTRIBUTING.md names every task, and pages name no other", () => {
  const { text } = pages.find(({ path }) => path === "CONTRIBUTING.md")!;
  const tasks = Object.keys(config.tasks);
  assertEquals(tasks.filter((task) => !text.includes(`\`deno task ${task}`)), []);
  for (const { path, text } of pages) {
    const named = Array.from(text.matchAll(/\bdeno(?:@\S+)? task (\w[\w:]*)/g), ([, task]) => task);
    const unknown = named.filter((task) => !tasks.includes(task));
    assertEquals({ path, unknown }, { path, unknown: [] });
  }
});

function leadsSomewhere(page: Page, link: string): boolean {
  if (/^https?:/.test(link)) return true;
  const [path, anchor] = link.split("#");
  const target = new URL(path, new URL(page.path, ROOT));
  if (anchor === undefined) return exists(target);
  const targetPage = path === ""
    ? page
    : pages.find((each) => new URL(each.path, ROOT).href === target.href);
  return targetPage !== undefined && anchorsOf(targetPage).includes(anchor);
}

function exists(path: string | URL): boolean {
  try {
    Deno.statSync(new URL(path, ROOT));
    return true;
  } catch {
    return false;
  }
}
