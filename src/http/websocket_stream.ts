/**
 * WebSockets as programs see them, on either side.
 *
 * @module
 */
import { checkString, describe } from "../check.ts";
import { Printable } from "../printing.ts";
import { noteSource } from "../sync/queue_iterators.ts";
import type { Operation } from "../task/operation.ts";
import { checkData, type WebSocketData, type WebSocketMessage } from "./messages.ts";
import { NO_MORE, type WebSocketChannel } from "./websocket_channel.ts";
import { type CloseInfo, isForPrograms } from "./websocket_closed.ts";

/** How long a reason may be, in bytes, so that it fits into the frame that closes. */
const MAX_REASON = 123;

/**
 * A WebSocket that is open, made by {@linkcode openWebSocket} and {@linkcode upgradeWebSocket}. In
 * Python, websockets and aiohttp have its like.
 *
 * It can be iterated, by {@linkcode iterate} and `for await`: that ends when the peer or this side ends
 * the conversation in peace, with 1000, 1001 or no code, and throws {@linkcode WebSocketClosed}
 * otherwise.
 *
 * No host lets the receiver slow its peer down. What comes is kept until it is received, and when it is
 * more than `limit` bytes, the socket is closed. So where messages may come faster than they are dealt
 * with, have the peer wait for an answer now and then.
 *
 * @example
 * ```ts
 * const socket = yield* openWebSocket("wss://example.com/chat");
 * yield* socket.send("hello");
 * yield* iterate(socket, function* (message) {
 *   console.log(message);
 * });
 * ```
 */
export class WebSocketStream extends Printable implements AsyncIterable<WebSocketMessage> {
  readonly #channel: WebSocketChannel;

  /** @internal Use {@linkcode openWebSocket} or {@linkcode upgradeWebSocket}. */
  constructor(channel: WebSocketChannel) {
    super();
    this.#channel = channel;
  }

  /** Which of the protocols that the client has offered the server took; empty if none. */
  get protocol(): string {
    return this.#channel.protocol;
  }

  /**
   * Sends a message at once, and then waits while more than 65,536 bytes are unsent. Cancelling it
   * takes nothing back.
   *
   * @param data A string as a text message, or bytes as a binary one, which may be changed afterwards.
   * @returns An operation that ends when the next message may be sent.
   * @throws {TypeError} When `data` is neither.
   * @throws {WebSocketClosed} When awaited, if it is closed or about to be.
   */
  send(data: WebSocketData): Operation<void> {
    checkData(data);
    return this.#channel.sent.send(data);
  }

  /**
   * Receives the next message, waiting for it if there is none. Cancelled, it takes nothing.
   *
   * @returns An operation of a string, if the message is text, or else of its bytes.
   * @throws {InvalidStateError} When awaited, if another task is receiving.
   * @throws {WebSocketClosed} When awaited, if it is closed and all that had come was received; with
   * code 1009 if more had come than it may hold.
   */
  receive(): Operation<WebSocketMessage> {
    return this.#channel.receivers.wait();
  }

  /**
   * Closes it, after what has been sent. What the peer has sent until it answers can still be received.
   * A peer that doesn't answer within ten seconds counts as gone. Closing it again does nothing.
   *
   * @param code 1000, or one of the program's own, from 3000 to 4999.
   * @param reason What to say about it, in 123 bytes at most.
   * @throws {RangeError} When `code` is another number, or `reason` too long.
   * @throws {TypeError} When `code` is no number, or `reason` no string.
   */
  close(code: number = 1000, reason: string = ""): void {
    checkClose(code, reason);
    this.#channel.close(code, reason);
  }

  /**
   * Waits until it is closed, by whichever side; any number may wait.
   *
   * @returns An operation that tells the code and the reason.
   */
  waitClosed(): Operation<CloseInfo> {
    return this.#channel.closers.wait();
  }

  /** Its state, in a line. */
  override toString(): string {
    const { end, inbox } = this.#channel;
    const state = end !== null
      ? `closed with ${end.code}`
      : this.#channel.isClosing()
      ? "closing"
      : "open";
    return `WebSocketStream ${state}, ${inbox.size} messages to receive`;
  }

  /** Receives messages until there are no more to come. */
  [Symbol.asyncIterator](): AsyncGenerator<WebSocketMessage, void, undefined> {
    const source = {
      get: () => this.#channel.iterators.wait(),
      isEnd: (message: WebSocketMessage | typeof NO_MORE) => message === NO_MORE,
    };
    const iterator = messagesOf(source);
    noteSource(iterator, this, source as { get(): Operation<WebSocketMessage> });
    return iterator;
  }
}

async function* messagesOf(
  source: { get(): Operation<WebSocketMessage | typeof NO_MORE> },
): AsyncGenerator<WebSocketMessage, void, undefined> {
  for (;;) {
    const message = await source.get();
    if (message === NO_MORE) return;
    yield message;
  }
}

function checkClose(code: unknown, reason: unknown): void {
  if (typeof code !== "number") throw new TypeError(`code must be a number, got ${describe(code)}`);
  if (!Number.isInteger(code) || !isForPrograms(code)) {
    throw new RangeError(`code must be 1000, or from 3000 to 4999, got ${code}`);
  }
  const { length } = new TextEncoder().encode(checkString(reason, "reason"));
  if (length > MAX_REASON) {
    throw new RangeError(`reason must have at most ${MAX_REASON} bytes, got ${length}`);
  }
}
