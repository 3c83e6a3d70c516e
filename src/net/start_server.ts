/**
 * Starting servers.
 *
 * @module
 */
import {
  checkFlag,
  checkFunction,
  checkNonEmptyText,
  checkOptions,
  checkStrings,
} from "../check.ts";
import {
  type Listener,
  type ListenOptions,
  type Place,
  type Sockets,
  sockets,
  type TlsServerOptions,
} from "../host/sockets.ts";
import { current } from "../kernel/current.ts";
import { showWaiters } from "../kernel/stack.ts";
import { nameOf } from "../streams/address.ts";
import { checkBacklog, checkCertificate, checkLimit, checkPort } from "../streams/check.ts";
import { errorOf } from "../streams/os_error.ts";
import { waitForHost } from "../streams/wait_for_host.ts";
import type { Coroutine } from "../task/generator.ts";
import { GeneratorOperation, type Operation } from "../task/operation.ts";
import type { ConnectionHandler } from "./handler.ts";
import { Server } from "./server.ts";

/** What a TLS server shows its clients. */
export interface ServerTlsOptions {
  /** Its certificate, and those that lead to an authority, in PEM. */
  cert: string;
  /** The certificate's private key, in PEM. */
  key: string;
  /** Protocols that it speaks, the preferred one first. */
  alpnProtocols?: string[];
}

/** How a Unix server is started. */
export interface StartUnixServerOptions {
  /** The limit of the connections' readers in bytes; 65,536 without it. */
  limit?: number;
  /** How many connections may wait to be accepted; the host's own number without it. */
  backlog?: number;
}

/** How a server is started. */
export interface StartServerOptions extends StartUnixServerOptions {
  /** What makes it a TLS server. */
  tls?: ServerTlsOptions;
  /** Whether other processes may listen on the same port, and share its clients. */
  reusePort?: boolean;
}

/**
 * Listens for connections, each of which a task serves. CPython's `asyncio.start_server`.
 *
 * However a handler ends, its connection is closed then, after what was written is sent; after a cancel,
 * at once. What it throws is reported to the loop's exception handler.
 *
 * @param handler Is called with a reader and a writer for each connection, in a copy of the context in
 * which the server was started.
 * @param hostname A name or an address to listen at; `null` for all that the machine has.
 * @param port The port; 0 for any that is free.
 * @param options See {@linkcode StartServerOptions}.
 * @returns An operation of a server that listens.
 * @throws {TypeError | RangeError} When an argument is of another kind.
 * @throws {OSError} When awaited: `EADDRINUSE`, `EACCES` and the like; `EPROTO` for a bad certificate.
 * @throws {InvalidStateError} Where the host has no sockets, as in browsers.
 *
 * @example
 * ```ts
 * const server = yield* startServer(
 *   function* (reader, writer) {
 *     writer.write(yield* reader.readline());
 *   },
 *   "127.0.0.1",
 *   7000,
 * );
 * yield* server.serveForever();
 * ```
 */
export function startServer(
  handler: ConnectionHandler,
  hostname: string | null,
  port: number,
  options: StartServerOptions = {},
): Operation<Server> {
  checkFunction(handler, "handler");
  if (hostname !== null) checkNonEmptyText(hostname, "hostname");
  const at = { hostname, port: checkPort(port, 0) };
  checkOptions(options);
  const { backlog, reusePort = false, tls } = options;
  const limit = checkLimit(options.limit);
  const listenOptions = {
    backlog: checkBacklog(backlog),
    reusePort: checkFlag(reusePort, "reusePort"),
    tls: checkTls(tls),
  };
  const host = sockets();
  return new GeneratorOperation(function startServer() {
    return start(host, handler, at, listenOptions, limit);
  }, []);
}

/**
 * Listens at a Unix socket. CPython's `asyncio.start_unix_server`.
 *
 * @param handler As that of {@linkcode startServer}.
 * @param path The socket's path, which must not exist, and is removed when the server is closed.
 * @param options See {@linkcode StartUnixServerOptions}.
 * @returns An operation of a server that listens.
 * @throws {TypeError | RangeError} When an argument is of another kind.
 * @throws {OSError} When awaited: `EADDRINUSE`, `ENOENT` and the like.
 * @throws {InvalidStateError} Where the host has no sockets, as in browsers.
 *
 * @example
 * ```ts
 * const server = yield* startUnixServer(handler, "/run/service.sock");
 * ```
 */
export function startUnixServer(
  handler: ConnectionHandler,
  path: string,
  options: StartUnixServerOptions = {},
): Operation<Server> {
  checkFunction(handler, "handler");
  const at = { path: checkNonEmptyText(path, "path") };
  checkOptions(options);
  const limit = checkLimit(options.limit);
  const listenOptions = { backlog: checkBacklog(options.backlog), reusePort: false, tls: null };
  const host = sockets();
  return new GeneratorOperation(function startUnixServer() {
    return start(host, handler, at, listenOptions, limit);
  }, []);
}

function* start(
  host: Sockets,
  handler: ConnectionHandler,
  at: Place,
  options: ListenOptions,
  limit: number,
): Coroutine<Server> {
  const server = new Server(current.kernel!, handler, limit, host);
  const name = nameOf(at);
  try {
    const listener = yield* waitForHost<Listener>(
      `a server at ${name}`,
      (done, failed) => host.listen(at, options, server["_events"], done, failed),
      (listener) => listener.close(() => {}),
    );
    server["_listen"](listener);
  } catch (error) {
    throw showWaiters(errorOf(host, error, `Cannot listen at ${name}`));
  }
  return server;
}

function checkTls(tls: unknown): TlsServerOptions | null {
  if (tls === undefined) return null;
  const certificate = checkCertificate(tls);
  const { alpnProtocols = [] } = tls as ServerTlsOptions;
  return {
    ...certificate,
    alpnProtocols: checkStrings(alpnProtocols, "tls.alpnProtocols", checkNonEmptyText),
  };
}
