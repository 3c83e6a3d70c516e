/**
 * The entry points for what browsers haven't: to import them is no error, and to use them is one that
 * says so.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Browser } from "playwright-core";
import { bundle } from "../packaging/subprocess.ts";
import { browserTest, explainAbsence, openBrowser } from "./chromium.ts";

explainAbsence();

let browser: Browser | null;

Deno.test.beforeAll(async () => {
  browser = await openBrowser();
});

Deno.test.afterAll(async () => {
  await browser?.close();
});

/** What a page's program calls of each door, which has nothing to do it with. */
const CALLS: Record<string, string> = {
  net: 'door.openConnection("127.0.0.1", 1)',
  process: 'door.createSubprocessExec("true")',
  http: "door.serve(() => new Response())",
};

for (const [door, call] of Object.entries(CALLS)) {
  browserTest(`a page may import ${door}.ts, and what it can't do says so`, async () => {
    const code = await bundle(new URL(`../../${door}.ts`, import.meta.url).href);
    assertEquals(code.match(/(?:\bfrom|\bimport\(?|\brequire\()\s*["']node:/g), null);
    const page = await browser!.newPage();
    try {
      const program = `(async () => {
        const blob = new Blob([${JSON.stringify(code)}], { type: "text/javascript" });
        const door = await import(URL.createObjectURL(blob));
        try {
          await ${call};
          return "nothing";
        } catch (error) {
          return error.name;
        }
      })()`;
      assertEquals(await page.evaluate(program), "InvalidStateError");
    } finally {
      await page.close();
    }
  });
}
