/**
 * Addresses, as messages have them.
 *
 * @module
 */
import type { Address } from "../host/sockets.ts";

/** An address, as messages have it. */
export function nameOf(address: Address): string {
  if ("path" in address) return address.path || "a client of a Unix socket";
  const { hostname, port } = address;
  return /^[^[].*:/.test(hostname) ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
