/**
 * One read of a stream: the operation that a reader's methods return.
 *
 * There is one class for all of them, told apart by a number, because operations that programs make by
 * the thousand must share a hidden class. A read that has to wait is woken when what it wants has come
 * from the network, and not each time that something arrives: `readexactly(1_000_000)` runs its task
 * once. (Where a program feeds by hand, it can see in which turn the task runs, and that is CPython's.)
 * It takes the bytes when its task runs, so a cancel that comes in between takes none.
 *
 * @module
 */
import type { CancelledError } from "../errors.ts";
import type { Bytes } from "../host/bytes.ts";
import { current } from "../kernel/current.ts";
import type { CancelReason, Fiber, Kernel, Waitable } from "../kernel/kernel.ts";
import { showWaiters } from "../kernel/stack.ts";
import {
  advancedByHand,
  answerProbe,
  cancelledError,
  done,
  probed,
  stray,
  type Suspended,
  suspendOn,
  waitingFiber,
} from "../kernel/suspend.ts";
import { checkStart, LeafOperation, trackOperation } from "../task/operation.ts";
import { IncompleteReadError, LimitOverrunError } from "./errors.ts";
import type { StreamReader } from "./reader.ts";
import { find, type Match, type Separator } from "./separator.ts";

const NEW = 0;
const BEGUN = 1;
const WAITING = 2;
const WOKEN = 3;
const CANCELLED = 4;
const LEFT = 5;
/** Woken by an error: nothing that comes before its task runs counts any more. */
const FAILED = 6;

/** What is read. */
export type Kind = typeof SOME | typeof ALL | typeof EXACTLY | typeof UNTIL | typeof LINE;
/** Up to so many bytes. */
export const SOME = 0;
/** Everything up to the end. */
export const ALL = 1;
/** So many bytes. */
export const EXACTLY = 2;
/** Everything through a separator. */
export const UNTIL = 3;
/** The same, and at the end what there is. */
export const LINE = 4;

/** See the module's description. */
export class Read extends LeafOperation<Bytes> implements Waitable {
  // Declared for the reason that Future gives.
  declare _kernel: Kernel | null;
  declare private _phase: number;
  declare private readonly _reader: StreamReader;
  declare private readonly _kind: Kind;
  declare private readonly _separator: Separator | null;
  /** How many bytes; of those that look for a separator, how many were searched. */
  declare private _count: number;
  declare private _match: Match | null;
  declare private _slot: number;
  declare private _reason: CancelReason;

  constructor(reader: StreamReader, kind: Kind, count: number, separator: Separator | null) {
    super();
    this._kernel = current.kernel;
    this._phase = NEW;
    this._reader = reader;
    this._kind = kind;
    this._separator = separator;
    this._count = count;
    this._match = null;
    this._slot = -1;
    this._reason = undefined;
    trackOperation(this);
  }

  get _awaited(): boolean {
    return this._phase !== NEW;
  }

  override [Symbol.iterator](): Iterator<unknown, Bytes, unknown> {
    if (this._phase !== NEW || this._kernel !== current.kernel) checkStart(this);
    this._phase = BEGUN;
    return this as unknown as Iterator<unknown, Bytes, unknown>;
  }

  override next(): Suspended | IteratorReturnResult<Bytes> {
    if (this._phase !== BEGUN) return this._resume();
    const fiber = waitingFiber(this._kernel);
    if (fiber._waitingOn !== null) return stray();
    this._reader["_checkFree"]();
    return this._hasEnough() ? done(this._take()) : this._park(fiber);
  }

  private _resume(): Suspended | IteratorReturnResult<Bytes> {
    if (probed()) return answerProbe();
    const { fiber } = current;
    if (fiber === null || fiber._waitingOn !== this) return stray();
    if (this._phase === WAITING) return advancedByHand(fiber);
    fiber._waitingOn = null;
    if (this._phase === CANCELLED) throw this._takeError();
    // What it was woken for is still its own where the stream has broken since, as in asyncio.
    const mayTake = this._phase === WOKEN && this._kind !== ALL && this._isServed();
    if (!mayTake && !this._hasEnough()) return this._park(fiber);
    this._leave();
    return done(mayTake ? this._takeBytes() : this._take());
  }

  /** A cancel came too late to end the wait, and takes effect now. */
  override throw(error: unknown): never {
    this._leave();
    throw error;
  }

  override return(value: Bytes): IteratorReturnResult<Bytes> {
    this._leave();
    return done(value);
  }

