/**
 * Handlers of requests, of whichever kind, and how they are called.
 *
 * @module
 */
import type { HttpHost } from "../host/http.ts";
import type { Address } from "../host/sockets.ts";
import { type Awaitable, isAwaitable, iteratorOf } from "../task/awaitable.ts";
import type { Coroutine } from "../task/generator.ts";
import type { HostRequest, HostResponse } from "./host_types.ts";

/**
 * What a handler is told of a request besides the request itself.
 *
 * @example
 * ```ts
 * const server = yield* serve((_request, info) => Response.json(info.peername));
 * ```
 */
export interface RequestInfo {
  /** Where the request has come from. To be read before it is answered: later the host has forgotten. */
  readonly peername: Address;
}

/**
 * Answers a request: a coroutine function, an async function, or a plain one.
 *
 * @example
 * ```ts
 * const handler: Handler = function* (request) {
 *   yield* sleep(5);
 *   return new Response(`You asked for ${request.url}`);
 * };
 * ```
 */
export type Handler = (
  request: HostRequest,
  info: RequestInfo,
) => Awaitable<HostResponse> | HostResponse;

/** Answers a request whose handler has failed; of the same kinds as a handler. */
export type ErrorHandler = (
  error: unknown,
  request: HostRequest,
) => Awaitable<HostResponse> | HostResponse;

/** What a handler is given besides its request. */
export class Info implements RequestInfo {
  readonly #host: HttpHost;
  readonly #exchange: object;

  constructor(host: HttpHost, exchange: object) {
    this.#host = host;
    this.#exchange = exchange;
  }

  get peername(): Address {
    return this.#host.peername(this.#exchange);
  }
}

/** Calls a function that gives a response, or something to wait for. */
export function* call<A extends unknown[]>(
  fn: (...args: A) => Awaitable<HostResponse> | HostResponse,
  args: A,
): Coroutine<unknown> {
  const result = fn(...args);
  if (!isAwaitable(result)) return result;
  return yield* { [Symbol.iterator]: () => iteratorOf(result, "handler") };
}

/** A request as reports name it; one that the host has forgotten can't be asked. */
export function requestLine(request: HostRequest): string {
  try {
    return `${request.method} ${request.url}`;
  } catch {
    return "a request";
  }
}
