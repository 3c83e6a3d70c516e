/**
 * The site that the browser visits: the bundles, the program and the pages, on a loopback address.
 *
 * @module
 */

import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { makeFixture, writeReleased } from "../packaging/fixture.ts";

/** Forbids WebAssembly, as every policy does that names `script-src` and not `'wasm-unsafe-eval'`. */
const STRICT_POLICY = "script-src 'self' 'unsafe-inline'";

/**
 * What the page's worker runs; not a file, because `deno check` would look for what it imports. A
 * failure has to reach the page, which hears of a worker's errors but not of its rejections.
 */
const WORKER = `
  import * as wasyncio from "/wasyncio.js";
  import { report } from "/program.js";

  const core = new URLSearchParams(location.search).get("core");
  report(wasyncio, core).then(postMessage, (error) => setTimeout(() => reportError(error)));
`;

const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".map": "application/json",
};

/** A running site. */
export interface Site {
  /** The root of the site where pages may do as they like. */
  open: string;
  /** The root of the same site, served under a policy that forbids WebAssembly. */
  strict: string;
  close(): Promise<void>;
}

/** Builds the bundles and serves them. */
export async function openSite(): Promise<Site> {
  const fixture = await makeFixture();
  await writeReleased(join(fixture.directory, "released"));
  const roots = [
    pathToFileURL(`${fixture.directory}/`),
    new URL("pages/", import.meta.url),
    new URL("./", import.meta.url),
  ];
  const serve = (headers: Record<string, string>) =>
    Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      const { pathname } = new URL(request.url);
      const body = pathname === "/worker.js"
        ? WORKER
        : await readFirst(roots.map((root) => new URL(`.${pathname}`, root)));
      if (!body) return new Response("Not found", { status: 404 });
      return new Response(body, {
        headers: { ...headers, "content-type": types[extname(pathname)] },
      });
    });
  const open = serve({});
  const strict = serve({ "content-security-policy": STRICT_POLICY });
  return {
    open: `http://127.0.0.1:${open.addr.port}`,
    strict: `http://127.0.0.1:${strict.addr.port}`,
    async close() {
      await Promise.all([open.shutdown(), strict.shutdown()]);
      fixture[Symbol.dispose]();
    },
  };
}

async function readFirst(files: URL[]): Promise<Uint8Array<ArrayBuffer> | undefined> {
  for (const file of files) {
    try {
      return await Deno.readFile(file);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}