  private _park(fiber: Fiber): Suspended {
    this._kernel = fiber._kernel;
    this._slot = fiber._slot;
    this._phase = WAITING;
    this._reader["_wait"](this);
    return suspendOn(fiber, this);
  }

  /** The reader is free for the next. */
  private _leave(): void {
    const phase = this._phase;
    if (phase === WAITING || phase === WOKEN || phase === FAILED) this._reader["_waitEnded"]();
    this._phase = LEFT;
  }

  /** Whether it waits and was not woken. */
  _isHungry(): boolean {
    return this._phase === WAITING;
  }

  /** Something has happened: wakes the task if there is what it wants. */
  _offer(): void {
    if (this._phase === WAITING && this._hasEnough()) this._wake();
  }

  /** Wakes the task, if that was not done, whether or not there is what it wants. */
  _wake(): void {
    this._wakeAs(WOKEN);
  }

  /** The stream has broken: wakes the task, if that was not done. */
  _fail(): void {
    this._wakeAs(FAILED);
  }

  private _wakeAs(phase: number): void {
    if (this._phase !== WAITING) return;
    this._phase = phase;
    this._kernel!.schedule(this._slot);
  }

  _abort(_fiber: Fiber, reason: CancelReason): boolean {
    if (this._phase !== WAITING) return false;
    this._reader["_waitEnded"]();
    this._phase = CANCELLED;
    this._reason = reason;
    this._kernel!.schedule(this._slot);
    return true;
  }

  _aborted(): boolean {
    return this._phase === CANCELLED;
  }

  _takeError(): CancelledError {
    this._phase = LEFT;
    return cancelledError(this._reason);
  }

  _detach(): boolean {
    const waiting = this._phase === WAITING;
    this._leave();
    return waiting;
  }

  override _label(): string {
    return `bytes from ${this._reader["_source"]?.what ?? "a stream"}`;
  }

  /** Whether there is something to take, be it an error. */
  private _hasEnough(): boolean {
    const reader = this._reader;
    return reader["_exception"] !== null || reader["_ended"] || this._isServed();
  }

  /** Whether there are the bytes that it wants, or too many without a separator. */
  private _isServed(): boolean {
    const reader = this._reader;
    const { length } = reader["_buffer"];
    switch (this._kind) {
      case SOME:
        return length > 0 || this._count === 0;
      case ALL:
        return false;
      case EXACTLY:
        return length >= this._count;
      default:
        return this._search() || this._ruledOut() > reader["_limit"];
    }
  }

  /** Looks for the separator in what has come since it last looked. */
  private _search(): boolean {
    if (this._match !== null) return true;
    const buffer = this._reader["_buffer"];
    this._match = find(buffer, this._separator!, this._count);
    this._count = buffer.length;
    return this._match !== null;
  }

  /** In how many bytes no separator can begin any more. */
  private _ruledOut(): number {
    return Math.max(0, this._reader["_buffer"].length + 1 - this._separator!.longest);
  }

  /** Takes what there is, be it an error. */
  private _take(): Bytes {
    const reader = this._reader;
    const exception = reader["_exception"];
    if (exception === null) return this._takeBytes();
    reader["_hasThrown"] = true;
    throw showWaiters(exception);
  }

  private _takeBytes(): Bytes {
    const reader = this._reader;
    const { length } = reader["_buffer"];
    switch (this._kind) {
      case SOME:
        return reader["_take"](Math.min(length, this._count));
      case ALL:
        return reader["_take"](length);
      case EXACTLY:
        if (length >= this._count) return reader["_take"](this._count);
        throw new IncompleteReadError(reader["_take"](length), this._count);
      default:
        return this._takeMessage();
    }
  }

  /** Takes what a separator ends. */
  private _takeMessage(): Bytes {
    const reader = this._reader;
    if (this._search()) {
      const { start, end } = this._match!;
      if (start <= reader["_limit"]) return reader["_takeMessage"](end);
      throw this._overrun("The separator was found", start, end);
    }
    const ruledOut = this._ruledOut();
    const { length } = reader["_buffer"];
    if (ruledOut > reader["_limit"]) {
      throw this._overrun("No separator was found", ruledOut, length);
    }
    if (this._kind === LINE) return reader["_take"](length);
    throw new IncompleteReadError(reader["_take"](length), null);
  }

  /** What says that a message is too long; a line is thrown away, through the place `end`. */
  private _overrun(found: string, consumed: number, end: number): LimitOverrunError {
    const reader = this._reader;
    if (this._kind === LINE) reader["_skip"](end);
    return new LimitOverrunError(
      `${found} after ${consumed} bytes, and the limit is ${reader["_limit"]}`,
      consumed,
    );
  }
}
