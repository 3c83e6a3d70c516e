/**
 * Addresses, as messages have them.
 *
 * @module
 */
import type { Place } from "../host/sockets.ts";

/** An address, or a place to listen at, as messages have it. */
export function nameOf(address: Place): string {
  if ("path" in address) return address.path || "a client of a Unix socket";
  const { hostname, port } = address;
  if (hostname === null) return `all interfaces:${port}`;
  return /^[^[].*:/.test(hostname) ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
