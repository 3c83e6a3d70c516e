/**
 * The server that the program of `client_program.ts` talks to, and the page in which it runs in browsers.
 *
 * @module
 */

import { bundle } from "../packaging/subprocess.ts";

/** The program, as one script. */
export const PROGRAM = "/client.js";

const PAGE = `<!doctype html>
<meta charset="utf-8">
<link rel="icon" href="data:,">
<pre id="report"></pre>
<script type="module">
  import { observe } from "${PROGRAM}";
  const report = document.querySelector("#report");
  observe(location.origin).then(
    (observed) => report.textContent = JSON.stringify(observed),
    (error) => report.textContent = JSON.stringify({ error: String(error.stack) }),
  );
</script>`;

/** A server that runs. */
export interface ClientServer extends AsyncDisposable {
  readonly origin: string;
}

/** Bundles the program, and serves. One client at a time, since those that are gone are counted. */
export async function serveClient(): Promise<ClientServer> {
  const script = await bundle(new URL("client_program.ts", import.meta.url).href);
  const controller = new AbortController();
  const left = new Disconnects();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, signal: controller.signal, onListen() {} },
    async (request) => {
      const { pathname, searchParams } = new URL(request.url);
      if (request.headers.get("upgrade") === "websocket") {
        return pathname === "/json"
          ? new Response("No WebSocket", { status: 400 })
          : pathname === "/never"
          ? new Promise(() => {})
          : upgrade(request, pathname, searchParams);
      }
      switch (pathname) {
        case "/":
          return new Response(PAGE, { headers: { "content-type": "text/html" } });
        case PROGRAM:
          return new Response(script, { headers: { "content-type": "text/javascript" } });
        case "/json":
          return new Response('{"a":1}');
        case "/echo":
          return new Response(
            `${request.method} ${request.headers.get("x-test")} ${await request.text()}`,
          );
        case "/never":
          request.signal.addEventListener("abort", () => left.note());
          return new Promise(() => {});
        case "/half": {
          const start = (controller: ReadableStreamDefaultController) =>
            controller.enqueue(new Uint8Array(10));
          return new Response(new ReadableStream({ start, cancel: () => left.note() }));
        }
        case "/gone": {
          const count = Number(searchParams.get("count"));
          await left.until(count);
          return new Response(`${count} are gone`);
        }
        default:
          return new Response("no such page", { status: 404 });
      }
    },
  );
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    async [Symbol.asyncDispose]() {
      controller.abort();
      await server.finished;
    },
  };
}

/** Counts clients that have left. */
class Disconnects {
  #count = 0;
  #changed = Promise.withResolvers<void>();

  note(): void {
    this.#count++;
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  async until(count: number): Promise<void> {
    while (this.#count < count) await this.#changed.promise;
  }
}

function upgrade(request: Request, pathname: string, searchParams: URLSearchParams): Response {
  const offers = request.headers.get("sec-websocket-protocol");
  const { socket, response } = Deno.upgradeWebSocket(request, offers ? { protocol: "v2" } : {});
  socket.binaryType = "arraybuffer";
  let bytes = 0;
  socket.onmessage = ({ data }) => {
    if (pathname === "/echo") socket.send(data);
    else if (typeof data !== "string") bytes += data.byteLength;
    else socket.send(String(bytes));
  };
  socket.onopen = () => {
    const count = Number(searchParams.get("count") ?? 0);
    for (let i = 0; i < count; i++) socket.send(String(i));
    if (pathname === "/burst") socket.close(1000);
    if (pathname === "/close") socket.close(Number(searchParams.get("code")));
  };
  return response;
}
