/**
 * Peers for the tests of WebSockets: servers of the host's, and connections that speak the protocol by
 * hand, to break its rules.
 *
 * @module
 */

import { createHash } from "node:crypto";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A server of a test. */
export interface SocketServer extends AsyncDisposable {
  readonly url: string;
}

/** Upgrades each request, by the host's own means. */
export function serveSockets(
  onSocket: (socket: WebSocket, request: Request) => void,
  options?: Deno.UpgradeWebSocketOptions,
): SocketServer {
  const controller = new AbortController();
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, signal: controller.signal, onListen() {} },
    (request) => {
      const { socket, response } = Deno.upgradeWebSocket(request, options);
      socket.binaryType = "arraybuffer";
      onSocket(socket, request);
      return response;
    },
  );
  return {
    url: `ws://127.0.0.1:${server.addr.port}/`,
    async [Symbol.asyncDispose]() {
      controller.abort();
      await server.finished;
    },
  };
}

/** A frame of the protocol. */
export interface Frame {
  readonly opcode: number;
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** The kinds of frames. */
export const Opcode = { TEXT: 1, BINARY: 2, CLOSE: 8, PING: 9, PONG: 10 } as const;

/** A connection after its handshake, of which a test sends and reads the frames. */
export class RawSocket implements Disposable {
  readonly connection: Deno.Conn;
  readonly #masked: boolean;
  #received = new Uint8Array(0);

  private constructor(connection: Deno.Conn, masked: boolean) {
    this.connection = connection;
    this.#masked = masked;
  }

  /** Connects to a server, which must upgrade. */
  static async connect(url: string): Promise<RawSocket> {
    const { hostname, port } = new URL(url);
    const socket = new RawSocket(await Deno.connect({ hostname, port: Number(port) }), true);
    const head = [
      "GET / HTTP/1.1",
      `Host: ${hostname}`,
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ];
    await socket.write(encoder.encode(`${head.join("\r\n")}\r\n\r\n`));
    await socket.#head();
    return socket;
  }

  /** Answers a client's handshake. */
  static async accept(connection: Deno.Conn): Promise<RawSocket> {
    const socket = new RawSocket(connection, false);
    const [, key] = /^sec-websocket-key: (.*)\r$/im.exec(await socket.#head())!;
    const answer = createHash("sha1").update(key + GUID).digest("base64");
    const head = [
      "HTTP/1.1 101 Switching Protocols",
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Accept: ${answer}`,
    ];
    await socket.write(encoder.encode(`${head.join("\r\n")}\r\n\r\n`));
    return socket;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.connection.write(bytes.subarray(at));
  }

  async send(opcode: number, payload: Uint8Array | string = ""): Promise<void> {
    const bytes = typeof payload === "string" ? encoder.encode(payload) : payload;
    if (bytes.length > 125) throw new RangeError("Too long for a frame of a test");
    // A mask of zeros changes nothing.
    const mask = this.#masked ? [0, 0, 0, 0] : [];
    const length = bytes.length | (this.#masked ? 0x80 : 0);
    await this.write(new Uint8Array([0x80 | opcode, length, ...mask, ...bytes]));
  }

  /** The next frame; null at the end of the connection. */
  async receive(): Promise<Frame | null> {
    const head = await this.#take(2);
    if (head === null) return null;
    const length = head[1] & 0x7f;
    if (length > 125) throw new RangeError("Too long for a frame of a test");
    const mask = head[1] & 0x80 ? (await this.#take(4))! : new Uint8Array(4);
    const payload = (await this.#take(length))!.map((byte, i) => byte ^ mask[i % 4]);
    return { opcode: head[0] & 0x0f, payload };
  }

  /** The code of the next frame, which must close. */
  async receiveClose(): Promise<number | null> {
    const frame = await this.receive();
    if (frame?.opcode !== Opcode.CLOSE) throw new Error(`Expected a close, got ${frame?.opcode}`);
    const { payload } = frame;
    return payload.length === 0 ? null : payload[0] << 8 | payload[1];
  }

  [Symbol.dispose](): void {
    this.connection.close();
  }

  async #head(): Promise<string> {
    let head = "";
    while (!head.endsWith("\r\n\r\n")) head += decoder.decode((await this.#take(1))!);
    return head;
  }

  async #take(count: number): Promise<Uint8Array<ArrayBuffer> | null> {
    while (this.#received.length < count) {
      const buffer = new Uint8Array(4096);
      const read = await this.connection.read(buffer).catch(() => null);
      if (read === null) return null;
      this.#received = new Uint8Array([...this.#received, ...buffer.subarray(0, read)]);
    }
    const taken = this.#received.slice(0, count);
    this.#received = this.#received.slice(count);
    return taken;
  }
}

/** A server for one client, whose side of the conversation a test writes by hand. */
export function serveRaw(converse: (socket: RawSocket) => Promise<void>): SocketServer {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served = (async () => {
    using connection = await listener.accept();
    await converse(await RawSocket.accept(connection));
  })();
  return {
    url: `ws://127.0.0.1:${listener.addr.port}/`,
    async [Symbol.asyncDispose]() {
      listener.close();
      await served;
    },
  };
}

/** The payload of a frame that closes. */
export function closePayload(code: number, reason = ""): Uint8Array {
  return new Uint8Array([code >> 8, code & 0xff, ...encoder.encode(reason)]);
}
