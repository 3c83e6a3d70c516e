/**
 * The types of the host's requests and responses. They are the host's own if the program knows them,
 * by Deno's types, the compiler's `lib: ["dom"]` or Node's types; a program that knows none compiles
 * as well, and sees what is declared here.
 *
 * @module
 */

/** What the library needs of a host's response, and what a program sees that knows no more. */
export interface ResponseLike {
  /** Whether the status is one of 200 to 299. */
  readonly ok: boolean;
  /** The status, such as 404. */
  readonly status: number;
  /** The status in words; empty over HTTP/2. */
  readonly statusText: string;
  /** Where it came from, after redirections. */
  readonly url: string;
  /** The head. */
  readonly headers: {
    /**
     * The value of a header; `null` where there is none.
     *
     * @param name The header's name.
     */
    get(name: string): string | null;
  };
  /** The body as a stream; `null` where there is none. */
  readonly body: {
    /** Does without the rest of it. */
    cancel(): Promise<void>;
  } | null;
  /** Whether its body was taken. */
  readonly bodyUsed: boolean;
  /** The body as text. */
  text(): Promise<string>;
  /** The body as JSON. */
  json(): Promise<unknown>;
  /** The body as bytes. */
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** What the library needs of a host's request, and what a program sees that knows no more. */
export interface RequestLike {
  /** The method, such as "GET". */
  readonly method: string;
  /** Where it goes. */
  readonly url: string;
  /** The head. */
  readonly headers: ResponseLike["headers"];
}

/** The host's `Response`. */
export type HostResponse = typeof globalThis extends { Response: { prototype: infer R } } ? R
  : ResponseLike;

/** The host's `Request`. */
export type HostRequest = typeof globalThis extends { Request: { prototype: infer R } } ? R
  : RequestLike;

/** The host's `ReadableStream` of bytes, as a body of a response. */
export type HostReadableStream = typeof globalThis extends
  { ReadableStream: { prototype: infer S } } ? S
  : {
    /** Whether somebody reads it. */
    readonly locked: boolean;
  };

/** What the host's `fetch` takes first. */
export type FetchInput = typeof globalThis extends { fetch: (input: infer I) => unknown } ? I
  : string | { readonly href: string } | RequestLike;

/** What the host's `fetch` takes second. In Deno it has two signatures, one of them with `client`. */
export type FetchInit = typeof globalThis extends {
  fetch: {
    (input: never, init?: infer I): unknown;
    (input: never, init?: infer J): unknown;
  };
} ? NonNullable<I | J>
  : typeof globalThis extends { fetch: (input: never, init?: infer I) => unknown } ? NonNullable<I>
  : { readonly [option: string]: unknown };
