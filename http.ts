/**
 * HTTP and WebSockets: `fetch` as an operation, and servers whose handlers are coroutines.
 *
 * @module
 */
import "./src/loop/default_loop.ts";

export { OSError } from "./src/streams/os_error.ts";
export { fetch, type FetchOperation } from "./src/http/fetch.ts";
export { HttpError } from "./src/http/http_error.ts";
export type {
  Bytes,
  FetchInit,
  FetchInput,
  HostRequest,
  HostResponse,
  RequestLike,
  ResponseLike,
} from "./src/http/host_types.ts";
