/**
 * HTTP and WebSockets: `fetch` as an operation, and servers whose handlers are coroutines.
 *
 * @module
 */
import "./src/loop/default_loop.ts";

export { OSError } from "./src/streams/os_error.ts";
