/**
 * What a host must give for WebSockets, and which host gives it.
 *
 * @module
 */
import { InvalidStateError } from "../errors.ts";
import { denoUpgrade } from "./deno/websockets.ts";

/** A host's WebSocket: of what the standard has, as much as the library needs. */
export interface HostWebSocket {
  /** How binary messages come; "arraybuffer" is what is understood. */
  binaryType: string;
  /** How many bytes were sent and are still here. */
  readonly bufferedAmount: number;
  /** Which protocol was agreed upon; empty if none. */
  readonly protocol: string;
  /** It has opened. */
  onopen: (() => void) | null;
  /** A message has come. */
  onmessage: ((event: { data: string | ArrayBuffer }) => void) | null;
  /** It has ended, or could not be opened; nothing comes after that. */
  onclose: ((event: { code: number; reason: string }) => void) | null;
  /** What it is about to end by. */
  onerror: ((event: { message?: string; error?: unknown }) => void) | null;
  /** Sends a message, of which it keeps a copy until it is gone. */
  send(data: string | ArrayBuffer | ArrayBufferView): void;
  /** Closes it, after what was sent; doing so again is harmless. */
  close(code?: number, reason?: string): void;
}

/** What a request became that was upgraded. */
export interface Upgrade {
  /** It opens when the response has been sent. */
  readonly socket: HostWebSocket;
  /** The host's `Response`. */
  readonly response: object;
}

/** How a request is upgraded. */
export interface UpgradeOptions {
  /** Which of the protocols that the client offers to take; `null` for none. */
  readonly protocol: string | null;
  /** After how many seconds without a sign of life the peer counts as gone; 0 for never. */
  readonly idleTimeout: number;
}

declare const Deno: { upgradeWebSocket?: unknown } | undefined;
declare const WebSocket: (new (url: string, protocols: string[]) => HostWebSocket) | undefined;

/**
 * Begins to open a WebSocket.
 *
 * @throws {InvalidStateError} Where the host has none.
 * @throws The host's own error for what is no address or no protocol.
 */
export function openHostWebSocket(url: string, protocols: string[]): HostWebSocket {
  if (typeof WebSocket === "function") return new WebSocket(url, protocols);
  throw new InvalidStateError("Cannot open a WebSocket: this host has none");
}

/**
 * Upgrades a host's request.
 *
 * @throws {InvalidStateError} Where there is no host that does so.
 * @throws The host's own error for a request that is none for an upgrade.
 */
export function upgradeHostRequest(request: object, options: UpgradeOptions): Upgrade {
  if (typeof Deno === "object" && typeof Deno.upgradeWebSocket === "function") {
    return denoUpgrade(request, options);
  }
  throw new InvalidStateError(
    "Cannot upgrade a request here: upgradeWebSocket() is Deno's for now",
  );
}
