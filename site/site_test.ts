/**
 * The site as it is built and as a browser shows it: links, reference, search, both schemes, two
 * widths. It is built below a folder, as pages of a project are served, which is harder than at the
 * root.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import axe from "axe-core";
import { join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import config from "../deno.json" with { type: "json" };
import { browserTest, explainAbsence, openBrowser } from "../tests/browser/chromium.ts";
import { respondWith, serve, type Server } from "../tests/server.ts";

const BASE = "/wasyncio/";

/** Pages of every kind, and those with the widest tables, the drawings and the most members. */
const KINDS = [
  "index.html",
  "README.html",
  "docs/index.html",
  "docs/from_python.html",
  "docs/how_it_works.html",
  "bench/RESULTS.html",
  "reference/wasyncio/index.html",
  "reference/wasyncio/functions/waitFor.html",
  "reference/wasyncio/classes/Task.html",
  "source/src/time/wait_for.ts.html",
  "404.html",
];

explainAbsence();

const folder = await Deno.makeTempDir({ prefix: "wasyncio_site_" });
let server: Server;
let browser: Browser | null;
/** The contents of each page, by its path in the site. */
const pages = new Map<string, string>();

Deno.test.beforeAll(async () => {
  await build();
  for (const path of htmlFiles("")) pages.set(path, Deno.readTextFileSync(join(folder, path)));
  server = serve(respond);
  browser = await openBrowser();
});

Deno.test.afterAll(async () => {
  await browser?.close();
  await server?.close();
  await Deno.remove(folder, { recursive: true });
});

async function build(): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "build", "--base", BASE, "--outDir", relative(import.meta.dirname!, folder)],
    cwd: import.meta.dirname!,
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    signal: AbortSignal.timeout(600_000),
  }).output();
  const decoder = new TextDecoder();
  assert(success, decoder.decode(stdout) + decoder.decode(stderr));
}

function* htmlFiles(path: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(join(folder, path))) {
    if (isDirectory) yield* htmlFiles(`${path}${name}/`);
    else if (name.endsWith(".html")) yield path + name;
  }
}

/** Gives files as they are, which is all that a site of static files can count on. */
function respond(path: string): Promise<Response> {
  if (!path.startsWith(BASE)) return respondWith();
  const file = path.slice(BASE.length).replace(/(?:^|\/)$/, "$&index.html");
  return respondWith(new URL(file, pathToFileURL(`${folder}/`)));
}

interface View {
  width?: number;
  scheme?: "light" | "dark";
}

/** Opens a page, does something there, and closes it. Fails on errors and on requests elsewhere. */
async function visit<T>(
  path: string,
  { width = 1280, scheme = "light" }: View,
  action: (page: Page) => Promise<T>,
): Promise<T> {
  const origin = `http://${server.host}`;
  const context = await browser!.newContext({
    viewport: { width, height: 800 },
    colorScheme: scheme,
    reducedMotion: "reduce",
  });
  try {
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(origin)) complaints.push(request.url());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("response", (response) => {
      if (!response.ok()) complaints.push(`${response.status()} ${response.url()}`);
    });
    await page.goto(`${origin}${BASE}${path}`, { waitUntil: "networkidle" });
    const result = await action(page);
    assertEquals(complaints, []);
    return result;
  } finally {
    await context.close();
  }
}

/** Where links and pictures of a page lead, as paths in the site with their anchors. */
function* linksOf(path: string, html: string): Generator<[file: string, anchor: string]> {
  for (const [, link] of html.matchAll(/ (?:href|src)="([^"]*)"/g)) {
    const url = new URL(link.replaceAll("&amp;", "&"), `http://site${BASE}${path}`);
    if (url.host !== "site") continue;
    assert(url.pathname.startsWith(BASE), `${path} leads out of the site: ${link}`);
    const file = decodeURIComponent(url.pathname.slice(BASE.length));
    yield [file.replace(/(?:^|\/)$/, "$&index.html"), decodeURIComponent(url.hash.slice(1))];
  }
}

function exists(file: string): boolean {
  try {
    return Deno.statSync(join(folder, file)).isFile;
  } catch {
    return false;
  }
}

Deno.test("every link within the site leads to a page, and to a place on it", () => {
  const anchors = new Map(
    Array.from(pages, ([path, html]) => [
      path,
      new Set(Array.from(html.matchAll(/ id="([^"]*)"/g), ([, id]) => id)),
    ]),
  );
  const broken = new Set<string>();
  let count = 0;
  for (const [path, html] of pages) {
    for (const [file, anchor] of linksOf(path, html)) {
      count++;
      if (!exists(file) || (anchor !== "" && !anchors.get(file)?.has(anchor))) {
        broken.add(`${path}: ${file}#${anchor}`);
      }
    }
  }
  assertEquals([...broken], []);
  assert(count > 1_000);
});

browserTest(
  "every page of the documentation is in the navigation, in the index's order",
  async () => {
    const index = await Deno.readTextFile(new URL("../docs/README.md", import.meta.url));
    const order = [...new Set(Array.from(index.matchAll(/\]\((\w+)\.md/g), ([, name]) => name))];
    const shown = await visit("docs/index.html", {}, (page) => linksIn(page, ".VPSidebar a"));
    const names = shown.map((link) => /\/docs\/(\w+)\.html$/.exec(link)![1]);
    assertEquals(names, order);
    const files = Array.from(Deno.readDirSync(new URL("../docs/", import.meta.url)), (e) => e.name);
    const forgotten = files.filter((file) => file.endsWith(".md") && file !== "README.md")
      .filter((file) => !names.includes(file.slice(0, -".md".length)));
    assertEquals(forgotten, []);
  },
);

function linksIn(page: Page, selector: string): Promise<string[]> {
  return page.locator(selector).evaluateAll((links) =>
    links.map((link) => (link as HTMLAnchorElement).pathname)
  );
}

/** The names that a door exports, types included. */
async function exportsOf(door: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", door],
    cwd: new URL("../", import.meta.url),
  }).output();
  type Symbols = { symbols: { name: string; declarations: { declarationKind: string }[] }[] };
  const { nodes } = JSON.parse(new TextDecoder().decode(stdout)) as {
    nodes: Record<string, Symbols>;
  };
  return Object.values(nodes).flatMap(({ symbols }) => symbols)
    .filter(({ declarations }) => declarations.some((d) => d.declarationKind === "export"))
    .map(({ name }) => name);
}

