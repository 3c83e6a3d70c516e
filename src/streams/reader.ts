/**
 * Reading from a stream.
 *
 * @module
 */
import { checkOptions, describe } from "../check.ts";
import { InvalidStateError } from "../errors.ts";
import type { Bytes } from "../host/bytes.ts";
import { Printable } from "../printing.ts";
import { noteSource } from "../sync/queue_iterators.ts";
import type { Operation } from "../task/operation.ts";
import { checkLimit } from "./check.ts";
import { ALL, EXACTLY, LINE, Read, SOME, UNTIL } from "./read.ts";
import { ReceiveBuffer } from "./receive_buffer.ts";
import { NEWLINE, separatorOf } from "./separator.ts";

/** How a reader is made. */
export interface StreamReaderOptions {
  /** How many bytes there may be before a separator; 65,536 without it. */
  limit?: number;
}

/** Where a reader's bytes come from. */
export interface StreamSource {
  /** What it is of, for messages. */
  readonly what: string;
  /** There is room again, or a read waits that wants more. */
  _resume(): void;
}

/**
 * Bytes that arrive, and the ways to read them. One task may read at a time; a read that is cancelled
 * leaves every byte for the next one. CPython's `asyncio.StreamReader`.
 *
 * `openConnection` and the like make readers; one that a program makes is fed by hand. Async functions
 * and {@linkcode iterate} get its lines.
 *
 * @example
 * ```ts
 * const reader = new StreamReader();
 * reader.feedData("one\ntw");
 * reader.feedEof();
 * yield* reader.readline(); // "one\n", as bytes
 * yield* reader.readline(); // "tw"
 * yield* reader.readline(); // nothing: the end
 * ```
 */
export class StreamReader extends Printable implements AsyncIterable<Bytes> {
  private readonly _limit: number;
  private readonly _buffer = new ReceiveBuffer();
  private _ended = false;
  private _exception: unknown = null;
  /** Whether a read has thrown it. */
  private _hasThrown = false;
  /** The read that waits. */
  private _reading: Read | null = null;
  /** Where the bytes come from; `null` for one that is fed by hand. */
  private _source: StreamSource | null = null;
  /** Whether the source has stopped, for there is enough. */
  private _paused = false;
  /** Whether there is never enough. */
  private _isLifted = false;

  /**
   * Makes a reader that is fed by hand.
   *
   * @param options See {@linkcode StreamReaderOptions}.
   * @throws {TypeError | RangeError} When `limit` is no positive whole number.
   */
  constructor(options: StreamReaderOptions = {}) {
    super();
    checkOptions(options);
    this._limit = checkLimit(options.limit);
  }

  /**
   * Reads what there is, waiting for one byte at least. CPython's `read`.
   *
   * @param n How many bytes at most; -1 for everything up to the end, of any size.
   * @returns An operation of the bytes; of none at the end, and where `n` is 0.
   * @throws {TypeError | RangeError} When `n` is no whole number.
   * @throws {InvalidStateError} When awaited while another task reads.
   * @throws The stream's error, when awaited.
   *
   * @example
   * ```ts
   * const some = yield* reader.read(4096);
   * const rest = yield* reader.read();
   * ```
   */
  read(n: number = -1): Operation<Bytes> {
    checkCount(n);
    return n < 0 ? new Read(this, ALL, 0, null) : new Read(this, SOME, n, null);
  }

  /**
   * Reads so many bytes, of which there may be more than the limit. CPython's `readexactly`.
   *
   * @param n How many bytes.
   * @returns An operation of the bytes.
   * @throws {TypeError | RangeError} When `n` is no whole number, or negative.
   * @throws {IncompleteReadError} When awaited, if the stream ends before; it has what there was.
   * @throws {InvalidStateError} When awaited while another task reads.
   *
   * @example
   * ```ts
   * const head = yield* reader.readexactly(4);
   * const { length } = head;
   * ```
   */
  readexactly(n: number): Operation<Bytes> {
    checkCount(n);
    if (n < 0) throw new RangeError(`n must not be negative, got ${n}`);
    return new Read(this, EXACTLY, n, null);
  }

  /**
   * Reads through a separator. CPython's `readuntil`. As with {@linkcode readline}, short messages may
   * share their `buffer` with others.
   *
   * @param separator Text, bytes, or an array of them: the match that ends first wins.
   * @returns An operation of the bytes, the separator included.
   * @throws {TypeError | RangeError} When `separator` is none.
   * @throws {IncompleteReadError} When awaited, if the stream ends before; its `expected` is `null`.
   * @throws {LimitOverrunError} When awaited, if there are more bytes before it than the limit; they
   * stay where they are.
   * @throws {InvalidStateError} When awaited while another task reads.
   *
   * @example
   * ```ts
   * const head = yield* reader.readuntil("\r\n\r\n");
   * ```
   */
  readuntil(
    separator: string | Uint8Array | readonly (string | Uint8Array)[] = "\n",
  ): Operation<Bytes> {
    const ending = separator === "\n" ? NEWLINE : separatorOf(separator, "separator");
    return new Read(this, UNTIL, 0, ending);
  }

