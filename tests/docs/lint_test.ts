/**
 * The page about the lint rules, and the rules on all programs that the project shows.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import plugin, { type LintRuleName } from "../../lint.ts";
import { diagnose, fixByDeno } from "../unit/lint/support.ts";
import { readPages, ROOT } from "./pages.ts";

/** Pages that show mistakes on purpose, and which. */
const MISTAKES: Record<string, string[]> = {
  "docs/coroutines.md": ["no-swallowed-cancel", "no-bare-yield"],
  "docs/errors.md": ["no-swallowed-cancel", "no-floating-coroutine"],
};

const pages = readPages("README.md", "CONTRIBUTING.md", "docs/");
const { text: page } = pages.find(({ path }) => path === "docs/lint.md")!;

/** What is wrong with a program, by the names of the rules. */
function mistakesIn(code: string): string[] {
  return diagnose(code).map(({ id }) => id.replace("wasyncio/", ""));
}

for (const [name, { meta }] of Object.entries(plugin.rules)) {
  Deno.test(`the page about lint rules shows what ${name} finds, and what to write`, () => {
    const rule = name as LintRuleName;
    const section = page.split(/^## /m).find((each) => each.startsWith(`${rule}\n`))!;
    const blocks = section.matchAll(/^```js\n(.*?)^```$/gms);
    const [bad, ...good] = Array.from(blocks, ([, code]) => code);
    const found = mistakesIn(bad);
    assert(found.length > 0);
    assertEquals(found.filter((each) => each !== rule), []);
    assert(good.length > 0);
    for (const code of good) assertEquals(mistakesIn(code), []);
    if (meta.fixable) assertEquals(fixByDeno(rule, bad), good[0]);
    else assertEquals(fixByDeno(rule, bad), bad);
    const row = new RegExp(`^\\| \\[\`${rule}\`\\].* \\| (yes|no) +\\|$`, "m").exec(page);
    assertEquals(row?.[1], meta.fixable ? "yes" : "no");
  });
}

Deno.test("the programs of the documentation pass the lint rules", () => {
  for (const { path, programs } of pages) {
    const found = programs.flatMap(({ code }) => mistakesIn(code));
    assertEquals({ path, found }, { path, found: MISTAKES[path] ?? [] });
  }
});

Deno.test("the examples and the sources pass the lint rules", () => {
  const doors = Object.values(config.exports);
  const files = [...doors, ...filesIn("examples/"), ...filesIn("src/"), ...filesIn("scripts/")];
  for (const file of files) {
    const found = mistakesIn(Deno.readTextFileSync(new URL(file, ROOT)));
    assertEquals({ file, found }, { file, found: [] });
  }
});

function* filesIn(folder: string): Generator<string> {
  for (const { isDirectory, name } of Deno.readDirSync(new URL(folder, ROOT))) {
    if (isDirectory) yield* filesIn(`${folder}${name}/`);
    else if (name.endsWith(".ts")) yield folder + name;
  }
}
