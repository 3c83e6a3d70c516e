/**
 * Writing to a stream.
 *
 * @module
 */
import { describe } from "../check.ts";
import type { Address } from "../host/sockets.ts";
import { makeDisposable } from "../portable.ts";
import { Printable } from "../printing.ts";
import type { Operation } from "../task/operation.ts";
import type { Connection } from "./connection.ts";
import { toBytes } from "./reader.ts";

/**
 * Bytes that leave. Writing never waits; {@linkcode StreamWriter.drain} does, and so keeps a program
 * from writing faster than the other side reads. CPython's `asyncio.StreamWriter`.
 *
 * @example
 * ```ts
 * const [reader, writer] = yield* openConnection("127.0.0.1", 7000);
 * writer.write("hello\n");
 * yield* writer.drain();
 * writer.close();
 * yield* writer.waitClosed();
 * ```
 */
export class StreamWriter extends Printable implements AsyncDisposable {
  /** For `await using`: closes it, and waits until it is gone. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;
  private readonly _connection: Connection;

  /** @internal Use `openConnection` or a server. */
  constructor(connection: Connection) {
    super();
    this._connection = connection;
    makeDisposable(StreamWriter.prototype, "asyncDispose", StreamWriter.prototype._dispose);
  }

  /** The other end; `null` for pipes. */
  get peername(): Address | null {
    return this._connection.peername;
  }

  /** This end; `null` for pipes. */
  get sockname(): Address | null {
    return this._connection.sockname;
  }

  /**
   * Sends bytes, or keeps a copy until they can be sent. After the other side broke the connection this
   * does nothing, and {@linkcode drain} tells.
   *
   * @param data Bytes, or text that is sent as UTF-8.
   * @throws {TypeError} When it is neither.
   * @throws {InvalidStateError} After {@linkcode close}, {@linkcode abort} or {@linkcode writeEof}.
   */
  write(data: Uint8Array | string): void {
    this._connection._write(toBytes(data));
  }

  /**
   * Writes several, one after the other.
   *
   * @param list What to write.
   * @throws {TypeError} When one is neither bytes nor text; then none is written.
   * @throws {InvalidStateError} As {@linkcode write}.
   */
  writelines(list: Iterable<Uint8Array | string>): void {
    const isList = typeof list === "object" && list !== null && Symbol.iterator in list;
    if (!isList || list instanceof Uint8Array) {
      throw new TypeError(`list must be an iterable of bytes or strings, got ${describe(list)}`);
    }
    for (const data of Array.from(list, toBytes)) this._connection._write(data);
  }

  /**
   * Waits while more than 65,536 bytes are unsent, until there are no more than 16,384. Any number of
   * tasks may wait. It gives up no turn when it needn't wait.
   *
   * @returns An operation without a result.
   * @throws {OSError} When awaited, if the connection broke; `ECONNABORTED` after {@linkcode abort}.
   */
  drain(): Operation<void> {
    return this._connection._drainers.wait();
  }

  /** Whether {@linkcode writeEof} can be called. */
  canWriteEof(): boolean {
    return true;
  }

  /**
   * Ends this direction, after what is to be sent; the other one goes on, on both sides. Doing so again
   * changes nothing.
   */
  writeEof(): void {
    this._connection._writeEof();
  }

  /** Sends what is left, which may take any time, and then closes the connection. */
  close(): void {
    this._connection.close();
  }

  /** Closes the connection at once, without sending what is left. */
  abort(): void {
    this._connection.abort();
  }

  /** Whether the connection is closed, or about to be. */
  isClosing(): boolean {
    return this._connection.isClosing;
  }

  /**
   * Waits until the connection is gone. Any number of tasks may wait.
   *
   * @returns An operation without a result.
   * @throws {OSError} When awaited, if the connection broke before everything was delivered, or a read
   * has seen that it broke.
   */
  waitClosed(): Operation<void> {
    return this._connection._closers.wait();
  }

  /** Its kind and state, in a line. */
  override toString(): string {
    const { what, isClosed, isClosing } = this._connection;
    return `StreamWriter to ${what} ${isClosed ? "closed" : isClosing ? "closing" : "open"}`;
  }

  /** What `await using` calls. */
  private _dispose(): Promise<void> {
    this.close();
    return this.waitClosed().then();
  }
}
