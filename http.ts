/**
 * HTTP and WebSockets: `fetch` as an operation, and servers whose handlers are coroutines.
 *
 * @module
 */
import "./src/loop/default_loop.ts";

export type { Bytes } from "./src/host/bytes.ts";
export type { Address } from "./src/host/sockets.ts";
export { stream, type Write } from "./src/http/body_stream.ts";
export type { ErrorHandler, Handler, RequestInfo } from "./src/http/handler.ts";
export { fetch, type FetchOperation } from "./src/http/fetch.ts";
export type {
  FetchInit,
  FetchInput,
  HostReadableStream,
  HostRequest,
  HostResponse,
  RequestLike,
  ResponseLike,
} from "./src/http/host_types.ts";
export { HttpError } from "./src/http/http_error.ts";
export { HttpServer } from "./src/http/http_server.ts";
export type { WebSocketData, WebSocketMessage } from "./src/http/messages.ts";
export { openWebSocket, type OpenWebSocketOptions } from "./src/http/open_websocket.ts";
export { serve, type ServeOptions } from "./src/http/serve.ts";
export { upgradeWebSocket, type UpgradeWebSocketOptions } from "./src/http/upgrade_websocket.ts";
export { type CloseInfo, WebSocketClosed } from "./src/http/websocket_closed.ts";
export { WebSocketStream } from "./src/http/websocket_stream.ts";
export { OSError } from "./src/streams/os_error.ts";
