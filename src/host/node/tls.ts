/**
 * TLS in Node, over a socket that is open already.
 *
 * Node tells of the end of a TLS connection in the same way whether the peer has said goodbye, by
 * `close_notify`, or is just gone; and in the latter case what was read may be cut short by whoever
 * stands between. What it does tell is an order: with a goodbye the end comes first, and then the
 * socket's, without one the socket's comes first. So TLS runs over a stream that stands between it and
 * the socket and sees both.
 *
 * @module
 */
import type { TlsClientOptions, TlsServerOptions } from "../sockets.ts";
import { builtin, isBun } from "./builtin.ts";
import { noteHandshakeError } from "./codes.ts";
import type { Duplex, NetModule, NetSocket, StreamModule, TlsModule } from "./modules.ts";

/** How long a client may take to shake hands with a server, in milliseconds: as long as in asyncio. */
const HANDSHAKE_PATIENCE = 60_000;

/** A stream over TLS that has shaken hands. */
export interface TlsStream {
  readonly stream: Duplex;
  /**
   * Whether the peer has not said that it won't send any more.
   *
   * @param hasEnded Whether Node says that this is the end, or the stream was just closed.
   */
  isTruncated(hasEnded: boolean): boolean;
  /** Says goodbye if nothing is being written, and gives everything back to Node, at once. */
  close(): void;
}

/**
 * What a server needs for each connection, made once.
 *
 * @throws Node's error, where the certificate or the key is none.
 */
export function serverContext(options: TlsServerOptions): Record<string, unknown> {
  const { cert, key, alpnProtocols } = options;
  const secureContext = builtin<TlsModule>("node:tls").createSecureContext({ cert, key });
  return {
    secureContext,
    isServer: true,
    ...alpnProtocols.length > 0 && { ALPNProtocols: alpnProtocols },
  };
}

/**
 * Shakes hands with a client.
 *
 * @returns Calls it off.
 */
export function acceptTls(
  socket: NetSocket,
  context: Record<string, unknown>,
  done: (stream: TlsStream) => void,
  failed: (error: unknown) => void,
): () => void {
  const { TLSSocket } = builtin<TlsModule>("node:tls");
  const open = (tap: Duplex) => new TLSSocket(tap, context);
  const handshake = new Handshake(socket, open, "secure", done, failed);
  const timer = setTimeout(() => handshake.callOff(), HANDSHAKE_PATIENCE);
  handshake.onOver = () => clearTimeout(timer);
  return () => handshake.callOff();
}

/**
 * Shakes hands with a server.
 *
 * @returns Calls it off.
 */
export function connectTls(
  socket: NetSocket,
  { hostname, caCerts, alpnProtocols }: TlsClientOptions,
  done: (stream: TlsStream) => void,
  failed: (error: unknown) => void,
): () => void {
  const tls = builtin<TlsModule>("node:tls");
  const open = (tap: Duplex) =>
    tls.connect({
      socket: tap,
      host: hostname,
      // A number is verified, too, but must not be sent as a name.
      servername: builtin<NetModule>("node:net").isIP(hostname) === 0 ? hostname : "",
      // Whatever the environment says.
      rejectUnauthorized: true,
      ...caCerts.length > 0 && { secureContext: trusting(tls, caCerts) },
      ...alpnProtocols.length > 0 && { ALPNProtocols: alpnProtocols },
    });
  const handshake = new Handshake(socket, open, "secureConnect", done, failed);
  return () => handshake.callOff();
}

/** The last one made: reading all authorities takes 7 to 20 ms, which is too long for each connection. */
let made: { caCerts: string; context: object } | null = null;

/** What trusts these authorities and those that Node trusts anyhow: naming some would replace those. */
function trusting(tls: TlsModule, caCerts: string[]): object {
  const text = caCerts.join("\n");
  if (made?.caCerts !== text) {
    const trusted = tls.getCACertificates?.("default") ?? tls.rootCertificates;
    const context = tls.createSecureContext({ ca: [...trusted, ...caCerts] });
    made = { caCerts: text, context };
  }
  return made.context;
}

