/**
 * TCP, TLS and Unix streams, in Deno and Node: asyncio's streams.
 *
 * @module
 */
import "./src/loop/default_loop.ts";

export type { Bytes } from "./src/host/bytes.ts";
export type { Address } from "./src/host/sockets.ts";
export type { ConnectionHandler } from "./src/net/handler.ts";
export {
  openConnection,
  type OpenConnectionOptions,
  openUnixConnection,
  type OpenUnixConnectionOptions,
  type TlsOptions,
} from "./src/net/open_connection.ts";
export { Server } from "./src/net/server.ts";
export {
  type ServerTlsOptions,
  startServer,
  type StartServerOptions,
  startUnixServer,
  type StartUnixServerOptions,
} from "./src/net/start_server.ts";
export { IncompleteReadError, LimitOverrunError } from "./src/streams/errors.ts";
export { OSError } from "./src/streams/os_error.ts";
export { StreamReader, type StreamReaderOptions } from "./src/streams/reader.ts";
export { StreamWriter } from "./src/streams/writer.ts";
