/**
 * Looks for broken links: begins at a page, follows the links that stay on its site, and asks of all others
 * whether they lead somewhere. So many requests at a time, so many a second, each with a time limit. Ctrl-C
 * ends it, and shows what was found so far.
 *
 *     deno run --allow-net examples/crawler.ts https://example.org/ --rate 20 --concurrency 4
 *
 * @module
 */

import { parseArgs } from "node:util";
import {
  CancelledError,
  type Coroutine,
  type Duration,
  getRunningLoop,
  Queue,
  run,
  sleep,
  taskGroup,
  TimeoutError,
  waitFor,
} from "../mod.ts";
import { fetch, HttpError } from "../http.ts";
import { interrupted } from "../process.ts";

/** A link that is to be followed. */
interface Link {
  url: string;
  /** The page that has it. */
  from: string;
}

/** Spreads requests evenly: no two begin closer together than the rate allows. */
class Pace {
  readonly #interval: number;
  #next = 0;

  constructor(perSecond: number) {
    this.#interval = 1000 / perSecond;
  }

  *turn(): Coroutine<void> {
    const now = getRunningLoop().time();
    const start = Math.max(now, this.#next);
    this.#next = start + this.#interval; // whoever comes next, comes after this one
    if (start > now) yield* sleep(start - now);
  }
}

class Crawler {
  /** What was asked for, with what came of it; null while it is on its way. */
  readonly found = new Map<string, string | null>();
  readonly broken: (Link & { reason: string })[] = [];
  readonly #site: string;
  readonly #links = new Queue<Link>();
  readonly #pace: Pace;
  readonly #timeout: Duration;

  constructor(start: string, options: { rate: number; timeout: Duration }) {
    this.#site = new URL(start).origin;
    this.#pace = new Pace(options.rate);
    this.#timeout = options.timeout;
    this.#add({ url: new URL(start).href, from: "the command line" });
  }

  /** Follows links until there are no more. */
  *crawl(concurrency: number): Coroutine<void> {
    const links = this.#links;
    const work = this.#work.bind(this);
    yield* taskGroup(function* (group) {
      for (let i = 0; i < concurrency; i++) group.createTask(work());
      yield* links.join();
      group.cancel(); // everybody waits for a link, and there won't be one
    });
  }

  *#work(): Coroutine<void> {
    for (;;) {
      const link = yield* this.#links.get();
      yield* this.#pace.turn();
      try {
        const isOurs = new URL(link.url).origin === this.#site;
        yield* isOurs ? this.#read(link.url) : this.#ask(link.url);
        this.found.set(link.url, "fine");
      } catch (error) {
        const reason = reasonOf(error);
        this.found.set(link.url, reason);
        this.broken.push({ ...link, reason });
      }
      this.#links.taskDone();
    }
  }

  /** Reads a page, and notes where it leads. */
  *#read(url: string): Coroutine<void> {
    const page = yield* waitFor(fetch(url).text(), this.#timeout);
    for (const [, href] of page.matchAll(/<a\s[^>]*?href="([^"#]+)/gi)) {
      const link = URL.parse(href, url);
      if (link?.protocol.startsWith("http")) this.#add({ url: link.href, from: url });
    }
  }

  /** Asks whether there is such a page. */
  *#ask(url: string): Coroutine<void> {
    yield* waitFor(fetch(url, { method: "HEAD" }).text(), this.#timeout);
  }

  #add(link: Link): void {
    if (this.found.has(link.url)) return;
    this.found.set(link.url, null);
    this.#links.putNowait(link);
  }
}

/** Why a link is broken. What is no failure of the link's, a cancel above all, goes on its way. */
function reasonOf(error: unknown): string {
  if (error instanceof HttpError) return `status ${error.status}`;
  if (error instanceof TimeoutError) return "no answer in time";
  if (error instanceof TypeError) return "no connection"; // fetch's word for it
  throw error;
}

const { values: flags, positionals: [start] } = parseArgs({
  allowPositionals: true,
  options: {
    rate: { type: "string", default: "20" },
    concurrency: { type: "string", default: "4" },
    timeout: { type: "string", default: "10s" },
  },
});

async function main(): Promise<number> {
  const [rate, concurrency] = [Number(flags.rate), Number(flags.concurrency)];
  if (!URL.canParse(start) || !(rate > 0) || !(concurrency >= 1)) {
    console.error("Usage: crawler.ts URL [--rate NUMBER] [--concurrency NUMBER] [--timeout 10s]");
    return 2;
  }
  const crawler = new Crawler(start, { rate, timeout: flags.timeout as Duration });
  let isWhole = true;
  try {
    await run(crawler.crawl(concurrency), { signal: interrupted() });
  } catch (error) {
    if (!(error instanceof CancelledError)) throw error;
    isWhole = false;
  }
  for (const { url, from, reason } of crawler.broken) console.log(`${reason}: ${url} on ${from}`);
  const results = [...crawler.found.values()];
  const asked = results.filter((result) => result !== null).length;
  console.log(
    `${asked} links, ${crawler.broken.length} broken${
      isWhole ? "" : `, ${results.length - asked} not tried`
    }`,
  );
  return isWhole ? Math.min(crawler.broken.length, 1) : 130;
}

if (import.meta.main) Deno.exitCode = await main();
