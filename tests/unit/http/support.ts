/**
 * What the tests of the server share: programs around a server, and a client that does what a decent one
 * never would.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type Handler, type HttpServer, serve, type ServeOptions } from "../../../http.ts";
import { type Coroutine, type ExceptionContext, run, until } from "../../../mod.ts";

/** What a test of a server is given. */
export interface Serving {
  server: HttpServer;
  port: number;
  /** Connects, and closes the connection when the test is over. */
  connect(): Coroutine<Client>;
  /** What was reported so far; taken out, it isn't held against the test. */
  reports: ExceptionContext[];
}

/** Runs a program around a server that is shut down in the end. What is reported, and not taken, fails it. */
export async function serving(
  handler: Handler,
  body: (serving: Serving) => Coroutine<void>,
  options: ServeOptions = {},
): Promise<void> {
  const reports: ExceptionContext[] = [];
  const clients: Client[] = [];
  await run(function* () {
    const server = yield* serve(handler, { port: 0, ...options });
    const { sockname } = server;
    const port = "port" in sockname ? sockname.port : 0;
    function* connect() {
      const client = yield* until(Client.connect(port));
      clients.push(client);
      return client;
    }
    try {
      yield* body({ server, port, connect, reports });
    } finally {
      for (const client of clients) client.close();
      yield* server.shutdown(0);
    }
  }, { exceptionHandler: (context) => reports.push(context) });
  assertEquals(reports.map(({ message, exception }) => `${message}: ${exception}`), []);
}

/** A response, as it has come over the wire. */
export interface Answer {
  status: number;
  head: string;
  body: string;
  /** Whether the body ended as its head said it would. */
  isWhole: boolean;
}

/** A connection on which anything may be sent. */
export class Client {
  readonly #conn: Deno.TcpConn;
  #text = "";
  readonly #decoder = new TextDecoder();
  readonly #buffer = new Uint8Array(65_536);
  #isOpen = true;
  #hasEnded = false;

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  static async connect(port: number): Promise<Client> {
    return new Client(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Sends text as it is. */
  async send(text: string): Promise<void> {
    await this.#conn.write(new TextEncoder().encode(text));
  }

  /** Sends a request for a path. */
  get(path: string): Promise<void> {
    return this.send(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  }

  /** Sends a request, and waits for the answer. */
  async ask(path: string): Promise<Answer> {
    await this.get(path);
    return await this.answer();
  }

  /** Reads until there is some text; false when the connection ends before. */
  async has(text: string): Promise<boolean> {
    while (!this.#text.includes(text)) if (!await this.#read()) return false;
    return true;
  }

  /** Reads one response. */
  async answer(): Promise<Answer> {
    if (!await this.has("\r\n\r\n")) throw new Error(`no head in ${JSON.stringify(this.#text)}`);
    const at = this.#text.indexOf("\r\n\r\n") + 4;
    const head = this.#text.slice(0, at);
    this.#text = this.#text.slice(at);
    const status = Number(head.split(" ")[1]);
    const length = /content-length: (\d+)/i.exec(head);
    if (length !== null) {
      const size = Number(length[1]);
      while (this.#text.length < size) if (!await this.#read()) break;
      const body = this.#take(size);
      return { status, head, body, isWhole: body.length === size };
    }
    let body = "";
    for (;;) {
      if (!await this.has("\r\n")) return { status, head, body, isWhole: false };
      const size = parseInt(this.#take(this.#text.indexOf("\r\n") + 2), 16);
      while (this.#text.length < size + 2) {
        if (!await this.#read()) return { status, head, body, isWhole: false };
      }
      body += this.#take(size + 2).slice(0, size);
      if (size === 0) return { status, head, body, isWhole: true };
    }
  }

  /** Waits until the other side has ended the connection; what comes until then is thrown away. */
  async ended(): Promise<void> {
    while (await this.#read()) this.#text = "";
  }

  /** Ends this direction. */
  closeWrite(): Promise<void> {
    return this.#conn.closeWrite();
  }

  close(): void {
    if (this.#isOpen) this.#conn.close();
    this.#isOpen = false;
  }

  #take(count: number): string {
    const text = this.#text.slice(0, count);
    this.#text = this.#text.slice(count);
    return text;
  }

  async #read(): Promise<boolean> {
    if (this.#hasEnded) return false;
    const buffer = this.#buffer;
    const count = await this.#conn.read(buffer).catch(() => null);
    if (count === null) {
      this.#hasEnded = true;
      return false;
    }
    this.#text += this.#decoder.decode(buffer.subarray(0, count), { stream: true });
    return true;
  }
}
