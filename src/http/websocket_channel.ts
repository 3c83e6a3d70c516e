/**
 * A host's WebSocket, as the library sees it: who waits for what of it, what has come, and how it ends.
 *
 * The host says what happens by events, and everything else is for the tasks to fetch: an event puts
 * those who wait into the run queue, and they take what there is when they run. So a message that a
 * cancelled task would have got is still there for the next one.
 *
 * A host's WebSocket can't be made to stop sending: the browsers' one has no back-pressure for what is
 * received. What nobody takes is kept, and beyond a limit the socket is closed.
 *
 * @module
 */
import { InvalidStateError } from "../errors.ts";
import type { HostWebSocket } from "../host/websockets.ts";
import type { HostResource, Kernel } from "../kernel/kernel.ts";
import { QuietTimer } from "../kernel/quiet_timer.ts";
import { WaitQueue, type WaitQueuePolicy } from "../sync/wait_queue.ts";
import { Inbox, type WebSocketMessage } from "./messages.ts";
import { SendBuffer } from "./send_buffer.ts";
import {
  ABNORMAL,
  type CloseInfo,
  GOING_AWAY,
  isForPrograms,
  isPeaceful,
  TOO_BIG,
  WebSocketClosed,
} from "./websocket_closed.ts";

/** Which side of the connection it is: hosts let only servers close with codes such as 1001. */
export type Role = "client" | "server";

/** What a task receives that iterates, in the place of a message, when there are no more to come. */
export const NO_MORE: unique symbol = Symbol("no more messages");

/**
 * How many milliseconds the peer has to answer a close. Hosts wait for ever, or for some seconds, as
 * they like; Python's websockets and aiohttp wait for ten.
 */
const CLOSE_PATIENCE = 10_000;

/** How those wait who receive. There is one at a time, and so nobody to pass a wake on to. */
class ReceivePolicy<T> implements WaitQueuePolicy<WebSocketMessage | T> {
  readonly #channel: WebSocketChannel;
  readonly #atEnd: (end: CloseInfo) => T;

  constructor(channel: WebSocketChannel, atEnd: (end: CloseInfo) => T) {
    this.#channel = channel;
    this.#atEnd = atEnd;
  }

  tryAcquire(waiter: { result: WebSocketMessage | T }): boolean {
    if (this.#channel.isReceiving()) {
      throw new InvalidStateError("Cannot receive: another task is receiving from this WebSocket");
    }
    return this.onWoken(waiter) || this.#channel.waits();
  }

  onWoken(waiter: { result: WebSocketMessage | T }): boolean {
    const { inbox, end } = this.#channel;
    if (inbox.size > 0) waiter.result = inbox.shift();
    else if (end === null) return false;
    else waiter.result = this.#atEnd(end);
    return true;
  }

  onAbandoned(): void {}

  label(): string {
    return "a message of a WebSocket";
  }
}

/** A host's WebSocket and all who wait for it. */
export class WebSocketChannel implements HostResource {
  /** The protocol, where the host doesn't know it: Deno's server tells only the client. */
  agreed: string | null = null;
  /** What has come. */
  readonly inbox: Inbox;
  /** Whether the server has cancelled who converses, and wants to end. */
  isGoingAway = false;
  /** How it has ended for those who receive; null until then. */
  end: CloseInfo | null = null;
  /** Those who wait for a message, or for the end. */
  readonly receivers: WaitQueue<WebSocketMessage>;
  /** The same, for iterations. */
  readonly iterators: WaitQueue<WebSocketMessage | typeof NO_MORE>;
  /** Those who wait until it is closed. */
  readonly closers: WaitQueue<CloseInfo>;
  /** Sends, and knows what is still here of it. */
  readonly sent: SendBuffer;
  readonly #kernel: Kernel;
  readonly #host: HostWebSocket;
  readonly #role: Role;
  readonly #limit: number;
  readonly #patience = new QuietTimer();
  /** How this side closes it; null as long as it doesn't. */
  #closing: CloseInfo | null = null;
  #hasOpened = false;
  /** Whether the host is done with it. */
  #isClosed = false;
  #cause: unknown;
  #onEnd: (() => void) | null = null;

