/**
 * What a host must give to serve HTTP, and which host gives it.
 *
 * The host parses, frames and encrypts; what it hands over are its own requests and responses, which
 * nobody here looks into. Its functions are called for each request, so there is nothing in between.
 *
 * @module
 */
import { InvalidStateError } from "../errors.ts";
import { denoHttp } from "./deno/http.ts";
import type { Address, Place } from "./sockets.ts";

/** How to listen. */
export interface HttpListenOptions {
  /** Where. */
  readonly at: Place;
  /** The certificate chain and its private key, in PEM; `null` for none. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** How many connections may wait to be accepted; `null` for the host's own number. */
  readonly backlog: number | null;
  /** Whether others may listen on the same port. */
  readonly reusePort: boolean;
}

/** What a server is told. Both functions give the host's `Response`. */
export interface HttpEvents<Request, Response> {
  /**
   * A request has come. `exchange` is the host's, to be given back to {@linkcode HttpHost}.
   */
  onRequest(request: Request, exchange: object): Response | Promise<Response>;
  /** A response can't be sent, or not to its end; what is given is sent in its place if it can be. */
  onFailure(error: unknown): Response;
}

/** A socket that listens for HTTP. */
export interface HttpListener {
  /** Where it listens. */
  readonly sockname: Address;
  /** Stops listening and drops all connections. To be called once at most. */
  abort(): void;
}

/** What a host must give to serve HTTP. */
export interface HttpHost {
  /**
   * Listens.
   *
   * @param options How.
   * @param events Are told of requests.
   * @param ended Is called when it has stopped listening and all connections are gone.
   * @throws The host's error.
   */
  listen<Request, Response>(
    options: HttpListenOptions,
    events: HttpEvents<Request, Response>,
    ended: (error?: unknown) => void,
  ): HttpListener;
  /** Who has sent a request that isn't answered yet. */
  peername(exchange: object): Address;
  /** Calls back when a streamed response was sent, or broken off; of others, when it was handed over. */
  whenSent(exchange: object, done: () => void): void;
  /** Whether an error says that the client has left before it had sent the whole request. */
  isClientGone(error: unknown): boolean;
  /** The errno's name of an error of `listen`; `null` where it isn't the operating system's. */
  codeOf(error: unknown): string | null;
}

declare const Deno: { serve?: unknown } | undefined;

/**
 * The host that this program runs in.
 *
 * @throws {InvalidStateError} Where there is none that serves HTTP.
 */
export function httpHost(): HttpHost {
  if (typeof Deno === "object" && typeof Deno.serve === "function") return denoHttp;
  throw new InvalidStateError("Cannot serve HTTP here: serve() is Deno's for now");
}
