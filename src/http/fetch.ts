/**
 * The client: the host's `fetch`, as an operation.
 *
 * @module
 */
import { describe } from "../check.ts";
import { InvalidStateError } from "../errors.ts";
import type { Bytes } from "../host/bytes.ts";
import { current } from "../kernel/current.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { AbortSignalLike } from "../portable.ts";
import type { Coroutine } from "../task/generator.ts";
import {
  checkStart,
  GeneratorOperation,
  Operation,
  type OperationState,
  trackOperation,
} from "../task/operation.ts";
import type { FetchInit, FetchInput, HostResponse, ResponseLike } from "./host_types.ts";
import { HttpError } from "./http_error.ts";
import { InFlight } from "./in_flight.ts";

type HostFetch = (input: unknown, init: object) => PromiseLike<ResponseLike>;

/** What is wanted of the whole body. */
type Read<T> = (response: ResponseLike) => PromiseLike<T>;

/**
 * What {@linkcode fetch} returns: an operation of the response, or, by its methods, of the whole body.
 * It is awaited once, as it is or by one of its methods.
 *
 * @example
 * ```ts
 * const page: string = yield* fetch("https://example.com/").text();
 * ```
 */
export interface FetchOperation extends Operation<HostResponse> {
  /**
   * The whole body as text. Request and transfer are one: a cancel or a time limit ends either.
   *
   * @returns An operation of the text.
   * @throws {HttpError} When awaited, if the status is outside 200 to 299.
   * @throws {InvalidStateError} When the request was awaited before.
   */
  text(): Operation<string>;
  /**
   * The whole body as JSON. Request and transfer are one: a cancel or a time limit ends either.
   *
   * @returns An operation of what the JSON says; its type is taken on trust.
   * @throws {HttpError} When awaited, if the status is outside 200 to 299.
   * @throws {SyntaxError} When awaited, if the body is no JSON.
   * @throws {InvalidStateError} When the request was awaited before.
   */
  json<T = unknown>(): Operation<T>;
  /**
   * The whole body as bytes. Request and transfer are one: a cancel or a time limit ends either.
   *
   * @returns An operation of the bytes.
   * @throws {HttpError} When awaited, if the status is outside 200 to 299.
   * @throws {InvalidStateError} When the request was awaited before.
   */
  bytes(): Operation<Bytes>;
}

class FetchRequest extends Operation<HostResponse> implements FetchOperation, OperationState {
  readonly _kernel: Kernel | null = current.kernel;
  _awaited = false;
  readonly #input: unknown;
  readonly #init: object;

  constructor(input: unknown, init: object) {
    super();
    this.#input = input;
    this.#init = init;
    trackOperation(this);
  }

  override [Symbol.iterator](): Iterator<unknown, HostResponse, unknown> {
    this.#take();
    return perform(this.#input, this.#init, null) as Coroutine<HostResponse>;
  }

  text(): Operation<string> {
    return this.#read(function text(response) {
      return response.text();
    });
  }

  json<T>(): Operation<T> {
    return this.#read(function json(response) {
      return response.json() as Promise<T>;
    });
  }

  bytes(): Operation<Bytes> {
    return this.#read(async function bytes(response) {
      return new Uint8Array(await response.arrayBuffer());
    });
  }

  _label(): string {
    return "fetch()";
  }

  #take(): void {
    checkStart(this);
    this._awaited = true;
  }

  #read<T>(read: Read<T>): Operation<T> {
    this.#take();
    const start = () => perform(this.#input, this.#init, read) as Coroutine<T>;
    Object.defineProperty(start, "name", { value: `fetch().${read.name}` });
    return new GeneratorOperation(start, []);
  }
}