for (const [name, door] of Object.entries(config.exports)) {
  const root = `reference/${name.replace(".", "wasyncio")}/`;

  Deno.test(`the reference has each name that ${door} exports`, async () => {
    const index = pages.get(`${root}index.html`)!;
    const shown = [...headingsOf(index)];
    const names = await exportsOf(door);
    const missing = names.filter((name) =>
      !index.includes(`>${name}</a>`) && !shown.includes(name)
    );
    assertEquals(missing, []);
    assert(names.length > 0);
  });
}

/** The headings of a page, without marks such as "abstract" and the link to themselves. */
function* headingsOf(html: string): Generator<string> {
  for (const [, heading] of html.matchAll(/<h[1-6] [^>]*>(.*?) ?<a class="header-anchor"/gs)) {
    yield heading.replaceAll(/<[^>]*>/g, "").trim();
  }
}

/** The pages of the reference that are about one name. */
function entries(): [path: string, html: string][] {
  return [...pages].filter(([path]) => /^reference\/.*\/[\w-]+\/(?!index)\w+\.html$/.test(path));
}

Deno.test("each name of the reference has its signature and a link to its source", () => {
  const lacking = entries().filter(([path, html]) => {
    const isCode = html.includes('<div class="language-ts');
    const isInterface = path.includes("/interfaces/") || path.includes("/classes/");
    return !(isCode || isInterface) || !/Defined in: <a href="[^"]*\/source\//.test(html);
  });
  assertEquals(lacking.map(([path]) => path), []);
});

Deno.test("each function and class of the reference has an example", () => {
  const lacking = entries().filter(([path]) => /\/(?:functions|classes)\//.test(path))
    .filter(([, html]) => !/<h\d id="example/.test(html));
  assertEquals(lacking.map(([path]) => path), []);
});

Deno.test("the reference shows nothing of the library's own", () => {
  const shown = [...pages].filter(([path]) => path.startsWith("reference/")).flatMap(
    ([path, html]) =>
      [...headingsOf(html)].filter((heading) => /^(?:\w+ )?[_#]/.test(heading))
        .map((heading) => `${path}: ${heading}`),
  );
  assertEquals(shown, []);
});

browserTest("the search finds waitFor and leads to its page", async () => {
  const path = await visit("index.html", {}, async (page) => {
    await page.keyboard.press("Control+k");
    await page.locator(".VPLocalSearchBox input").fill("waitFor");
    await page.locator(".VPLocalSearchBox .result", { hasText: "waitFor()" }).first().click();
    await page.locator("h1", { hasText: "waitFor()" }).waitFor();
    return new URL(page.url()).pathname;
  });
  assertEquals(path, `${BASE}reference/wasyncio/functions/waitFor.html`);
});

browserTest("a page that isn't there leads back to the start", async () => {
  const links = await visit("404.html", {}, (page) => linksIn(page, ".NotFound a"));
  assertEquals(links, [BASE]);
});

browserTest("the landing page shows an example, how to install, and numbers", async () => {
  await visit("index.html", {}, async (page) => {
    assertEquals(await page.getByRole("heading", { level: 1, name: "wasyncio" }).count(), 1);
    assertEquals(await page.locator(".landing table").count(), 1);
    const text = await page.locator(".landing").innerText();
    for (const part of ["yield* gather(greet", "Goodbye, Bob!", "How fast it is"]) {
      assert(text.includes(part), part);
    }
  });
});

for (const scheme of ["light", "dark"] as const) {
  for (const width of [1280, 390]) {
    browserTest(`pages are accessible and fit into ${width} pixels (${scheme})`, async () => {
      const found = [];
      for (const path of KINDS) found.push(...await visit(path, { width, scheme }, inspect));
      assertEquals(found, []);
    });
  }
}

/** What is wrong with a page: that it is wider than its window, or what axe finds serious. */
async function inspect(page: Page) {
  await page.evaluate(axe.source);
  const { url, violations } = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run()
  );
  const serious = violations.filter(({ impact }) => /serious|critical/.test(impact ?? ""))
    .map(({ id, nodes }) => `${url}: ${id}, ${nodes[0].html}: ${nodes[0].failureSummary}`);
  return await overflow(page) > 0 ? [`${url} is too wide`, ...serious] : serious;
}

browserTest("no page of the documentation is wider than a phone", async () => {
  for (const path of pages.keys().filter((path) => path.startsWith("docs/"))) {
    assertEquals({ path, overflow: await visit(path, { width: 390 }, overflow) }, {
      path,
      overflow: 0,
    });
  }
});

/** By how many pixels a page is wider than its window. */
function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
}
