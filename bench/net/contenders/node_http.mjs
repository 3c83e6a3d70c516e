/**
 * The same answer from Node's own HTTP server.
 *
 * @module
 */
import { createServer } from "node:http";

const body = "Hello, World!";
const headers = { "content-type": "text/plain;charset=UTF-8", "content-length": body.length };

const server = createServer((_, response) => response.writeHead(200, headers).end(body));
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
