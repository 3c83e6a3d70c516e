/**
 * A connection, or one end of a pipe: what moves bytes between the host and a reader and a writer. It is
 * what asyncio calls a transport, with the protocol that streams have.
 *
 * It reads in the background, whether anybody waits or not, so that an end or a reset is noticed; it
 * stops when there is twice as much as the reader's limit and goes on when there is no more than that.
 * Where a read has woken a task, the next one begins when that task has had its turn: it is going to
 * answer, and what the answer costs the host should come first.
 *
 * Systems that close a TCP socket with bytes in it that nobody has read send a reset, on which what was
 * sent before may get lost: an answer to a request that was too long to be read. So a connection that
 * the program closes while the other side is still sending goes on reading for a while, and throws away
 * what comes. asyncio doesn't do that; web servers do, and call it lingering.
 *
 * @module
 */
import { InvalidStateError } from "../errors.ts";
import type { ByteChannel, ByteSource } from "../host/bytes.ts";
import type { Address, Socket } from "../host/sockets.ts";
import type { HostResource, Kernel } from "../kernel/kernel.ts";
import { QuietTimer } from "../kernel/quiet_timer.ts";
import { showWaiters } from "../kernel/stack.ts";
import { WaitQueue } from "../sync/wait_queue.ts";
import { nameOf } from "./address.ts";
import { ClosePolicy, DrainPolicy } from "./connection_waits.ts";
import { errorOf, OSError } from "./os_error.ts";
import { StreamReader } from "./reader.ts";
import { type SendEvents, SendQueue } from "./send_queue.ts";
import { StreamWriter } from "./writer.ts";

const OPEN = 0;
/** The program has closed it, and there are bytes left to send. */
const CLOSING = 1;
const CLOSED = 2;

/** For how many milliseconds it lingers at most, when all has been sent. */
const LINGER = 1000;

/** After a read of so many bytes there is probably more to come. */
const MUCH = 16_384;

/** How a connection is made. */
export interface ConnectionOptions {
  /** The reader's limit, in bytes. */
  limit: number;
  /** What it is, for messages, such as "stdin of cat"; of a socket, that is its other end. */
  what?: string;
  /** The channel, if it is a socket. */
  socket?: Socket;
  /** Is called when it is gone, however that came, unless its loop was closed. */
  onClosed?: () => void;
}

/** Connections that read on when the tasks that they have woken have had their turn. */
let readLater: Connection[] = [];

function readNow(): void {
  const connections = readLater;
  readLater = [];
  for (const connection of connections) connection._resume();
}

/** See the module's description. */
export class Connection implements HostResource, SendEvents {
  // Not called #name: most of it runs for each message that a server gets.
  readonly reader: StreamReader;
  readonly writer: StreamWriter;
  /** Those who wait until there are few bytes to send. */
  readonly _drainers: WaitQueue<void>;
  /** Those who wait until it is gone. */
  readonly _closers: WaitQueue<void>;
  private readonly _what: string | null;
  private readonly _socket: Socket | null;
  private readonly _kernel: Kernel;
  private readonly _channel: ByteChannel;
  private readonly _source: ByteSource | null;
  private readonly _queue: SendQueue | null;
  private readonly _onClosed: (() => void) | undefined;
  private _phase = OPEN;
  /** What the program has done to its own end, as one says it; `null` while it may write. */
  private _ownEnd: string | null = null;
  /** What broke it. */
  private _error: unknown = null;
  /** Whether all that was written had been sent when it broke. */
  private _wasDelivered = true;
  /** What says that nobody would read what is sent from now on. */
  private _loss: unknown = null;
  private _wasAborted = false;
  /** Whether the host was asked to end the way out, and has not answered. */
  private _isEnding = false;
  private _wantsEnd = false;
  private _isReading = false;
  /** Whether the other side is still sending, as far as one can tell. */
  private _mayHaveMore = false;
  private _lingering: QuietTimer | null = null;
  private _hasEnded = false;
  private readonly _onRead: (count: number | null) => void;
  private readonly _onReadFailed: (error: unknown) => void;