  /**
   * Listens to a host's WebSocket that is about to open.
   *
   * @param onOpen Is called when it has opened.
   * @param onEnd Is called when it is closed, or could not be opened.
   */
  constructor(
    kernel: Kernel,
    host: HostWebSocket,
    role: Role,
    limit: number,
    onOpen: () => void,
    onEnd: () => void,
  ) {
    this.#kernel = kernel;
    this.#host = host;
    this.#role = role;
    this.#limit = limit;
    this.#onEnd = onEnd;
    this.inbox = new Inbox(limit);
    this.receivers = new WaitQueue(
      new ReceivePolicy<never>(this, (end) => {
        throw this.error(end);
      }),
    );
    this.iterators = new WaitQueue(
      new ReceivePolicy<typeof NO_MORE>(this, (end) => {
        if (isPeaceful(end.code)) return NO_MORE;
        throw this.error(end);
      }),
    );
    this.closers = new WaitQueue<CloseInfo>({
      tryAcquire: (waiter) => this.#isClosed ? this.#answer(waiter) : this.waits(),
      onWoken: (waiter) => this.#answer(waiter),
      onAbandoned: () => {},
      label: () => "a WebSocket to be closed",
    });
    this.sent = new SendBuffer(host, () => this.#checkOpen());
    host.binaryType = "arraybuffer";
    host.onopen = () => {
      this.#hasOpened = true;
      onOpen();
    };
    host.onmessage = ({ data }) => this.#receive(data);
    host.onerror = ({ error, message }) => {
      this.#cause ??= error ?? message;
      // An end follows, but not in Node 22 where it can't be opened.
      if (!this.#hasOpened) this.#finish({ code: ABNORMAL, reason: "" });
    };
    host.onclose = ({ code, reason }) => this.#finish(this.#endOf(code, reason));
  }

  /** Which of the protocols that were offered was taken. */
  get protocol(): string {
    return this.agreed ?? this.#host.protocol;
  }

  /** Whether a task receives already. */
  isReceiving(): boolean {
    return this.receivers.waiting + this.iterators.waiting > 0;
  }

  /** Whether it is closed, or about to be. */
  isClosing(): boolean {
    return this.#closing !== null || this.end !== null;
  }

  /** Somebody waits for the peer: one who has swallowed a cancel would do so for ever. */
  waits(): false {
    if (this.isGoingAway) this.close(GOING_AWAY, "");
    return false;
  }

  /** The error of whoever wants something of it after its end. */
  error({ code, reason }: CloseInfo): WebSocketClosed {
    const cause = this.#cause;
    return new WebSocketClosed(code, reason, cause === undefined ? undefined : { cause });
  }

  /** Closes it, unless that was done. A client's host has no other codes than programs have. */
  close(code: number, reason: string): void {
    if (this.isClosing()) return;
    this.#closing = { code, reason };
    this.#closeHost(code, reason);
    this.#patience.set(CLOSE_PATIENCE, () => this.abort());
    this.sent.end();
  }

  /** Doesn't wait for the host any more. */
  abort(): void {
    this.#closeHost(GOING_AWAY, "");
    this.#finish({ code: ABNORMAL, reason: "" });
  }

  _onLoopClosed(): void {
    this.abort();
  }

  #closeHost(code: number, reason: string): void {
    if (this.#role === "server" || isForPrograms(code)) this.#host.close(code, reason);
    else this.#host.close();
  }

  #checkOpen(): void {
    const end = this.end ?? this.#closing;
    if (end !== null) throw this.error(end);
  }

  #receive(data: string | ArrayBuffer): void {
    if (this.end !== null) return;
    if (!this.inbox.push(typeof data === "string" ? data : new Uint8Array(data))) {
      const reason = `More than ${this.#limit} bytes are waiting to be received`;
      this.close(TOO_BIG, reason);
      this.end = { code: TOO_BIG, reason };
    }
    this.#wakeReceiver();
  }

  #wakeReceiver(): void {
    this.receivers.wakeNext();
    this.iterators.wakeNext();
  }

  /** What the host says at the end. It says 0 where there was no close that a peer has sent. */
  #endOf(code: number, reason: string): CloseInfo {
    if (code !== 0) return { code, reason };
    // Deno's server ends a close of its own so when any message comes before the peer's answer.
    if (this.#role === "server" && this.#closing !== null) return this.#closing;
    return { code: ABNORMAL, reason };
  }

  #finish(end: CloseInfo): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.end ??= end;
    const host = this.#host;
    host.onopen =
      host.onmessage =
      host.onclose =
      host.onerror =
        null;
    this.#patience.clear();
    this.#kernel.letGo(this);
    this.sent.end();
    this.#wakeReceiver();
    this.closers.wakeAll();
    this.#onEnd?.();
    this.#onEnd = null;
  }

  #answer(waiter: { result: CloseInfo }): true {
    const { code, reason } = this.end!;
    waiter.result = { code, reason };
    return true;
  }
}
