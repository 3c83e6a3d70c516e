/**
 * Threads in Chromium: in pages that share memory with their workers and in those that don't, with no
 * policy and under one that allows nothing but the site's own scripts and workers from blobs.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { respondWith, serve } from "../server.ts";
import { writeProgram } from "../hosts/threads_bundle.ts";
import { expected } from "../hosts/threads_program.ts";
import { browserTest, explainAbsence, openBrowser } from "./chromium.ts";

explainAbsence();

const PAGE = `<!doctype html><pre id="report"></pre><script type="module" src="page.js"></script>`;

const SCRIPT = `
  import { report } from "./program.js";
  const show = (value) => document.querySelector("#report").textContent = JSON.stringify(value);
  report(new URL("jobs.js", location).href).then(show, (error) => show(String(error)));
`;

/** Forbids WebAssembly and functions made of texts, too. */
const POLICY = {
  "content-security-policy": "default-src 'none'; script-src 'self'; worker-src blob:",
};

const ISOLATION = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};

let browser: Browser | null;
let folder: string;

Deno.test.beforeAll(async () => {
  browser = await openBrowser();
  folder = await Deno.makeTempDir({ prefix: "wasyncio_threads_" });
  await writeProgram(folder);
});

Deno.test.afterAll(async () => {
  await browser?.close();
  await Deno.remove(folder, { recursive: true });
});

/** Runs the program in a page that is served with these headers. */
async function reportOf(headers: Record<string, string>): Promise<unknown> {
  const root = pathToFileURL(`${folder}/`);
  const pages: Record<string, [string, string]> = {
    "/": [PAGE, "text/html"],
    "/page.js": [SCRIPT, "text/javascript"],
  };
  const server = serve(async (path) => {
    const response = path in pages
      ? new Response(pages[path][0], { headers: { "content-type": pages[path][1] } })
      : await respondWith(new URL(`.${path}`, root));
    for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
    return response;
  });
  const page = await browser!.newPage();
  try {
    await page.goto(`http://${server.host}/`);
    return JSON.parse(await page.locator("#report:not(:empty)").textContent() ?? "");
  } finally {
    await page.close();
    await server.close();
  }
}

for (const isolated of [true, false]) {
  for (const strict of [true, false]) {
    const name = `threads in a page that is ${isolated ? "" : "not "}cross-origin isolated, ${
      strict ? "under a strict policy" : "without a policy"
    }`;
    browserTest(name, async () => {
      const outcome = await reportOf({ ...isolated ? ISOLATION : {}, ...strict ? POLICY : {} });
      assertEquals(outcome, expected(isolated));
    });
  }
}
