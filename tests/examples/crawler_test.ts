/**
 * The crawler, on sites of the test's own.
 *
 * @module
 */

import {
  assert,
  assertEquals,
  assertGreater,
  assertLessOrEqual,
  assertStringIncludes,
} from "@std/assert";
import { spawnExample } from "./spawn.ts";

/** A site, and what was asked of it. */
class Site implements AsyncDisposable {
  readonly requests: { path: string; time: number }[] = [];
  mostOpen = 0;
  #open = 0;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(answer: (path: string) => Promise<Response> | Response) {
    const options = { hostname: "127.0.0.1", port: 0, onListen() {} };
    this.#server = Deno.serve(options, async (request) => {
      const { pathname } = new URL(request.url);
      this.requests.push({ path: pathname, time: performance.now() });
      this.mostOpen = Math.max(this.mostOpen, ++this.#open);
      try {
        return await answer(pathname);
      } finally {
        this.#open--;
      }
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

const page = (...links: string[]) =>
  new Response(links.map((link) => `<p><a class="link" href="${link}">there</a>`).join("\n"));

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function crawl(url: string, ...flags: string[]) {
  const permissions = ["--allow-net=127.0.0.1"];
  return spawnExample("crawler.ts", { args: [url, ...flags], permissions });
}

Deno.test("crawler.ts finds the links that lead nowhere", async () => {
  await using other = new Site((path) => new Response(null, { status: path === "/" ? 200 : 500 }));
  const nowhere = new Site(() => page());
  await nowhere[Symbol.asyncDispose]();
  const over = Promise.withResolvers<Response>();
  await using site = new Site((path) => {
    if (path === "/") return page("/a", "b#part", `${other.url}/`, "mailto:me@example.org");
    if (path === "/a") return page("/", "/missing", `${nowhere.url}/`, `${other.url}/failing`);
    if (path === "/b") return page("./a", "/slow", "http://[nonsense");
    if (path === "/slow") return over.promise;
    return new Response("Not found", { status: 404 });
  });
  await using crawler = crawl(`${site.url}/`, "--rate=1000", "--timeout=500ms");
  const { code, stdout, stderr } = await crawler.output();
  over.resolve(page());
  const [summary, ...lines] = stdout.trimEnd().split("\n").reverse();
  assertEquals({ code, stderr, summary }, { code: 1, stderr: "", summary: "8 links, 4 broken" });
  assertEquals(
    lines.sort(),
    [
      `no answer in time: ${site.url}/slow on ${site.url}/b`,
      `no connection: ${nowhere.url}/ on ${site.url}/a`,
      `status 404: ${site.url}/missing on ${site.url}/a`,
      `status 500: ${other.url}/failing on ${site.url}/a`,
    ],
  );
  const paths = site.requests.map(({ path }) => path);
  assertEquals(paths.sort(), ["/", "/a", "/b", "/missing", "/slow"]); // each once
  assertEquals(other.requests.length, 2);
});

Deno.test("crawler.ts keeps to its rate and its concurrency", async () => {
  const all = Array.from({ length: 20 }, (_, i) => `/${i}`);
  await using site = new Site(async () => {
    await pause(150);
    return page(...all);
  });
  await using crawler = crawl(`${site.url}/`, "--rate=50", "--concurrency=3");
  const { code, stdout } = await crawler.output();
  assertEquals({ code, stdout }, { code: 0, stdout: "21 links, 0 broken\n" });
  assertEquals(site.mostOpen, 3);

  // Twenty-one requests a twentieth of a second apart take a second, however quick the answers are.
  await using quick = new Site(() => page(...all));
  await using paced = crawl(`${quick.url}/`, "--rate=20", "--concurrency=10");
  assertEquals((await paced.output()).code, 0);
  const times = quick.requests.map(({ time }) => time);
  assertGreater(times.at(-1)! - times[0], 700);
});

Deno.test("crawler.ts shows what it has found when Ctrl-C ends it", async () => {
  await using site = new Site((path) => page(`${path}0`, `${path}1`));
  await using crawler = crawl(`${site.url}/`, "--rate=500", "--concurrency=5");
  while (site.requests.length < 20) await pause(5);
  crawler.kill("SIGINT");
  const { code, signal, stdout, stderr } = await crawler.output();
  assertEquals({ code, signal, stderr }, { code: 130, signal: null, stderr: "" });
  const [, asked, left] = /^(\d+) links, 0 broken, (\d+) not tried\n$/.exec(stdout)!;
  assertLessOrEqual(Number(asked), site.requests.length);
  assert(Number(asked) >= 15 && Number(left) > Number(asked), stdout);
});

Deno.test("crawler.ts says what it wants where it has nothing to crawl, or would never begin", async () => {
  const url = "http://127.0.0.1:8000/";
  for (const args of [[], ["nothing"], [url, "--concurrency=0"], [url, "--rate=fast"]]) {
    await using crawler = spawnExample("crawler.ts", { args, permissions: [] });
    const { code, stdout, stderr } = await crawler.output();
    assertEquals([code, stdout], [2, ""]);
    assertStringIncludes(stderr, "Usage: crawler.ts URL");
  }
});
