/**
 * Messages of WebSockets, and how many bytes they are.
 *
 * @module
 */
import { checkWhole, describe } from "../check.ts";
import type { Bytes } from "../host/bytes.ts";
import { Deque } from "../sync/deque.ts";

/** What is received: a string for a text message, bytes for a binary one. */
export type WebSocketMessage = string | Bytes;

/** What can be sent: a string as a text message, anything else as a binary one. */
export type WebSocketData = string | ArrayBuffer | ArrayBufferView;

/** Messages that have come and that nobody has received yet. */
export class Inbox {
  readonly #limit: number;
  readonly #messages = new Deque<WebSocketMessage>();
  #bytes = 0;

  /**
   * Makes an empty one.
   *
   * @param limit How many bytes it may hold.
   */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** How many messages there are. */
  get size(): number {
    return this.#messages.size;
  }

  /** Keeps a message; false if that would be too much, and then it is lost. */
  push(message: WebSocketMessage): boolean {
    const bytes = this.#bytes + sizeOf(message);
    if (bytes > this.#limit) return false;
    this.#bytes = bytes;
    this.#messages.push(message);
    return true;
  }

  /** Takes the first message, of which there must be one. */
  shift(): WebSocketMessage {
    const message = this.#messages.shift();
    this.#bytes -= sizeOf(message);
    return message;
  }
}

/** How many bytes a message has; of a text, as UTF-8. */
export function sizeOf(message: WebSocketMessage): number {
  if (typeof message !== "string") return message.byteLength;
  let size = message.length;
  for (let i = 0; i < message.length; i++) {
    const unit = message.charCodeAt(i);
    // Of the four bytes that a pair of surrogates takes, each half counts for two.
    if (unit >= 0x80) size += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return size;
}

/** Refuses what can't be sent. A `Blob` isn't bytes yet, and could not be sent at once. */
export function checkData(data: unknown): void {
  if (typeof data === "string" || data instanceof ArrayBuffer || ArrayBuffer.isView(data)) return;
  throw new TypeError(`data must be a string or bytes, got ${describe(data)}`);
}

/** How many bytes of messages are kept, unless the program says otherwise. */
export const DEFAULT_LIMIT = 16 * 1024 * 1024;

/** Refuses a limit that is none. */
export function checkLimit(limit: unknown): void {
  if (limit !== Infinity) checkWhole(limit, "limit", 1);
}