  /**
   * Reads a line. CPython's `readline`.
   *
   * Short lines are views of one `buffer` that others are views of, too; `slice()` makes a copy that
   * has one of its own. What {@linkcode read} and {@linkcode readexactly} give shares nothing.
   *
   * @returns An operation of the line with its newline; at the end of what there is, or of nothing.
   * @throws {LimitOverrunError} When awaited, if the line is longer than the limit. It is thrown away,
   * through its newline if that has come, or else all that is there.
   * @throws {InvalidStateError} When awaited while another task reads.
   *
   * @example
   * ```ts
   * const line = new TextDecoder().decode(yield* reader.readline());
   * ```
   */
  readline(): Operation<Bytes> {
    return new Read(this, LINE, 0, NEWLINE);
  }

  /** Whether the stream has ended and everything was read. */
  atEof(): boolean {
    return this._ended && this._buffer.length === 0;
  }

  /**
   * Adds bytes, as if they had arrived.
   *
   * @param data A copy of it is kept; text is added as UTF-8.
   * @throws {InvalidStateError} After the end.
   * @throws {TypeError} When `data` is neither bytes nor text.
   */
  feedData(data: Uint8Array | string): void {
    const bytes = toBytes(data);
    if (this._ended) throw new InvalidStateError("Cannot feed data: the stream has ended");
    if (bytes.length === 0) return;
    this._buffer.append(bytes);
    this._reading?._wake();
  }

  /** Ends the stream; doing so again changes nothing. */
  feedEof(): void {
    this._ended = true;
    this._reading?._offer();
  }

  /**
   * Has every read from now on throw an error, even if there are bytes.
   *
   * @param exception The error.
   * @throws {TypeError} When it is `null` or `undefined`.
   */
  setException(exception: unknown): void {
    if (exception === null || exception === undefined) {
      throw new TypeError(`exception must be an error, got ${describe(exception)}`);
    }
    this._exception = exception;
    this._reading?._fail();
  }

  /** The error that reads throw; `null` where there is none. */
  exception(): unknown {
    return this._exception;
  }

  /** Its kind and state, in a line. */
  override toString(): string {
    const source = this._source === null ? "" : ` from ${this._source.what}`;
    const state = this._exception !== null ? "broken" : this._ended ? "ended" : "open";
    return `StreamReader${source} ${state}, ${this._buffer.length} bytes to read`;
  }

  /** The lines, up to the end. */
  [Symbol.asyncIterator](): AsyncGenerator<Bytes, void, undefined> {
    const iterator = linesOf(this);
    noteSource(iterator, this, {
      get: () => this.readline(),
      isEnd: (line) => line.length === 0,
    });
    return iterator;
  }

  /** Refuses a second read at a time. */
  private _checkFree(): void {
    if (this._reading === null) return;
    throw new InvalidStateError("Cannot read: another task is reading from this stream already");
  }

  /** A read has to wait. */
  private _wait(read: Read): void {
    this._reading = read;
    this._source?._resume();
  }

  /** The read has been answered or given up. */
  private _waitEnded(): void {
    this._reading = null;
  }

  /** Something has come. */
  private _arrived(): void {
    this._reading?._offer();
  }

  /** Whether a read waits for more than there is. */
  private _isHungry(): boolean {
    return this._isLifted || this._reading !== null && this._reading._isHungry();
  }

  /** From now on everything is read up to the end, whether or not a read waits for it. */
  private _lift(): void {
    this._isLifted = true;
    this._source?._resume();
  }

  /** Puts bytes back that were taken last. */
  private _putBack(bytes: Bytes): void {
    const rest = this._buffer.take(this._buffer.length);
    this._buffer.append(bytes);
    this._buffer.append(rest);
  }

  /** Takes bytes that are there, and has the source go on if it has stopped. */
  private _take(count: number): Bytes {
    const taken = this._buffer.take(count);
    if (this._paused) this._source!._resume();
    return taken;
  }

  /** The same with a message. */
  private _takeMessage(count: number): Bytes {
    const taken = this._buffer.takeMessage(count);
    if (this._paused) this._source!._resume();
    return taken;
  }

  /** The same with bytes that nobody wants. */
  private _skip(count: number): void {
    this._buffer.skip(count);
    if (this._paused) this._source!._resume();
  }
}

async function* linesOf(reader: StreamReader): AsyncGenerator<Bytes, void, undefined> {
  for (;;) {
    const line = await reader.readline();
    if (line.length === 0) return;
    yield line;
  }
}

function checkCount(n: unknown): void {
  if (typeof n !== "number") {
    throw new TypeError(`n must be a number of bytes, got ${describe(n)}`);
  }
  if (!Number.isSafeInteger(n)) throw new RangeError(`n must be a whole number, got ${n}`);
}

const encoder = /* @__PURE__ */ new TextEncoder();

/**
 * Bytes as they are, and text as UTF-8.
 *
 * @throws {TypeError} When it is neither.
 */
export function toBytes(data: unknown): Uint8Array {
  if (typeof data === "string") return encoder.encode(data);
  if (data instanceof Uint8Array) return data;
  throw new TypeError(`data must be a string or a Uint8Array, got ${describe(data)}`);
}
