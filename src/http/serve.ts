/**
 * Starting a server.
 *
 * @module
 */
import {
  checkFlag,
  checkFunction,
  checkNonEmptyText,
  checkOptions,
  checkWhole,
  describe,
} from "../check.ts";
import { type Duration, optionalMilliseconds } from "../duration.ts";
import { type HttpHost, httpHost, type HttpListenOptions } from "../host/http.ts";
import { currentKernel, currentVariables } from "../kernel/current.ts";
import { showWaiters } from "../kernel/stack.ts";
import { nameOf } from "../streams/address.ts";
import { checkBacklog, checkCertificate, checkPort } from "../streams/check.ts";
import { errorOf } from "../streams/os_error.ts";
import { GeneratorOperation, type Operation } from "../task/operation.ts";
import type { DispatchOptions } from "./dispatcher.ts";
import type { ErrorHandler, Handler } from "./handler.ts";
import { HttpServer } from "./http_server.ts";
import { ServerCore } from "./server_core.ts";

/** How to serve. */
export interface ServeOptions {
  /** The name or number of the interface; `null` for all of them. "127.0.0.1" without it. */
  hostname?: string | null;
  /** The port, 8000 without it; 0 for any that is free. */
  port?: number;
  /** The path of a Unix socket, in place of `hostname` and `port`. */
  path?: string;
  /** The certificate chain and its private key, in PEM, to serve HTTPS. */
  tls?: { cert: string; key: string };
  /** How long the handler may take for the head of its response, waiting for its turn included. */
  deadline?: Duration | null;
  /** How many handlers may run at once; further requests wait for their turn. */
  maxConcurrency?: number | null;
  /**
   * Gives the response where a handler fails; without it that is a 500 and a report to the loop's exception
   * handler.
   */
  onError?: ErrorHandler;
  /** How many connections may wait to be accepted; the host's own number without it. */
  backlog?: number;
  /** Whether other processes may listen on the same port, and share its connections. */
  reusePort?: boolean;
}

/**
 * Serves HTTP. Each request is answered by a task of its own, in a copy of the context in which the server
 * was started; it is cancelled when the client leaves. As aiohttp's and uvicorn's servers do on asyncio,
 * and Deno only for now.
 *
 * A client that ends its half of the connection after the request counts as one that has left.
 *
 * @param handler Is called for each request: a coroutine function, an async function, or a plain one.
 * @param options See {@linkcode ServeOptions}.
 * @returns An operation of the server, which listens then.
 * @throws {TypeError | RangeError} When an argument is of the wrong kind, or has a wrong value.
 * @throws {InvalidStateError} When the host can't serve.
 * @throws {OSError} When it can't listen, such as `EADDRINUSE`; when awaited.
 *
 * @example
 * ```ts
 * const server = yield* serve(function* (request) {
 *   yield* sleep(5);
 *   return new Response(`You asked for ${request.url}`);
 * }, { port: 0, deadline: "10s", maxConcurrency: 1000 });
 * yield* server.serveForever();
 * ```
 */
export function serve(handler: Handler, options: ServeOptions = {}): Operation<HttpServer> {
  checkFunction(handler, "handler");
  checkOptions(options);
  const dispatch = dispatchOptions(handler, options);
  const listen = listenOptions(options);
  const host = httpHost();
  return new GeneratorOperation(start, [host, listen, dispatch]);
}

// deno-lint-ignore require-yield -- An operation is written like this, and this one needn't wait.
function* start(
  host: HttpHost,
  listen: HttpListenOptions,
  dispatch: DispatchOptions,
): Generator<unknown, HttpServer, unknown> {
  const holder = { _variables: currentVariables() };
  try {
    return new HttpServer(new ServerCore(currentKernel(), holder, host, listen, dispatch));
  } catch (error) {
    throw showWaiters(errorOf(host, error, `Cannot serve at ${nameOf(listen.at)}`));
  }
}

function dispatchOptions(handler: Handler, options: ServeOptions): DispatchOptions {
  const { onError, maxConcurrency = null } = options;
  const deadline = optionalMilliseconds(options.deadline, "deadline");
  if (deadline <= 0) {
    throw new RangeError(`deadline must be positive, got ${describe(options.deadline)}`);
  }
  if (onError !== undefined) checkFunction(onError, "onError");
  const isLimited = maxConcurrency !== null && maxConcurrency !== Infinity;
  if (isLimited) checkWhole(maxConcurrency, "maxConcurrency", 1);
  return {
    handler,
    onError: onError ?? null,
    deadline,
    maxConcurrency: isLimited ? maxConcurrency : Infinity,
  };
}

function listenOptions(options: ServeOptions): HttpListenOptions {
  const { hostname = "127.0.0.1", port = 8000, path, tls, backlog, reusePort = false } = options;
  if (hostname !== null) checkNonEmptyText(hostname, "hostname");
  checkPort(port, 0);
  checkFlag(reusePort, "reusePort");
  const certificate = tls === undefined ? null : checkTls(tls);
  if (path !== undefined) {
    checkNonEmptyText(path, "path");
    for (const name of ["hostname", "port", "tls", "backlog", "reusePort"] as const) {
      if (options[name] === undefined) continue;
      throw new TypeError(`${name} must be left out where path is given: that is a Unix socket's`);
    }
  }
  return {
    at: path !== undefined ? { path } : { hostname, port },
    tls: certificate,
    backlog: checkBacklog(backlog),
    reusePort,
  };
}

function checkTls(tls: object): HttpListenOptions["tls"] {
  const certificate = checkCertificate(tls);
  if ((tls as { alpnProtocols?: unknown }).alpnProtocols !== undefined) {
    throw new TypeError("tls.alpnProtocols must be left out: the host offers h2 and http/1.1");
  }
  return certificate;
}
