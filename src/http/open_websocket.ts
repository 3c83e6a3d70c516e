/**
 * Opening WebSockets.
 *
 * @module
 */
import { checkOptions, describe } from "../check.ts";
import { openHostWebSocket } from "../host/websockets.ts";
import { current } from "../kernel/current.ts";
import { Suspension } from "../kernel/suspend.ts";
import type { Coroutine } from "../task/generator.ts";
import { GeneratorOperation, type Operation } from "../task/operation.ts";
import { checkLimit, DEFAULT_LIMIT } from "./messages.ts";
import { WebSocketChannel } from "./websocket_channel.ts";
import { WebSocketStream } from "./websocket_stream.ts";

/** Settings of {@linkcode openWebSocket}. */
export interface OpenWebSocketOptions {
  /** Protocols to offer, the preferred one first. */
  protocols?: string | readonly string[];
  /** How many bytes of messages are kept that nobody has received yet; 16 MiB without it. */
  limit?: number;
}

/**
 * Opens a WebSocket. Cancelling it gives that up.
 *
 * In Python, websockets has `connect` and aiohttp `ws_connect`.
 *
 * @param url Where to, as "ws://…" or "wss://…".
 * @param options See {@linkcode OpenWebSocketOptions}.
 * @returns An operation of an open {@linkcode WebSocketStream}.
 * @throws {TypeError} When an argument is of another kind.
 * @throws {RangeError} When `limit` is no positive whole number.
 * @throws {WebSocketClosed} When awaited, with code 1006, if it can't be opened.
 * @throws {InvalidStateError} When awaited, where the host has no WebSockets, as Node before 22.
 *
 * @example
 * ```ts
 * const socket = yield* waitFor(openWebSocket("wss://example.com/chat"), "5s");
 * yield* socket.send("hello");
 * console.log(yield* socket.receive());
 * socket.close();
 * ```
 */
export function openWebSocket(
  url: string | { readonly href: string },
  options: OpenWebSocketOptions = {},
): Operation<WebSocketStream> {
  if (typeof url !== "string" && typeof url?.href !== "string") {
    throw new TypeError(`url must be a string or a URL, got ${describe(url)}`);
  }
  checkOptions(options);
  const { protocols = [], limit = DEFAULT_LIMIT } = options;
  const offers = typeof protocols === "string" ? [protocols] : protocols;
  if (!Array.isArray(offers) || !offers.every((offer) => typeof offer === "string")) {
    throw new TypeError(`protocols must be a string or an array of them, got ${describe(offers)}`);
  }
  checkLimit(limit);
  const address = typeof url === "string" ? url : url.href;
  return new GeneratorOperation(function* openWebSocket() {
    return yield* open(address, [...offers], limit);
  }, []);
}

function* open(url: string, protocols: string[], limit: number): Coroutine<WebSocketStream> {
  const kernel = current.kernel!;
  const channel = yield* new Suspension<WebSocketChannel>((wake, fail) => {
    const channel: WebSocketChannel = new WebSocketChannel(
      kernel,
      openHostWebSocket(url, protocols),
      "client",
      limit,
      () => wake(channel),
      () => fail(channel.error(channel.end!)),
    );
    kernel.hold(channel);
    return () => channel.abort();
  }, "a WebSocket to open");
  return new WebSocketStream(channel);
}