  /**
   * Takes over a channel, which the connection closes.
   *
   * @throws {InvalidStateError} When the loop is closed.
   */
  constructor(kernel: Kernel, channel: ByteChannel, options: ConnectionOptions) {
    this._what = options.what ?? null;
    this._socket = options.socket ?? null;
    this._onClosed = options.onClosed;
    this._kernel = kernel;
    this._channel = channel;
    this._source = channel.source;
    this._queue = channel.sink === null ? null : new SendQueue(channel.sink, this);
    this.reader = new StreamReader({ limit: options.limit });
    this.reader["_source"] = this;
    this.writer = new StreamWriter(this);
    this._drainers = new WaitQueue(new DrainPolicy(this));
    this._closers = new WaitQueue(new ClosePolicy(this));
    // Made once: a read shall make no closures.
    this._onRead = (count) => this._received(count);
    this._onReadFailed = (error) => this._receiveFailed(error);
    kernel.hold(this);
    this._resumeLater();
  }

  /** What it is, for messages. */
  get what(): string {
    return this._what ?? (this._socket === null ? "a pipe" : nameOf(this._socket.peername));
  }

  /** The other end; `null` for pipes. */
  get peername(): Address | null {
    return this._socket && this._socket.peername;
  }

  /** Its own end; `null` for pipes. */
  get sockname(): Address | null {
    return this._socket && this._socket.sockname;
  }

  /** Whether it is closed, or about to be. */
  get isClosing(): boolean {
    return this._phase !== OPEN;
  }

  /** Whether it is gone. */
  get isClosed(): boolean {
    return this._phase === CLOSED;
  }

  // The way in

  /** Reads on, unless there is enough. */
  _resume(): void {
    const { reader } = this;
    if (this._phase !== OPEN) return;
    if (!reader["_isHungry"]()) {
      const limit = reader["_limit"];
      reader["_paused"] = reader["_buffer"].length > (reader["_paused"] ? limit : 2 * limit);
      if (reader["_paused"]) return;
    } else reader["_paused"] = false;
    this._read();
  }

  private _resumeLater(): void {
    if (readLater.push(this) === 1) queueMicrotask(readNow);
  }

  private _read(): void {
    if (this._isReading || this._hasEnded || this._source === null) return;
    this._isReading = true;
    this._source.read(this.reader["_buffer"].lend(), this._onRead, this._onReadFailed);
  }

  private _received(count: number | null): void {
    this._isReading = false;
    const { reader } = this;
    if (count === null) return this._receivedEnd();
    if (this._phase !== OPEN) return this._receivedTooLate();
    reader["_buffer"].filled(count);
    this._mayHaveMore = count >= MUCH;
    const wasHungry = reader["_isHungry"]();
    reader["_arrived"]();
    if (wasHungry && !reader["_isHungry"]()) this._resumeLater();
    else this._resume();
  }

  private _receivedEnd(): void {
    this.reader["_buffer"].reclaim();
    this._hasEnded = true;
    this._mayHaveMore = false;
    if (this._phase !== OPEN) return this._finishIfDone();
    this.reader.feedEof();
    // Nothing can come of it any more; what can be written to may still be.
    if (this._queue === null) this._finish();
  }

  /** Something has come that nobody will read: see "lingering" above. */
  private _receivedTooLate(): void {
    this.reader["_buffer"].reclaim();
    if (this._phase === CLOSED) return;
    this._mayHaveMore = true;
    this._read();
  }

  private _receiveFailed(error: unknown): void {
    this._isReading = false;
    this.reader["_buffer"].reclaim();
    if (this._phase === CLOSED) return;
    if (this._phase === OPEN || this._unsent > 0) this._break(error, "read from");
    else this._finish();
  }

  // The way out

  /** Sends bytes, or keeps them until the host takes them. */
  _write(data: Uint8Array): void {
    if (this._ownEnd !== null) throw new InvalidStateError(`Cannot write: ${this._ownEnd}`);
    if (this._phase === OPEN) this._queue!.push(data);
    else this._wasDelivered = false;
  }