/**
 * Requests something over HTTP, by the host's own `fetch`. Cancelling it aborts the request.
 *
 * The result is the host's own `Response`, whatever its status. Its body is still on its way then, and
 * a cancel no longer reaches it: to have request and body as one, use
 * {@linkcode FetchOperation.text}, {@linkcode FetchOperation.json} or {@linkcode FetchOperation.bytes}.
 * In Python, aiohttp and httpx do this.
 *
 * @param input What the host's `fetch` takes: a string, a `URL` or a `Request`.
 * @param init What the host's `fetch` takes. Aborting its `signal` ends the request as well, with the
 * host's error.
 * @returns An operation of the response, with methods for the whole body.
 * @throws {TypeError} When an argument is of another kind; and, when awaited, the host's own where the
 * server can't be reached, or where the host refuses what it was given.
 *
 * @example
 * ```ts
 * const user = yield* waitFor(fetch("https://example.com/user/7").json<{ name: string }>(), "2s");
 * const { status } = yield* fetch("https://example.com/", { method: "HEAD" });
 * ```
 */
export function fetch(input: FetchInput, init?: FetchInit): FetchOperation {
  checkInput(input);
  checkInit(init);
  return new FetchRequest(input, init ?? {});
}

/** Sends a request, and reads what is wanted of the response; `null` if that is the response itself. */
function* perform(
  input: unknown,
  init: object,
  read: Read<unknown> | null,
): Coroutine<unknown> {
  const { fetch } = globalThis as { fetch?: HostFetch };
  if (typeof fetch !== "function") {
    throw new InvalidStateError("Cannot fetch: this host has no fetch");
  }
  const inFlight = new InFlight(current.kernel!, signalOf(input, init));
  try {
    const send = () => fetch(input, withSignal(init, inFlight.signal));
    const response = yield* inFlight.wait(send, discardBody);
    if (read === null) return response;
    if (!response.ok) throw new HttpError(response as unknown as HostResponse);
    return yield* inFlight.wait(() => read(response), () => {});
  } finally {
    inFlight.end();
  }
}

/** Nobody wants the response any more, and its connection should not wait for the garbage collector. */
function discardBody({ body }: ResponseLike): void {
  // It may have been aborted, which it says again here.
  body?.cancel().catch(() => {});
}

/** The program's own signal: that of the settings, or else of the request, as hosts have it. */
function signalOf(input: unknown, init: object): AbortSignalLike | null {
  const { signal } = init as { signal?: AbortSignalLike | null };
  if (signal !== undefined) return signal;
  return isRequest(input) ? input.signal ?? null : null;
}

/** The settings with another signal. A request will do as settings, and has getters in their place. */
function withSignal(init: object, signal: AbortSignalLike): object {
  const prototype = Object.getPrototypeOf(init);
  if (prototype === Object.prototype || prototype === null) return { ...init, signal };
  return new Proxy({}, {
    has: (_, name) => name === "signal" || name in init,
    get: (_, name) => name === "signal" ? signal : init[name as never],
  });
}

function isRequest(x: unknown): x is { url: string; signal?: AbortSignalLike } {
  return typeof x === "object" && x !== null && typeof (x as { url?: unknown }).url === "string";
}

function checkInput(input: unknown): void {
  if (typeof input === "string" || isRequest(input)) return;
  // Hosts take whatever says its address, such as a URL or a page's location.
  const isAddress = typeof input === "object" && input !== null &&
    typeof (input as { href?: unknown }).href === "string";
  if (isAddress) return;
  throw new TypeError(`input must be a string, a URL or a Request, got ${describe(input)}`);
}

function checkInit(init: unknown): void {
  if (init === undefined || init === null) return;
  if (typeof init !== "object" || Array.isArray(init)) {
    throw new TypeError(`init must be an object, got ${describe(init)}`);
  }
  const { signal } = init as { signal?: Partial<AbortSignalLike> | null };
  if (signal === undefined || signal === null) return;
  if (typeof signal?.aborted !== "boolean" || typeof signal.addEventListener !== "function") {
    throw new TypeError(`init.signal must be an AbortSignal, got ${describe(signal)}`);
  }
}