/** A handshake under way. */
class Handshake {
  /** Is called once, when it is over. */
  onOver: () => void = () => {};
  readonly #socket: NetSocket;
  readonly #done: (stream: TlsStream) => void;
  readonly #failed: (error: unknown) => void;
  #stream: Duplex | null = null;
  #over = false;
  /** Whether the socket had ended before the stream did. */
  #isCut = false;

  constructor(
    socket: NetSocket,
    open: (tap: Duplex) => Duplex,
    success: string,
    done: (stream: TlsStream) => void,
    failed: (error: unknown) => void,
  ) {
    this.#socket = socket;
    this.#done = done;
    this.#failed = failed;
    const fail = (error: unknown) => this.#fail(error);
    socket.on("error", (error: Error) => {
      this.#fail(error);
      // Node doesn't always tell it that a socket under it was reset.
      this.#stream?.destroy(error);
    });
    const tap = tapOf(socket);
    let socketEnded = false;
    // Before it is passed on.
    tap.on("end", () => socketEnded = true);
    tap.on("error", fail);
    try {
      const stream = this.#stream = open(tap);
      const { push } = stream;
      stream.push = (chunk, encoding) => {
        if (chunk === null) this.#isCut = socketEnded;
        return push.call(stream, chunk, encoding);
      };
      stream.on("error", fail);
      stream.on("close", () => fail(brokenOff()));
      stream.once(success, () => this.#succeed(stream));
    } catch (error) {
      // A certificate that is none. Not at once, since whoever calls waits for what is returned.
      queueMicrotask(() => fail(error));
    }
  }

  /** Ends it, and whatever it has led to. */
  callOff(): void {
    this.#finish();
    this.#destroy();
  }

  #succeed(stream: Duplex): void {
    if (!this.#finish()) return;
    this.#done({
      stream,
      isTruncated: (hasEnded) => !hasEnded || this.#isCut,
      close: () => this.#close(),
    });
  }

  #fail(error: unknown): void {
    if (!this.#finish()) return;
    this.#destroy();
    this.#failed(noteHandshakeError(error));
  }

  #finish(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.onOver();
    return true;
  }

  #close(): void {
    const stream = this.#stream!;
    // Behind what the peer doesn't take, a goodbye would never be on its way.
    const canSay = stream.writableLength === 0 && !stream.destroyed;
    // In Node it is on its way when this returns, in Bun some turns later.
    if (canSay && isBun()) stream.end(() => setTimeout(() => this.#destroy()));
    else {
      if (canSay) stream.end();
      this.#destroy();
    }
  }

  #destroy(): void {
    this.#stream?.destroy();
    this.#socket.destroy();
  }
}

/** A stream that hands a socket's bytes on, both ways, and each end for itself. */
function tapOf(socket: NetSocket): Duplex {
  const { Duplex } = builtin<StreamModule>("node:stream");
  const tap = new Duplex({
    allowHalfOpen: true,
    // When both directions have ended, there may be bytes left over it that nobody has asked for yet.
    autoDestroy: false,
    read: () => {
      socket.resume();
    },
    write: (chunk, _encoding, done) => {
      socket.write(chunk, done);
    },
    final: (done) => {
      socket.end(done);
    },
    destroy: (error, done) => {
      socket.destroy();
      done(error);
    },
  });
  socket.on("data", (chunk: Uint8Array) => {
    if (!tap.push(chunk)) socket.pause();
  });
  socket.on("end", () => {
    tap.push(null);
  });
  socket.on("error", (error: Error) => {
    tap.destroy(error);
  });
  socket.on("close", () => {
    if (!socket.readableEnded) tap.destroy();
  });
  return tap;
}

function brokenOff(): Error {
  return Object.assign(new Error("The peer closed the connection amid the TLS handshake"), {
    code: "ECONNRESET",
  });
}
