/**
 * What `upgradeWebSocket()` may ask of the server whose request it upgrades. It gets the host's own
 * `Request`, and this finds the server that is answering it.
 *
 * @module
 */
import type { Kernel, VariablesHolder } from "../kernel/kernel.ts";

/** A WebSocket of a server's: it must be gone before the server is. */
export interface OpenSocket {
  /** Cancels its body, which closes it with 1001; the socket is removed when that has ended. */
  _goAway(): void;
  /** Gives it up at once. */
  _abort(): void;
}

/** A request that a server is answering. */
export interface LiveRequest {
  /** The server's loop. */
  readonly kernel: Kernel;
  /** What has the variables with which the server was started. */
  readonly holder: VariablesHolder;
  /** The client's leaving means nothing any more: an upgrade aborts the request's signal. */
  disarm(): void;
  /** The server has a socket more, and isn't closed before it is removed. */
  addSocket(socket: OpenSocket): void;
  /** The socket is gone, and its body has ended; it may have been removed before. */
  removeSocket(socket: OpenSocket): void;
}

/** Finds a request among those that a server is answering. */
export type Finder = (request: object) => LiveRequest | null;

const finders = new Set<Finder>();

/** A server has begun. */
export function addFinder(finder: Finder): void {
  finders.add(finder);
}

/** It has ended. */
export function removeFinder(finder: Finder): void {
  finders.delete(finder);
}

/** The request as its server knows it; null where no server of this library is answering it. */
export function liveRequest(request: object): LiveRequest | null {
  for (const find of finders) {
    const found = find(request);
    if (found !== null) return found;
  }
  return null;
}
