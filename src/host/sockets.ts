/**
 * What a host must give for connections and servers, and which host gives it.
 *
 * @module
 */
import { InvalidStateError } from "../errors.ts";
import type { ByteChannel } from "./bytes.ts";
import { denoSockets } from "./deno/sockets.ts";
import { nodeSockets } from "./node/sockets.ts";

/** Where a socket is: a name or number and a port, or the path of a Unix socket. */
export type Address = { hostname: string; port: number } | { path: string };

/** Where to listen: an address, or at a port of all interfaces, which is `null`. */
export type Place = { hostname: string | null; port: number } | { path: string };

/** A connection that is open. */
export interface Socket extends ByteChannel {
  /** Its own end. */
  readonly sockname: Address;
  /** The other end. */
  readonly peername: Address;
}

/** A socket that listens. */
export interface Listener {
  /** Where it listens. */
  readonly sockname: Address;
  /**
   * Accepts no more.
   *
   * @param done Is called when the port is free.
   */
  close(done: () => void): void;
}

/** What whoever listens is told. */
export interface ListenerEvents {
  /** A client has connected; over TLS, and shaken hands. */
  onSocket(socket: Socket): void;
  /** A client could not be accepted; the listener goes on. */
  onFailure(error: unknown): void;
}

/** How to connect over TLS. */
export interface TlsClientOptions {
  /** The name to verify. */
  hostname: string;
  /** Certificates of authorities to trust besides, in PEM. */
  caCerts: string[];
  /** Protocols to offer, the preferred one first. */
  alpnProtocols: string[];
}

/** How to listen over TLS. */
export interface TlsServerOptions {
  /** The certificate chain, in PEM. */
  cert: string;
  /** Its private key, in PEM. */
  key: string;
  /** Protocols to accept, the preferred one first. */
  alpnProtocols: string[];
}

/** How to listen. */
export interface ListenOptions {
  /** How many connections may wait to be accepted; `null` for the host's own number. */
  backlog: number | null;
  /** Whether others may listen on the same port. */
  reusePort: boolean;
  /** `null` for a bare connection. */
  tls: TlsServerOptions | null;
}

/** What a host must give for connections and servers. */
export interface Sockets {
  /**
   * Connects.
   *
   * @param to Where to.
   * @param tls `null` for a bare connection.
   * @param done Is called with the connection.
   * @param failed Is called with the host's error.
   * @returns Calls it off; a socket that is delivered all the same is closed.
   */
  connect(
    to: Address,
    tls: TlsClientOptions | null,
    done: (socket: Socket) => void,
    failed: (error: unknown) => void,
  ): () => void;
  /**
   * Listens.
   *
   * @param at Where.
   * @param options How.
   * @param events Are told of clients.
   * @param done Is called with the listener.
   * @param failed Is called with the host's error.
   */
  listen(
    at: Place,
    options: ListenOptions,
    events: ListenerEvents,
    done: (listener: Listener) => void,
    failed: (error: unknown) => void,
  ): void;
  /** The errno's name of an error of these; `null` where it isn't the operating system's. */
  codeOf(error: unknown): string | null;
}

/**
 * The sockets of the host that runs this.
 *
 * @throws {InvalidStateError} Where there are none, as in browsers.
 */
export function sockets(): Sockets {
  const found = denoSockets() ?? nodeSockets();
  if (found === null) {
    throw new InvalidStateError("Cannot connect or listen: this host has no sockets");
  }
  return found;
}
