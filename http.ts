/**
 * HTTP and WebSockets: `fetch` as an operation, and servers whose handlers are coroutines.
 *
 * @module
 */
import "./src/loop/default_loop.ts";

export type { Address } from "./src/host/sockets.ts";
export { stream, type Write } from "./src/http/body_stream.ts";
export type { ErrorHandler, Handler, RequestInfo } from "./src/http/dispatcher.ts";
export { fetch, type FetchOperation } from "./src/http/fetch.ts";
export type {
  Bytes,
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
export { serve, type ServeOptions } from "./src/http/serve.ts";
export { OSError } from "./src/streams/os_error.ts";
