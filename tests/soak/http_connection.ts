/**
 * A connection of a client that is master of each byte: as much of HTTP as it takes to tell where an
 * answer ends.
 *
 * @module
 */

/** An answer. */
export interface Answer {
  status: number;
  body: Uint8Array;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const NEWLINE = 10;

/** A connection to a port of this machine. */
export class HttpConnection {
  readonly #conn: Deno.TcpConn;
  #buffer = new Uint8Array(4096);
  #begin = 0;
  #end = 0;

  private constructor(conn: Deno.TcpConn) {
    this.#conn = conn;
  }

  /** Opens one. */
  static async open(port: number): Promise<HttpConnection> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    conn.setNoDelay(true);
    return new HttpConnection(conn);
  }

  /** Sends all of a text. */
  async send(text: string): Promise<void> {
    const bytes = encoder.encode(text);
    for (let sent = 0; sent < bytes.length;) sent += await this.#conn.write(bytes.subarray(sent));
  }

  /** Receives an answer to its end. */
  async response(): Promise<Answer> {
    const status = Number((await this.line()).split(" ")[1]);
    let length = 0;
    let chunked = false;
    for (let line; (line = (await this.line()).toLowerCase()) !== "\r";) {
      if (line.startsWith("content-length:")) length = Number(line.slice(15));
      if (line.startsWith("transfer-encoding: chunked")) chunked = true;
    }
    return { status, body: chunked ? await this.#chunks() : await this.bytes(length) };
  }

  async #chunks(): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    while (true) {
      const length = parseInt(await this.line(), 16);
      const part = await this.bytes(length);
      await this.line();
      if (length === 0) return new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
      parts.push(part);
    }
  }

  /** Receives a line, and takes its end away. */
  async line(): Promise<string> {
    while (true) {
      const end = this.#buffer.subarray(0, this.#end).indexOf(NEWLINE, this.#begin);
      if (end >= 0) {
        const line = decoder.decode(this.#buffer.subarray(this.#begin, end));
        this.#begin = end + 1;
        return line;
      }
      await this.#fill();
    }
  }

  /** Receives so many bytes. */
  async bytes(count: number): Promise<Uint8Array> {
    while (this.#end - this.#begin < count) await this.#fill();
    this.#begin += count;
    return this.#buffer.slice(this.#begin - count, this.#begin);
  }

  async #fill(): Promise<void> {
    const rest = this.#buffer.subarray(this.#begin, this.#end);
    if (this.#begin > 0) {
      this.#buffer.copyWithin(0, this.#begin, this.#end);
    } else if (rest.length === this.#buffer.length) {
      const wider = new Uint8Array(2 * this.#buffer.length);
      wider.set(rest);
      this.#buffer = wider;
    }
    this.#begin = 0;
    this.#end = rest.length;
    const count = await this.#conn.read(this.#buffer.subarray(this.#end));
    if (count === null) throw new Error("The server has closed the connection");
    this.#end += count;
  }

  /** Closes it; that resets it where bytes of the server are unread. */
  close(): void {
    this.#conn.close();
  }
}
