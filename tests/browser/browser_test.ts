/**
 * The bundles in Chromium: pages and workers, on WebAssembly and where a policy forbids it.
 *
 * @module
 */

import { assertEquals, assertGreater, assertGreaterOrEqual, assertRejects } from "@std/assert";
import type { Browser, Page } from "playwright-core";
import { expected, type Report } from "../packaging/program.ts";
import { browserTest, explainAbsence, openBrowser } from "./chromium.ts";
import { openSite, type Site } from "./site.ts";

explainAbsence();

let browser: Browser | null;
let site: Site;

Deno.test.beforeAll(async () => {
  browser = await openBrowser();
  site = await openSite();
});

Deno.test.afterAll(async () => {
  await browser?.close();
  await site?.close();
});

/** Opens a page, does something there, and closes it; an uncaught error in the page fails it. */
async function visit<T>(url: string, action: (page: Page) => Promise<T>): Promise<T> {
  const page = await browser!.newPage();
  const failed = new Promise<never>((_, reject) => page.on("pageerror", reject));
  const visited = page.goto(url).then(() => action(page));
  try {
    return await Promise.race([visited, failed]);
  } finally {
    await page.close();
  }
}

/**
 * Reads what the page's own scripts left in its document. Nothing is evaluated in the page: the
 * protocol's evaluation is exempt from the page's policy, and would say nothing about it.
 */
async function readReport(page: Page) {
  return JSON.parse(await page.locator("#report:not(:empty)").textContent() ?? "");
}

function visitReport(url: string): Promise<Report> {
  return visit(url, readReport);
}

const places = {
  "esm.html": "the ES module in a page",
  "iife.html": "the classic script in a page",
  "worker.html": "the ES module in a worker",
  "released.html": "the released chunk in a page",
};

for (const [file, place] of Object.entries(places)) {
  browserTest(`${place} runs on WebAssembly`, async () => {
    const { outcome, compiled } = await visitReport(`${site.open}/${file}`);
    assertEquals(outcome, expected);
    assertEquals(compiled, { tried: 1, refused: 0 });
  });

  browserTest(`${place} runs on the TypeScript core where it is asked for`, async () => {
    const { outcome, compiled } = await visitReport(`${site.open}/${file}?core=js`);
    assertEquals(outcome, expected);
    assertEquals(compiled, { tried: 0, refused: 0 });
  });

  browserTest(`${place} runs on the TypeScript core where WebAssembly is refused`, async () => {
    const { outcome, compiled } = await visitReport(`${site.strict}/${file}`);
    assertEquals(outcome, expected);
    assertEquals(compiled, { tried: 1, refused: 1 });
  });
}

browserTest("a page that insists on WebAssembly learns that its policy forbids it", async () => {
  const visit = () => visitReport(`${site.strict}/esm.html?core=wasm`);
  await assertRejects(visit, Error, "Content Security Policy");
});

browserTest("a page draws and fetches while 1,000 coroutines keep the loop busy", async () => {
  const counts = await visit(`${site.open}/busy.html`, readReport);
  assertGreater(counts.turns, 1_000);
  assertGreaterOrEqual(counts.frames, 5);
  assertGreaterOrEqual(counts.timeouts, 5);
  assertGreaterOrEqual(counts.responses, 5);
});

browserTest("a click ends a loop that would be busy for ever", async () => {
  const counts = await visit(`${site.open}/busy.html?until=click`, async (page) => {
    await page.click("button");
    return readReport(page);
  });
  assertEquals(counts.clicks, 1);
});

for (const root of ["open", "strict"] as const) {
  browserTest(`the demonstration page shows every promise kept (${root} policy)`, async () => {
    const verdicts = await visit(`${site[root]}/page.html`, async (page) => {
      await page.locator("#core", { hasText: "core is" }).waitFor();
      return page.locator("tbody td:last-child").allTextContents();
    });
    assertEquals(verdicts, Object.keys(expected).map(() => "yes"));
  });
}
