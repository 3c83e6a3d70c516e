/**
 * How WebSockets end.
 *
 * @module
 */
import { named } from "../errors.ts";

/** What was to be said has been said. */
export const NORMAL = 1000;
/** A program ends, or a page is left. */
export const GOING_AWAY = 1001;
/** The peer has closed it without a code. */
const NO_CODE = 1005;
/** The connection broke. */
export const ABNORMAL = 1006;
/** More has come than there is room for. */
export const TOO_BIG = 1009;
/** This side has failed. */
export const INTERNAL_ERROR = 1011;

/** How a WebSocket was closed. */
export interface CloseInfo {
  /** The code: 1000 for a normal end, 1005 if the peer gave none, 1006 if the connection broke. */
  readonly code: number;
  /** What the peer, or whoever closed it, has said about it; empty if nothing was said. */
  readonly reason: string;
}

/**
 * Thrown by the operations of a {@linkcode WebSocketStream} when it has been closed, and by
 * {@linkcode openWebSocket} where it can't be opened. Python's websockets has `ConnectionClosed`.
 *
 * @example
 * ```ts
 * try {
 *   console.log(yield* socket.receive());
 * } catch (error) {
 *   if (!(error instanceof WebSocketClosed)) throw error;
 *   console.log("closed with", error.code, error.reason);
 * }
 * ```
 */
export class WebSocketClosed extends Error implements CloseInfo {
  static readonly #named = /* @__PURE__ */ named(this, "WebSocketClosed");
  /** The code: 1000 for a normal end, 1005 if the peer gave none, 1006 if the connection broke. */
  readonly code: number;
  /** What the peer, or whoever closed it, has said about it; empty if nothing was said. */
  readonly reason: string;

  /**
   * Makes an error.
   *
   * @param code The code.
   * @param reason What was said about it.
   * @param options The `cause` is the host's own error, where it gave one.
   */
  constructor(code: number, reason: string = "", options?: ErrorOptions) {
    super(
      `The WebSocket was closed with code ${code}${reason === "" ? "" : `: ${reason}`}`,
      options,
    );
    this.code = code;
    this.reason = reason;
  }
}

/** Whether an iteration over messages ends with this code, instead of throwing. */
export function isPeaceful(code: number): boolean {
  return code === NORMAL || code === GOING_AWAY || code === NO_CODE;
}

/** Whether the host lets a client close with this code. */
export function isForPrograms(code: number): boolean {
  return code === NORMAL || (code >= 3000 && code <= 4999);
}
