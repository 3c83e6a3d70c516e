/**
 * Connections and servers in Node, by node:net and node:tls.
 *
 * @module
 */
import { InvalidStateError } from "../../errors.ts";
import type {
  Address,
  Listener,
  ListenerEvents,
  ListenOptions,
  Place,
  Socket,
  Sockets,
  TlsClientOptions,
} from "../sockets.ts";
import { builtin, isNode, nodeVersion } from "./builtin.ts";
import { NodeChannel, NodeSink, NodeSource } from "./channel.ts";
import { codeOf } from "./codes.ts";
import type { Duplex, FsModule, NetModule, NetServer, NetSocket } from "./modules.ts";
import { acceptTls, connectTls, serverContext, type TlsStream } from "./tls.ts";

/** What every socket has: ends that come one by one, and no waiting for more to send. */
const OPTIONS = { allowHalfOpen: true, noDelay: true };

/**
 * Node's sockets; `null` in other hosts.
 *
 * @throws {InvalidStateError} Where Node is too old.
 */
export function nodeSockets(): Sockets | null {
  if (!isNode()) return null;
  const net = builtin<NetModule>("node:net");
  return {
    connect: (to, tls, done, failed) => connect(net, to, tls, done, failed),
    listen: (at, options, events, done, failed) => {
      try {
        listen(net, at, options, events, done, failed);
      } catch (error) {
        // What Node refuses at once, such as a certificate that is none.
        queueMicrotask(() => failed(error));
      }
    },
    codeOf,
  };
}

function connect(
  net: NetModule,
  to: Address,
  tls: TlsClientOptions | null,
  done: (socket: Socket) => void,
  failed: (error: unknown) => void,
): () => void {
  const where = "path" in to ? to : { host: to.hostname, port: to.port };
  const socket = net.connect({ ...where, ...OPTIONS });
  let callOff = () => {
    socket.destroy();
  };
  let over = false;
  const fail = (error: unknown) => {
    if (over) return;
    over = true;
    failed(error);
  };
  const succeed = (stream: Duplex, tls: TlsStream | null) => {
    if (over) return;
    over = true;
    const ends = "path" in to
      ? { sockname: { path: "" }, peername: to }
      : { sockname: ownEnd(socket), peername: otherEnd(socket) };
    done(new NodeSocket(socket, stream, tls, ends));
  };
  socket.once("error", fail);
  socket.once("connect", () => {
    if (over) return;
    if (tls === null) succeed(socket, null);
    else callOff = connectTls(socket, tls, (tls) => succeed(tls.stream, tls), fail);
  });
  return () => {
    over = true;
    // Before there is a connection, the error of one that is destroyed would have no listener.
    socket.on("error", () => {});
    callOff();
  };
}

function listen(
  net: NetModule,
  at: Place,
  options: ListenOptions,
  events: ListenerEvents,
  done: (listener: Listener) => void,
  failed: (error: unknown) => void,
): void {
  const context = options.tls && serverContext(options.tls);
  /** Calls off the handshakes that are under way. */
  const handshakes = new Set<() => void>();
  const server = net.createServer(OPTIONS, (socket) => {
    const ends = "path" in at
      ? { sockname: at, peername: { path: "" } }
      : { sockname: ownEnd(socket), peername: otherEnd(socket) };
    if (context === null) {
      events.onSocket(new NodeSocket(socket, socket, null, ends));
      return;
    }
    const callOff = acceptTls(socket, context, (tls) => {
      handshakes.delete(callOff);
      events.onSocket(new NodeSocket(socket, tls.stream, tls, ends));
    }, () => {
      // Theirs alone: whoever breaks it off, or speaks no TLS, was never a client.
      handshakes.delete(callOff);
    });
    handshakes.add(callOff);
  });
  server.once("error", (error: Error) => failed("path" in at ? missing(at.path, error) : error));
  server.once("listening", () => {
    server.on("error", (error: Error) => events.onFailure(error));
    done({
      sockname: addressOf(server),
      close(done) {
        // Node would tell when the last connection has ended; but the port is free at once.
        server.close();
        for (const callOff of handshakes) callOff();
        handshakes.clear();
        queueMicrotask(done);
      },
    });
  });
  server.listen({
    ...("path" in at ? at : { host: at.hostname ?? undefined, port: at.port }),
    ...options.backlog !== null && { backlog: options.backlog },
    ...options.reusePort && reusePort(),
  });
}

/** The error of a path whose directory isn't there: Node calls that EACCES, on every system. */
function missing(path: string, error: Error): Error {
  if ((error as { code?: unknown }).code !== "EACCES") return error;
  const directory = path.slice(0, path.lastIndexOf("/") + 1) || ".";
  if (builtin<FsModule>("node:fs").existsSync(directory)) return error;
  const message = `no such directory ${directory}`;
  return Object.assign(new Error(message, { cause: error }), { code: "ENOENT" });
}

/** Has others listen on the same port: older Nodes would take no notice. */
function reusePort(): { reusePort: true } {
  const [major, minor] = nodeVersion() ?? [Infinity, 0];
  const isKnown = major === 22 ? minor >= 12 : major === 23 ? minor >= 1 : major > 23;
  if (!isKnown) {
    throw new InvalidStateError(
      `reusePort needs Node 23.1 or later, in its line 22 22.12, got ${major}.${minor}`,
    );
  }
  return { reusePort: true };
}

function addressOf(server: NetServer): Address {
  const address = server.address()!;
  return typeof address === "string"
    ? { path: address }
    : { hostname: address.address, port: address.port };
}

/** Both ends of a connection. */
interface Ends {
  sockname: Address;
  peername: Address;
}

// Of a socket that was reset already, Node knows neither.

function ownEnd({ localAddress = "", localPort = 0 }: NetSocket): Address {
  return { hostname: plain(localAddress), port: localPort };
}

function otherEnd({ remoteAddress = "", remotePort = 0 }: NetSocket): Address {
  return { hostname: plain(remoteAddress), port: remotePort };
}

/** An address of IPv4 as such, also of who comes by it to a socket for both. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=[\d.]+$)/, "");
}

/** A connection that is open. */
class NodeSocket extends NodeChannel implements Socket {
  readonly sockname: Address;
  readonly peername: Address;

  /** @param stream What is read and written: the socket itself, or TLS over it. */
  constructor(socket: NetSocket, stream: Duplex, tls: TlsStream | null, ends: Ends) {
    super(
      new NodeSource(stream, tls?.isTruncated),
      new NodeSink(stream),
      () => tls === null ? socket.destroy() : tls.close(),
    );
    this.sockname = ends.sockname;
    this.peername = ends.peername;
  }
}
