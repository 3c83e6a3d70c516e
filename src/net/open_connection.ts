/**
 * Connecting.
 *
 * @module
 */
import { checkNonEmptyText, checkOptions, checkStrings, describe } from "../check.ts";
import { type Address, type Socket, sockets, type TlsClientOptions } from "../host/sockets.ts";
import { current } from "../kernel/current.ts";
import { showWaiters } from "../kernel/stack.ts";
import { nameOf } from "../streams/address.ts";
import { checkLimit, checkPort } from "../streams/check.ts";
import { Connection } from "../streams/connection.ts";
import { errorOf } from "../streams/os_error.ts";
import type { StreamReader } from "../streams/reader.ts";
import { waitForHost } from "../streams/wait_for_host.ts";
import type { StreamWriter } from "../streams/writer.ts";
import type { Coroutine } from "../task/generator.ts";
import { GeneratorOperation, type Operation } from "../task/operation.ts";

/** How a TLS connection is opened. */
export interface TlsOptions {
  /** The name that the server's certificate must have; without it the one that was connected to. */
  hostname?: string;
  /** Certificates of authorities to trust besides those that the host trusts, in PEM. */
  caCerts?: string[];
  /** Protocols to offer, the preferred one first. */
  alpnProtocols?: string[];
}

/** How a Unix connection is opened. */
export interface OpenUnixConnectionOptions {
  /** The reader's limit in bytes; 65,536 without it. */
  limit?: number;
}

/** How a connection is opened. */
export interface OpenConnectionOptions extends OpenUnixConnectionOptions {
  /** Whether to use TLS, or how. */
  tls?: boolean | TlsOptions;
}

/**
 * Connects to a server. CPython's `asyncio.open_connection`.
 *
 * Cancelling it ends the attempt. The addresses of a name are tried as the host does it.
 *
 * @param hostname A name or an address.
 * @param port The port.
 * @param options See {@linkcode OpenConnectionOptions}.
 * @returns An operation of a reader and a writer.
 * @throws {TypeError | RangeError} When an argument is of another kind.
 * @throws {OSError} When awaited: `ECONNREFUSED`, `ENOTFOUND` and the like; `EPROTO` where TLS fails.
 * @throws {InvalidStateError} Where the host has no sockets, as in browsers.
 *
 * @example
 * ```ts
 * const [reader, writer] = yield* openConnection("example.com", 443, { tls: true });
 * writer.write("HEAD / HTTP/1.1\r\nhost: example.com\r\nconnection: close\r\n\r\n");
 * console.log(new TextDecoder().decode(yield* reader.readline()));
 * writer.close();
 * ```
 */
export function openConnection(
  hostname: string,
  port: number,
  options: OpenConnectionOptions = {},
): Operation<[reader: StreamReader, writer: StreamWriter]> {
  const to = { hostname: checkNonEmptyText(hostname, "hostname"), port: checkPort(port, 1) };
  checkOptions(options);
  const limit = checkLimit(options.limit);
  const tls = checkTls(options.tls, hostname);
  const host = sockets();
  return new GeneratorOperation(function openConnection() {
    return connect(host, to, tls, limit);
  }, []);
}

/**
 * Connects to a Unix socket. CPython's `asyncio.open_unix_connection`.
 *
 * @param path The socket's path.
 * @param options See {@linkcode OpenUnixConnectionOptions}.
 * @returns An operation of a reader and a writer.
 * @throws {TypeError | RangeError} When an argument is of another kind.
 * @throws {OSError} When awaited: `ENOENT`, `ECONNREFUSED` and the like.
 * @throws {InvalidStateError} Where the host has no sockets, as in browsers.
 *
 * @example
 * ```ts
 * const [reader, writer] = yield* openUnixConnection("/run/service.sock");
 * ```
 */
export function openUnixConnection(
  path: string,
  options: OpenUnixConnectionOptions = {},
): Operation<[reader: StreamReader, writer: StreamWriter]> {
  const to = { path: checkNonEmptyText(path, "path") };
  checkOptions(options);
  const limit = checkLimit(options.limit);
  const host = sockets();
  return new GeneratorOperation(function openUnixConnection() {
    return connect(host, to, null, limit);
  }, []);
}

function* connect(
  host: ReturnType<typeof sockets>,
  to: Address,
  tls: TlsClientOptions | null,
  limit: number,
): Coroutine<[StreamReader, StreamWriter]> {
  let socket: Socket;
  try {
    socket = yield* waitForHost<Socket>(
      `a connection to ${nameOf(to)}`,
      (done, failed) => host.connect(to, tls, done, failed),
      (socket) => socket.close(),
    );
  } catch (error) {
    throw showWaiters(errorOf(host, error, `Cannot connect to ${nameOf(to)}`));
  }
  const connection = new Connection(current.kernel!, socket, { limit, socket });
  return [connection.reader, connection.writer];
}

function checkTls(tls: unknown, hostname: string): TlsClientOptions | null {
  if (tls === undefined || tls === false) return null;
  if (tls === true) return { hostname, caCerts: [], alpnProtocols: [] };
  if (typeof tls !== "object" || tls === null || Array.isArray(tls)) {
    throw new TypeError(`tls must be true, false or an object, got ${describe(tls)}`);
  }
  const { hostname: name = hostname, caCerts = [], alpnProtocols = [] } = tls as TlsOptions;
  return {
    hostname: checkNonEmptyText(name, "tls.hostname"),
    caCerts: checkStrings(caCerts, "tls.caCerts", checkNonEmptyText),
    alpnProtocols: checkStrings(alpnProtocols, "tls.alpnProtocols", checkNonEmptyText),
  };
}
