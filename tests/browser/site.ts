/**
 * The site that the browser visits: the bundles, the program and the pages, on a loopback address.
 *
 * @module
 */

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { makeFixture, writeReleased } from "../packaging/fixture.ts";
import { respondWith, serve } from "../server.ts";

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
  const respond = (path: string) =>
    path === "/worker.js"
      ? new Response(WORKER, { headers: { "content-type": "text/javascript" } })
      : respondWith(...roots.map((root) => new URL(`.${path}`, root)));
  const open = serve(respond);
  const strict = serve(async (path) => {
    const response = await respond(path);
    response.headers.set("content-security-policy", STRICT_POLICY);
    return response;
  });
  return {
    open: `http://${open.host}`,
    strict: `http://${strict.host}`,
    async close() {
      await Promise.all([open.close(), strict.close()]);
      fixture[Symbol.dispose]();
    },
  };
}
