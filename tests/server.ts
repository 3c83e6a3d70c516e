/**
 * A server on a loopback address, for tests that load files as browsers and Deno do.
 *
 * @module
 */

import { extname } from "node:path";

const TYPES: Record<string, string> = {
  ".css": "text/css",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".map": "application/json",
  ".svg": "image/svg+xml",
  ".ts": "application/typescript",
};

/** A server that runs. */
export interface Server {
  /** Where it is: an address and a port. */
  readonly host: string;
  /** The paths that were asked for, in order. */
  readonly requested: readonly string[];
  close(): Promise<void>;
}

/** Serves what a function gives for a path, which begins with a slash, on a port of its own. */
export function serve(respond: (path: string) => Response | Promise<Response>): Server {
  const requested: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ url }) => {
    const { pathname } = new URL(url);
    requested.push(pathname);
    return respond(pathname);
  });
  return {
    host: `127.0.0.1:${server.addr.port}`,
    requested,
    close: () => server.shutdown(),
  };
}

/** A response with the first of these files that is there. */
export async function respondWith(...files: URL[]): Promise<Response> {
  for (const file of files) {
    try {
      const body = await Deno.readFile(file);
      const type = TYPES[extname(file.pathname)] ?? "application/octet-stream";
      return new Response(body, { headers: { "content-type": type } });
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return new Response("Not found", { status: 404 });
}
