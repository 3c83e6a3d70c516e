/**
 * Connections and servers in Deno, by `Deno.connect` and `Deno.listen`.
 *
 * @module
 */
import { InvalidStateError } from "../../errors.ts";
import type { Bytes, ByteSink, ByteSource } from "../bytes.ts";
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

type DenoAddress =
  | { transport: "tcp"; hostname: string; port: number }
  | { transport: "unix"; path: string | null };

interface DenoConn {
  readonly localAddr: DenoAddress;
  readonly remoteAddr: DenoAddress;
  read(buffer: Bytes): Promise<number | null>;
  write(data: Bytes): Promise<number>;
  closeWrite(): Promise<void>;
  close(): void;
  /** Only TCP's have it. */
  setNoDelay?(): void;
  /** Only those of TLS have it. */
  handshake?(): Promise<unknown>;
}

interface DenoListener {
  readonly addr: DenoAddress;
  accept(): Promise<DenoConn>;
  close(): void;
}

interface DenoHost {
  connect(options: object): Promise<DenoConn>;
  startTls(conn: DenoConn, options: object): Promise<DenoConn>;
  listen(options: object): DenoListener;
  listenTls(options: object): DenoListener;
  /** Is there with `--unstable-net`. */
  listenDatagram?: unknown;
}

/** How long to wait after an accept that failed, which it does for want of file descriptors: asyncio's. */
const ACCEPT_RETRY_DELAY = 1000;

/** Accepting fails so where a client has left before; Deno asks who it is, which is then too late. */
const LEFT_EARLY = ["ECONNABORTED", "ENOTCONN"];

/** How long a client may take to shake hands: asyncio's. */
const HANDSHAKE_TIMEOUT = 60_000;

/** Deno's sockets; `null` elsewhere. */
export function denoSockets(): Sockets | null {
  const { Deno } = globalThis as { Deno?: DenoHost };
  if (typeof Deno?.connect !== "function") return null;
  return {
    connect: (to, tls, done, failed) => connect(Deno, to, tls, done, failed),
    listen(at, options, events, done, failed) {
      let listener: DenoListener;
      try {
        listener = listen(Deno, at, options);
      } catch (error) {
        queueMicrotask(() => failed(error));
        return;
      }
      const accepting = new Acceptor(listener, events);
      queueMicrotask(() => done(accepting));
    },
    codeOf,
  };
}

function connect(
  Deno: DenoHost,
  to: Address,
  tls: TlsClientOptions | null,
  done: (socket: Socket) => void,
  failed: (error: unknown) => void,
): () => void {
  const controller = new AbortController();
  const { signal } = controller;
  let open: DenoConn | null = null;
  const connected = async () => {
    open = await Deno.connect("path" in to ? { transport: "unix", ...to } : { ...to, signal });
    if (signal.aborted) return open.close();
    open.setNoDelay?.();
    if (tls !== null) {
      // Whoever called it off while this was under way has closed what there was.
      open = await Deno.startTls(open, {
        hostname: tls.hostname,
        caCerts: tls.caCerts,
        ...tls.alpnProtocols.length > 0 && { alpnProtocols: tls.alpnProtocols },
      });
      if (signal.aborted) return open.close();
      await open.handshake!();
    }
    if (!signal.aborted) done(new DenoSocket(open));
  };
  connected().catch((error) => {
    // A handshake that failed leaves its socket open.
    close(open);
    if (!signal.aborted) failed(error);
  });
  return () => {
    controller.abort();
    close(open);
  };
}

function listen(
  Deno: DenoHost,
  at: Place,
  { backlog, reusePort, tls }: ListenOptions,
): DenoListener {
  if ("path" in at) return Deno.listen({ transport: "unix", path: at.path });
  const { hostname, port } = at;
  if (reusePort && Deno.listenDatagram === undefined) {
    // Deno itself would end the process.
    throw new InvalidStateError("Cannot listen: reusePort needs Deno's flag --unstable-net");
  }
  const options = { port, reusePort, ...backlog !== null && { tcpBacklog: backlog } };
  const listenAt = (hostname: string) => {
    if (tls === null) return Deno.listen({ ...options, hostname });
    const { cert, key, alpnProtocols } = tls;
    const alpn = alpnProtocols.length > 0 && { alpnProtocols };
    return Deno.listenTls({ ...options, hostname, cert, key, ...alpn });
  };
  if (hostname !== null) return listenAt(hostname);
  try {
    return listenAt("::"); // Has those of IPv4 as well, where the system has not been told otherwise.
  } catch (error) {
    // There is no IPv6, or only IPv4 is permitted.
    const hasNone = ["EAFNOSUPPORT", "EADDRNOTAVAIL"].includes(codeOf(error)!);
    if (!hasNone && (error as Error).name !== "NotCapable") throw error;
    return listenAt("0.0.0.0");
  }
}

