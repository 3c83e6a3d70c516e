/**
 * Serving HTTP by `Deno.serve`.
 *
 * Its `shutdown()` is never called: it waits for ever for a body that is half sent, or for a client that
 * reads nothing, and after it nothing else can be done. Aborting its signal drops everything at once, and
 * must not be done after it has finished. So whoever closes a server drains it first, and aborts then.
 *
 * @module
 */
import { InvalidStateError } from "../../errors.ts";
import type { HttpEvents, HttpHost, HttpListener, HttpListenOptions } from "../http.ts";
import type { Address } from "../sockets.ts";

/** As much of Deno as is used here. */
interface DenoAddress {
  readonly hostname?: string;
  readonly port?: number;
  readonly path?: string;
}
declare const Deno: {
  errors: { BadResource: typeof Error };
  listenDatagram?: unknown;
  serve(
    options: Record<string, unknown>,
    handler: (request: never, exchange: object) => unknown,
  ): { readonly addr: DenoAddress; readonly finished: Promise<void> };
};

function addressOf({ hostname = "", port = 0, path }: DenoAddress): Address {
  return path === undefined ? { hostname, port } : { path };
}

/**
 * Where to listen, as Deno takes it.
 *
 * @throws {InvalidStateError} When it would end the process: that is how it refuses to share a port.
 */
function placeOf({ at, tls, backlog, reusePort }: HttpListenOptions): Record<string, unknown> {
  if ("path" in at) return { path: at.path };
  if (reusePort && Deno.listenDatagram === undefined) {
    throw new InvalidStateError("Cannot share a port: reusePort needs Deno's --unstable-net");
  }
  const { hostname, port } = at;
  return {
    hostname: hostname ?? "::",
    port,
    reusePort,
    ...backlog !== null && { tcpBacklog: backlog },
    ...tls !== null && { cert: tls.cert, key: tls.key },
  };
}

/** Deno's. */
export const denoHttp: HttpHost = {
  listen<Request, Response>(
    options: HttpListenOptions,
    events: HttpEvents<Request, Response>,
    ended: (error?: unknown) => void,
  ): HttpListener {
    const controller = new AbortController();
    const server = Deno.serve(
      {
        ...placeOf(options),
        signal: controller.signal,
        onError: events.onFailure,
        onListen: () => {},
      },
      // It must be seen to have parameters: a function without any is called without a request.
      events.onRequest as (request: never, exchange: object) => unknown,
    );
    server.finished.then(() => ended(), ended);
    return { sockname: addressOf(server.addr), abort: () => controller.abort() };
  },

  peername: (exchange) => addressOf((exchange as { remoteAddr: DenoAddress }).remoteAddr),

  whenSent(exchange, done) {
    (exchange as { completed: Promise<void> }).completed.then(done, done);
  },

  isClientGone(error) {
    if (!(error instanceof Deno.errors.BadResource)) return false;
    return error.message.endsWith("body as underlying resource unavailable");
  },

  codeOf(error) {
    const { code, name, message } = error as Partial<Error & { code: unknown }>;
    if (typeof code === "string") return code;
    if (name === "InvalidData") return "EPROTO";
    return message?.startsWith("failed to lookup address") ? "ENOTFOUND" : null;
  },
};
