/**
 * The components of the documentation, on a page in Chromium: work ends when they leave it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { makeFixture } from "../packaging/fixture.ts";
import { bundle } from "../packaging/subprocess.ts";
import { respondWith, serve } from "../server.ts";
import { browserTest, openBrowser } from "./chromium.ts";

const EXAMPLES = new URL("../../examples/components/", import.meta.url);

let browser: Browser | null;

Deno.test.beforeAll(async () => {
  browser = await openBrowser();
});

Deno.test.afterAll(async () => {
  await browser?.close();
});

/** Long enough for the slowest machine: what takes longer doesn't come. */
const PATIENCE = 30_000;

/** Opens an empty page. An uncaught error in it fails the test, and so does an event that never comes. */
async function withPage(action: (page: Page) => Promise<void>): Promise<void> {
  const page = await browser!.newPage();
  const { promise: failed, reject } = Promise.withResolvers<never>();
  page.on("pageerror", reject);
  const watchdog = setTimeout(() => reject(new Error("What was waited for didn't come")), PATIENCE);
  try {
    await Promise.race([action(page), failed]);
  } finally {
    clearTimeout(watchdog);
    await page.close();
  }
}

browserTest(
  "the React component asks for the newest text only, and for none when it is gone",
  () =>
    withPage(async (page) => {
      const events: string[] = [];
      let changed = () => {};
      await page.exposeFunction("note", (event: string) => {
        events.push(event);
        changed();
      });
      const until = async (event: string) => {
        while (!events.includes(event)) {
          await new Promise<void>((resolve) => changed = resolve);
        }
      };
      // Answers at once what begins with "as", and the rest never.
      await page.addScriptTag({
        content: `
        globalThis.find = (text, signal) => {
          note("asked for " + text);
          return new Promise((resolve, reject) => {
            if (text.startsWith("as")) return resolve([text + ".run", text + ".sleep"]);
            signal.addEventListener("abort", () => {
              note("aborted " + text);
              reject(signal.reason);
            });
          });
        };
      `,
      });
      await page.addScriptTag({
        content: await bundle(import.meta.resolve("./components/react_page.js")),
        type: "module",
      });

      const input = page.locator("input");
      await input.fill("slow");
      await until("asked for slow");
      await input.fill("x"); // does away with the request, and is itself replaced before its time
      await until("aborted slow");
      await input.fill("as");
      await page.locator("li").first().waitFor();
      assertEquals(await page.locator("li").allTextContents(), ["as.run", "as.sleep"]);

      await input.fill("slow again");
      await until("asked for slow again");
      await page.evaluate("unmount()");
      await until("aborted slow again");
      assertEquals(await page.locator("main").innerHTML(), "");
      assertEquals(events.filter((event) => event === "asked for slow").length, 1);
    }),
);

browserTest(
  "the custom element follows its page, and ends its request when it is gone",
  async () => {
    using fixture = await makeFixture();
    const answers = ["sleeping", "awake"];
    const asked = Promise.withResolvers<void>(); // for a third time, which is not answered in full
    const gone = Promise.withResolvers<void>();
    const server = serve((path) => {
      if (path === "/") return respondWith(new URL("element.html", EXAMPLES));
      if (path !== "/status") return respondWith(pathToFileURL(join(fixture.directory, path)));
      const answer = answers.shift();
      if (answer !== undefined) return new Response(answer);
      asked.resolve();
      return new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode("and ")),
          cancel: () => gone.resolve(),
        }),
      );
    });
    try {
      await withPage(async (page) => {
        await page.goto(`http://${server.host}/`);
        await page.getByText("awake").waitFor();
        await asked.promise;
        await page.evaluate("document.querySelector('live-text').remove()");
        await gone.promise;
      });
    } finally {
      await server.close();
    }
  },
);
