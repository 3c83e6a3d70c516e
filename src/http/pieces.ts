/**
 * Large bodies in small pieces. The host says that a streamed body was sent when it has taken the last
 * chunk; a body of many megabytes that is one chunk is then still on its way.
 *
 * @module
 */
import type { HostResponse } from "./host_types.ts";

/** Bytes in a piece: what a read of a stream of the host's own brings. */
const PIECE = 65_536;

/** The same response with its body as a stream of small pieces, if it has one that can be. */
export function inPieces(response: HostResponse): HostResponse {
  const { status, body, bodyUsed } = response;
  if (status < 200 || body === null || bodyUsed) return response;
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  let rest = new Uint8Array();
  const pieces = new ReadableStream({
    async pull(controller) {
      while (rest.length === 0) {
        const { value, done } = await reader.read();
        if (done) return controller.close();
        rest = value as Uint8Array<ArrayBuffer>;
      }
      controller.enqueue(rest.subarray(0, PIECE));
      rest = rest.subarray(PIECE);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  return new Response(pieces, response as ResponseInit) as HostResponse;
}
