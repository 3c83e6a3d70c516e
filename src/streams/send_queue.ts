/**
 * Bytes that a program has written and the host has not taken yet.
 *
 * They are copied once, into chunks, and the host is given one chunk at a time. What is written while it
 * is at that is put behind, into the same chunk where there is room: so many small writes become few
 * large ones. Small chunks come from a pool that all connections share, since most connections have
 * nothing to send at most times.
 *
 * @module
 */
import type { Bytes, ByteSink } from "../host/bytes.ts";

/** A page: most answers fit, and a thousand of them are 4 MB. */
const SMALL = 4096;

/** Where much is waiting, chunks are larger: as much as one write is worth. */
const LARGE = 65_536;

/** Unused chunks of these sizes, and how many of them are kept: 1 MB and 2 MB. */
const smallPool: Chunk[] = [];
const MAX_SMALL = 256;
const largePool: Chunk[] = [];
const MAX_LARGE = 32;

/** With more bytes unsent than this, `drain()` waits, until there are no more than {@linkcode LOW}. */
const HIGH = 65_536;

/** See {@linkcode HIGH}; both are asyncio's. */
const LOW = 16_384;

/** A piece of memory, of which the middle is to be sent. */
interface Chunk {
  bytes: Bytes;
  start: number;
  end: number;
  next: Chunk | null;
}

/** A chunk with so much room. To have the system zero 64 KiB takes as long as to fill them. */
function takeChunk(size: number): Chunk {
  const length = size <= SMALL ? SMALL : size > LARGE / 2 && size <= LARGE ? LARGE : size;
  return poolOf(length)?.pop() ?? { bytes: new Uint8Array(length), start: 0, end: 0, next: null };
}

/** Keeps a chunk for others, if there is a pool for its size, and room in that. */
function giveBack(chunk: Chunk): void {
  const pool = poolOf(chunk.bytes.length);
  if (pool === null || pool.length >= (pool === smallPool ? MAX_SMALL : MAX_LARGE)) return;
  chunk.start = chunk.end = 0;
  chunk.next = null;
  pool.push(chunk);
}

function poolOf(length: number): Chunk[] | null {
  return length === SMALL ? smallPool : length === LARGE ? largePool : null;
}

/** Who is told of what has become of the bytes. */
export interface SendEvents {
  /** Nothing is left to send. */
  _onAllSent(): void;
  /** There are few enough again. */
  _onRoom(): void;
  /** The host has failed, and will take no more. */
  _onSendFailed(error: unknown): void;
}

/** See the module's description. */
export class SendQueue {
  // Not called #name: all of it runs for each answer that a server gives.
  private readonly _sink: ByteSink;
  private readonly _events: SendEvents;
  private _first: Chunk | null = null;
  private _last: Chunk | null = null;
  private _unsent = 0;
  private _isFull = false;
  /** Whether what is written in one turn must be one write: see {@linkcode ByteSink.holdsBack}. */
  private readonly _gathers: boolean;
  private readonly _onWritten: (count: number) => void;
  private readonly _onFailed: (error: unknown) => void;

  constructor(sink: ByteSink, events: SendEvents) {
    this._sink = sink;
    this._events = events;
    this._gathers = sink.holdsBack === true;
    // Made once: a write shall make no closures.
    this._onWritten = (count) => this._written(count);
    this._onFailed = (error) => {
      if (this._first !== null) this._events._onSendFailed(error);
    };
  }

  /** How many bytes the host has not taken. */
  get unsent(): number {
    return this._unsent;
  }

  /** Whether there are so many that the program should wait. */
  get isFull(): boolean {
    return this._isFull;
  }

  /** Adds a copy of some bytes. */
  push(data: Uint8Array): void {
    const { length } = data;
    if (length === 0) return;
    let chunk = this._last;
    const isIdle = chunk === null;
    if (chunk === null || chunk.bytes.length - chunk.end < length) chunk = this._addChunk(length);
    chunk.bytes.set(data, chunk.end);
    chunk.end += length;
    this._unsent += length;
    if (this._unsent > HIGH) this._isFull = true;
    if (!isIdle) return;
    if (this._gathers) queueMicrotask(() => this._first !== null && this._send());
    else this._send();
  }

  /** Forgets what is left. */
  clear(): void {
    // The host may still be at the first chunk, so none goes back to the pool.
    this._first = this._last = null;
    this._unsent = 0;
    this._isFull = false;
  }

  private _addChunk(length: number): Chunk {
    const chunk = takeChunk(Math.max(length, Math.min(this._unsent, LARGE)));
    if (this._last === null) this._first = chunk;
    else this._last.next = chunk;
    return this._last = chunk;
  }

  /** Has the host take some of the first chunk. */
  private _send(): void {
    if (this._gathers) this._gather();
    const { bytes, start, end } = this._first!;
    const isWhole = start === 0 && end === bytes.length;
    this._sink.write(isWhole ? bytes : bytes.subarray(start, end), this._onWritten, this._onFailed);
  }

  /** Makes the first chunks one, as far as one write goes. */
  private _gather(): void {
    const first = this._first!;
    let length = first.end - first.start;
    let rest = first.next;
    for (; rest !== null && length + rest.end - rest.start <= LARGE; rest = rest.next) {
      length += rest.end - rest.start;
    }
    if (rest === first.next) return;
    const whole = takeChunk(length);
    for (let chunk: Chunk | null = first; chunk !== null && chunk !== rest;) {
      const { bytes, start, end, next }: Chunk = chunk;
      whole.bytes.set(bytes.subarray(start, end), whole.end);
      whole.end += end - start;
      giveBack(chunk);
      chunk = next;
    }
    whole.next = rest;
    this._first = whole;
    if (rest === null) this._last = whole;
  }

  private _written(count: number): void {
    const chunk = this._first;
    if (chunk === null) return;
    chunk.start += count;
    this._unsent -= count;
    if (chunk.start === chunk.end) {
      this._first = chunk.next;
      if (chunk.next === null) this._last = null;
      giveBack(chunk);
    }
    if (this._first !== null) this._send();
    if (this._isFull && this._unsent <= LOW) {
      this._isFull = false;
      this._events._onRoom();
    }
    if (this._first === null) this._events._onAllSent();
  }
}