/** A listener, and the loop that accepts what comes. */
class Acceptor implements Listener {
  readonly sockname: Address;
  readonly #listener: DenoListener;
  readonly #events: ListenerEvents;
  /** Those that shake hands, with what ends those that take too long. */
  readonly #handshakes = new Map<DenoConn, ReturnType<typeof setTimeout>>();
  #isClosed = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #onGone: (() => void) | null = null;

  constructor(listener: DenoListener, events: ListenerEvents) {
    this.#listener = listener;
    this.#events = events;
    this.sockname = addressOf(listener.addr);
    this.#accept();
  }

  close(done: () => void): void {
    this.#isClosed = true;
    for (const conn of this.#handshakes.keys()) this.#drop(conn);
    this.#listener.close();
    if (this.#retry === undefined) this.#onGone = done;
    else {
      clearTimeout(this.#retry);
      queueMicrotask(done);
    }
  }

  #accept(): void {
    this.#retry = undefined;
    this.#listener.accept().then((conn) => {
      if (this.#isClosed) close(conn);
      else this.#accepted(conn);
      this.#accept();
    }, (error) => {
      // Deno goes on accepting until this has come.
      if (this.#isClosed) return this.#onGone?.();
      if (LEFT_EARLY.includes(codeOf(error)!)) return this.#accept();
      this.#retry = setTimeout(() => this.#accept(), ACCEPT_RETRY_DELAY);
      this.#events.onFailure(error);
    });
  }

  #accepted(conn: DenoConn): void {
    if (conn.handshake === undefined) return this.#deliver(conn);
    const timer = setTimeout(() => this.#drop(conn), HANDSHAKE_TIMEOUT);
    this.#handshakes.set(conn, timer);
    conn.handshake().then(() => {
      if (!this.#handshakes.delete(conn)) return;
      clearTimeout(timer);
      this.#deliver(conn);
      // Theirs alone: who breaks it off, or speaks no TLS, was never a client.
    }, () => this.#drop(conn));
  }

  #deliver(conn: DenoConn): void {
    try {
      conn.setNoDelay?.();
    } catch { /* It was reset already, as a read will tell. */ }
    // Those of TLS have no setNoDelay().
    this.#events.onSocket(new DenoSocket(conn, conn.handshake !== undefined));
  }

  #drop(conn: DenoConn): void {
    clearTimeout(this.#handshakes.get(conn));
    if (this.#handshakes.delete(conn)) close(conn);
  }
}

/** A connection that is open: its own source and sink, since thousands of them do nothing. */
class DenoSocket implements Socket, ByteSource, ByteSink {
  readonly holdsBack: boolean;
  readonly #conn: DenoConn;
  #isClosed = false;

  constructor(conn: DenoConn, holdsBack = false) {
    this.#conn = conn;
    this.holdsBack = holdsBack;
  }

  get source(): ByteSource {
    return this;
  }

  get sink(): ByteSink {
    return this;
  }

  get sockname(): Address {
    return addressOf(this.#conn.localAddr);
  }

  get peername(): Address {
    return addressOf(this.#conn.remoteAddr);
  }

  read(
    buffer: Bytes,
    done: (count: number | null) => void,
    failed: (error: unknown) => void,
  ): void {
    this.#conn.read(buffer).then(done, failed);
  }

  write(data: Bytes, done: (count: number) => void, failed: (error: unknown) => void): void {
    this.#conn.write(data).then(done, failed);
  }

  end(done: () => void, failed: (error: unknown) => void): void {
    this.#conn.closeWrite().then(done, failed);
  }

  close(): void {
    // A second time it would throw.
    if (!this.#isClosed) this.#conn.close();
    this.#isClosed = true;
  }

  codeOf(error: unknown): string | null {
    return codeOf(error);
  }
}

/** Closes what may be closed already, or part of another one. */
function close(conn: DenoConn | null): void {
  try {
    conn?.close();
  } catch { /* It is. */ }
}

function addressOf(address: DenoAddress): Address {
  // The other end of a Unix socket mostly has no path.
  if (address.transport === "unix") return { path: address.path ?? "" };
  const { hostname, port } = address;
  // Who comes by IPv4 to a socket for both.
  return { hostname: hostname.replace(/^::ffff:(?=[\d.]+$)/, ""), port };
}

/** The errno's name of an error of Deno's sockets. */
function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code, name, message } = error as Error & { code?: unknown };
  if (typeof code === "string") return code;
  // A peer that has gone without the goodbye that TLS has for it.
  if (name === "UnexpectedEof") return "ECONNRESET";
  if (name === "InvalidData") return "EPROTO";
  // A name that no certificate can have.
  if (/^Invalid hostname/.test(message)) return "EPROTO";
  // No such name, or one that can't be one.
  if (/^failed to lookup address/.test(message) || name === "URIError") return "ENOTFOUND";
  // A certificate and a key that are none, or don't belong together.
  return /certificate|keys? /.test(message) && name === "Error" ? "EPROTO" : null;
}
