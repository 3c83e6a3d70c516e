/**
 * The client of `http.ts` on a page in Chromium.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Browser } from "playwright-core";
import { expected } from "../hosts/client_program.ts";
import { serveClient } from "../hosts/client_server.ts";
import { browserTest, openBrowser } from "./chromium.ts";

let browser: Browser | null;

Deno.test.beforeAll(async () => {
  browser = await openBrowser();
});

Deno.test.afterAll(async () => {
  await browser?.close();
});

browserTest("the client does on a page what it does elsewhere", async () => {
  await using server = await serveClient();
  const page = await browser!.newPage();
  try {
    await page.goto(server.origin);
    const text = await page.locator("#report:not(:empty)").textContent();
    const { client, elsewhere, sockets } = expected;
    assertEquals(JSON.parse(text!), { ...client, ...elsewhere, ...sockets });
  } finally {
    await page.close();
  }
});