  /** Ends the way out, after what is to be sent. */
  _writeEof(): void {
    if (this._phase !== OPEN || this._wantsEnd) return;
    this._wantsEnd = true;
    this._ownEnd = "writeEof() was called";
    if (this._unsent === 0) this._end();
  }

  private get _unsent(): number {
    return this._queue === null ? 0 : this._queue.unsent;
  }

  _onRoom(): void {
    this._drainers.wakeAll();
  }

  _onAllSent(): void {
    if (this._wantsEnd && !this._isEnding) this._end();
    else this._finishIfDone();
  }

  _onSendFailed(error: unknown): void {
    if (this._phase !== CLOSED) this._break(error, "write to");
  }

  private _end(): void {
    this._isEnding = true;
    // That it fails says that the other side has gone, which a read will see, if anything, too.
    const ended = () => {
      this._isEnding = false;
      // The end of a pipe is all that there is of it.
      if (this._source === null && this._phase !== CLOSED) this._finish();
      else this._finishIfDone();
    };
    this._channel.sink!.end(ended, ended);
  }

  /** Throws what keeps bytes from being delivered. */
  _checkUnbroken(): void {
    const error = this._error ?? this._loss ?? this.reader.exception();
    if (error !== null) throw showWaiters(error);
    if (!this._wasAborted) return;
    throw new OSError("ECONNABORTED", `The connection to ${this.what} was aborted by this side`);
  }

  /** Whether so much is unsent that a program should wait. */
  _isFull(): boolean {
    return this._queue !== null && this._queue.isFull;
  }

  // The end

  /** Closes it when everything is sent. */
  close(): void {
    if (this._phase !== OPEN) return void (this._ownEnd ??= "the stream is closed");
    this._ownEnd = "the stream is closed";
    this._phase = CLOSING;
    const { reader } = this;
    if (reader["_paused"]) this._mayHaveMore = true;
    if (reader.exception() === null) reader.feedEof();
    if (this._mayHaveMore || this._unsent > 0) this._read();
    this._finishIfDone();
  }

  /** Closes it at once. */
  abort(): void {
    this._ownEnd ??= "the stream was aborted";
    if (this._phase === CLOSED) return;
    this._wasAborted = true;
    this._finish();
  }

  /**
   * Nobody is there to read what is sent from now on, though all has been delivered so far: closes it,
   * and has `drain()` throw this. While something is unsent the host knows better.
   */
  lose(error: unknown): void {
    if (this._phase !== OPEN || this._unsent > 0) return;
    this._loss = error;
    this._finish();
  }

  _onLoopClosed(): void {
    this._phase = CLOSED;
    this._ownEnd ??= "its event loop is closed";
    this.reader["_exception"] ??= new InvalidStateError("The event loop of the stream is closed");
    this._lingering?.clear();
    this._queue?.clear();
    this._channel.close();
  }

  /** Whether it is gone; throws what broke it, unless nothing was lost and no read has thrown it. */
  _isGone(): boolean {
    if (this._phase !== CLOSED) return false;
    if (this._error === null || this._wasDelivered && !this.reader["_hasThrown"]) return true;
    throw showWaiters(this._error);
  }

  private _finishIfDone(): void {
    if (this._phase !== CLOSING || this._unsent > 0 || this._isEnding) return;
    if (!this._mayHaveMore || this._queue === null) this._finish();
    else if (!this._wantsEnd) {
      this._wantsEnd = true;
      this._end();
    } else if (this._lingering === null) {
      this._lingering = new QuietTimer();
      this._lingering.set(LINGER, () => this._finish());
    }
  }

  private _break(error: unknown, doing: string): void {
    this._error = errorOf(this._channel, error, `Cannot ${doing} ${this.what}`);
    this._wasDelivered = this._unsent === 0;
    this.reader.setException(this._error);
    this._finish();
  }

  /** It is gone: tells all who wait. */
  private _finish(): void {
    this._phase = CLOSED;
    this._lingering?.clear();
    this._queue?.clear();
    this._channel.close();
    this._kernel.letGo(this);
    if (this._error === null) this.reader.feedEof();
    this._drainers.wakeAll();
    this._closers.wakeAll();
    this._onClosed?.();
  }
}
