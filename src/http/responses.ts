/**
 * The responses that are the server's own.
 *
 * @module
 */
import { BrokenBody } from "./body_stream.ts";
import type { HostResponse } from "./host_types.ts";

/** For those who can't be answered now, or whose handler was cancelled. */
export function unavailable(headers?: Record<string, string>): HostResponse {
  return new Response("Service Unavailable", { status: 503, headers }) as HostResponse;
}

/** For those whose handler has failed. */
export function internalError(): HostResponse {
  return new Response("Internal Server Error", { status: 500 }) as HostResponse;
}

/** Breaks off the connection. */
export function broken(): HostResponse {
  const body = new ReadableStream({ pull: (controller) => controller.error(new BrokenBody()) });
  return new Response(body) as HostResponse;
}
