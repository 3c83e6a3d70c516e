/**
 * Bytes that have arrived and were not read yet.
 *
 * They lie in one piece, so that whoever looks for a separator needn't care where one read of the host's
 * ended and the next began. The host reads straight into the free part behind them; what is taken is
 * copied once, out of here. Room is made by doubling, or by moving the bytes to the front when at least
 * as many were taken before: either way a byte is moved once on average.
 *
 * @module
 */
import type { Bytes } from "../host/bytes.ts";

/** Small, because thousands of connections that say nothing lend the host a buffer each. */
const SMALLEST = 1024;

/** As much as one read is worth: reads of twice the size were no quicker. */
const LARGEST = 65_536;

/** So many reads that leave most of the buffer empty, one after the other, make it smaller. */
const SMALL_READS = 8;

/** Up to here a loop is quicker than asking the host to search. */
const SEARCH_BY_HAND = 64;

/** Messages up to this size lie side by side in one piece of memory; see {@linkcode ReceiveBuffer.takeMessage}. */
const SMALL_MESSAGE = 512;

/** The size of such a piece. */
const SLAB = 8192;

const EMPTY: Bytes = /* @__PURE__ */ new Uint8Array(0);

let slab: Bytes = EMPTY;
let slabUsed = 0;

/** See the module's description. */
export class ReceiveBuffer {
  // Not called #name: all of it runs for each message that a server gets.
  private _bytes: Bytes = EMPTY;
  private _start = 0;
  private _end = 0;
  /** What the host reads into at this moment. */
  private _lent: Bytes | null = null;
  /** How much room the next buffer has: doubles while reads fill it. */
  private _size = SMALLEST;
  private _smallReads = 0;

  /** How many there are. */
  get length(): number {
    return this._end - this._start;
  }

  /** The byte at a place that must be there. */
  at(index: number): number {
    return this._bytes[this._start + index];
  }

  /** Adds a copy of some bytes. */
  append(data: Uint8Array): void {
    this._makeRoom(data.length);
    this._bytes.set(data, this._end);
    this._end += data.length;
  }

  /** Room for the host to read into; {@linkcode filled} gives it back. */
  lend(): Bytes {
    if (this._start === this._end) {
      this._start = this._end = 0;
      if (this._bytes.length !== this._size) this._bytes = new Uint8Array(this._size);
      return this._lent = this._bytes;
    }
    if (this._bytes.length - this._end < this._size / 2) this._makeRoom(this._size);
    return this._lent = this._bytes.subarray(this._end, this._end + this._size);
  }

  /** The host has read so many bytes into what it was lent. */
  filled(count: number): void {
    const lent = this._lent!;
    this._lent = null;
    // Bytes that were fed by hand meanwhile have moved the others elsewhere.
    if (lent.buffer === this._bytes.buffer && lent.byteOffset === this._end) this._end += count;
    else this.append(lent.subarray(0, count));
    if (count === lent.length) {
      this._smallReads = 0;
      if (count >= this._size && count < LARGEST) this._size = count * 2;
    } else if (count > this._size / 4) this._smallReads = 0;
    else if (++this._smallReads >= SMALL_READS && this._size > SMALLEST) {
      this._smallReads = 0;
      this._size /= 2;
    }
  }

  /** The host won't read into what it was lent. */
  reclaim(): void {
    this._lent = null;
  }

  /** Takes the first bytes, of which so many must be there. */
  take(count: number): Bytes {
    const bytes = this._bytes;
    if (count === bytes.length && this._start === 0 && this._lent === null && count > 0) {
      // All of it, to the last byte: the buffer itself will do, and the next read gets another one.
      this._bytes = EMPTY;
      this._end = 0;
      return bytes;
    }
    const taken = bytes.slice(this._start, this._start + count);
    this.skip(count);
    return taken;
  }

  /**
   * The same for messages, of which there are many: short ones share their memory, as Node's buffers do.
   * Memory of its own takes V8 four times as long as a view of some that is there already, and that was
   * a third of all that was done here for a line.
   */
  takeMessage(count: number): Bytes {
    if (count > SMALL_MESSAGE) return this.take(count);
    // One that was given away to another thread has no length any more.
    if (slabUsed + count > slab.length) {
      slab = new Uint8Array(SLAB);
      slabUsed = 0;
    }
    slab.set(this._bytes.subarray(this._start, this._start + count), slabUsed);
    const taken = new Uint8Array(slab.buffer, slabUsed, count);
    slabUsed += count;
    this.skip(count);
    return taken;
  }

  /** Throws away the first bytes, of which so many must be there. */
  skip(count: number): void {
    this._start += count;
    // What the host fills must stay right behind what there is.
    if (this._start === this._end && this._lent === null) this._start = this._end = 0;
  }

  /** Where a byte is, from a place on; -1 if it isn't there. */
  indexOf(byte: number, from: number): number {
    const bytes = this._bytes;
    const end = this._end;
    let i = this._start + from;
    const byHand = Math.min(end, i + SEARCH_BY_HAND);
    for (; i < byHand; i++) {
      if (bytes[i] === byte) return i - this._start;
    }
    if (i >= end) return -1;
    const found = bytes.subarray(i, end).indexOf(byte);
    return found < 0 ? -1 : found + i - this._start;
  }

  /** Whether these bytes end right before a place. */
  endsWith(part: Uint8Array, before: number): boolean {
    const offset = this._start + before - part.length;
    if (offset < this._start) return false;
    for (let i = 0; i < part.length; i++) {
      if (this._bytes[offset + i] !== part[i]) return false;
    }
    return true;
  }

  /** Makes room for so many bytes behind those that there are. */
  private _makeRoom(count: number): void {
    const bytes = this._bytes;
    // Where the host is in the middle of this buffer, it stays as it is, and another one takes over.
    const isOurs = this._lent === null || this._lent.buffer !== bytes.buffer;
    if (isOurs && bytes.length - this._end >= count) return;
    const length = this.length;
    const wanted = length + count;
    if (isOurs && wanted <= bytes.length && length <= this._start) {
      bytes.copyWithin(0, this._start, this._end);
    } else {
      const larger = new Uint8Array(Math.max(wanted, length * 2, this._size));
      larger.set(bytes.subarray(this._start, this._end));
      this._bytes = larger;
    }
    this._start = 0;
    this._end = length;
  }
}
