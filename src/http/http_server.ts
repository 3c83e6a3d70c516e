/**
 * HTTP servers as programs see them.
 *
 * @module
 */
import { type Duration, limitMilliseconds } from "../duration.ts";
import { InvalidStateError, TimeoutError } from "../errors.ts";
import type { Address } from "../host/sockets.ts";
import { current } from "../kernel/current.ts";
import { makeDisposable } from "../portable.ts";
import { Printable } from "../printing.ts";
import { nameOf } from "../streams/address.ts";
import { futureOf } from "../task/future.ts";
import type { Coroutine } from "../task/generator.ts";
import { GeneratorOperation, type Operation } from "../task/operation.ts";
import { waitFor } from "../time/wait_for.ts";
import type { ServerCore } from "./server_core.ts";

/**
 * A server that {@linkcode serve} has started. As CPython's `asyncio.Server`, and what web frameworks there
 * have for a graceful shutdown.
 *
 * @example
 * ```ts
 * const server = yield* serve(() => new Response("Hello"), { port: 0 });
 * console.log(server.sockname);
 * yield* server.shutdown("10s");
 * ```
 */
export class HttpServer extends Printable {
  /** Closes it and waits until it is closed, at the end of an `await using` block. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;
  readonly #core: ServerCore;

  /** @internal Use {@linkcode serve}. */
  constructor(core: ServerCore) {
    super();
    this.#core = core;
    makeDisposable(HttpServer.prototype, "asyncDispose", function (this: HttpServer) {
      this.close();
      return this.waitClosed().then();
    });
  }

  /** Where it listens. */
  get sockname(): Address {
    return this.#core.sockname;
  }

  /** Whether it takes requests. */
  isServing(): boolean {
    return this.#core.isServing();
  }

  /**
   * Takes no more requests; those that it has are answered. Newcomers are refused, or get a 503 with
   * `connection: close`. Calling this again does nothing.
   */
  close(): void {
    this.#core.close();
  }

  /**
   * Cancels all handlers, whose clients get a 503, and all bodies that coroutines write, and closes
   * WebSockets with 1001. It goes on serving unless it is closed.
   */
  closeClients(): void {
    this.#core.cancel(false);
  }

  /** The same, and breaks off what isn't answered yet. A server that is closed drops all connections. */
  abortClients(): void {
    this.#core.cancel(true);
  }

  /** Waits until it is closed, every handler has ended, and every connection is gone. */
  waitClosed(): Operation<void> {
    return new GeneratorOperation(waitClosed, [this.#core]);
  }

  /**
   * Closes it, and waits until what is under way has ended. What hasn't after `grace` is cancelled, and
   * then this waits for its clean-up only.
   *
   * @param grace How long to wait; `null`, or nothing, for as long as it takes.
   * @throws {RangeError | TypeError} When `grace` is no duration.
   */
  shutdown(grace: Duration | null = null): Operation<void> {
    return new GeneratorOperation(shutdown, [this.#core, limitMilliseconds(grace, "grace")]);
  }

  /**
   * Serves until it is cancelled; then closes the server, and waits until it is gone. So it does when the
   * server is closed meanwhile, and throws a {@linkcode CancelledError}.
   *
   * @returns An operation that never ends.
   * @throws {InvalidStateError} When awaited, if the server is closed, or another task does the same.
   */
  serveForever(): Operation<never> {
    return new GeneratorOperation(serveForever, [this.#core]);
  }

  /** Its address and state, in a line. */
  override toString(): string {
    const { sockname, pending } = this.#core;
    return `HttpServer at ${nameOf(sockname)} ${
      this.isServing() ? "serving" : "closed"
    }, ${pending} ${pending === 1 ? "request" : "requests"} waiting`;
  }
}

function* waitClosed(core: ServerCore): Coroutine<void> {
  yield* core.closed.wait();
}

function* shutdown(core: ServerCore, grace: number): Coroutine<void> {
  core.close();
  try {
    yield* waitFor(core.closed.wait(), grace);
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
    core.drop();
    yield* core.closed.wait();
  }
}

function* serveForever(core: ServerCore): Coroutine<never> {
  if (!core.isServing()) throw new InvalidStateError("Cannot serve: the server is closed");
  if (core.forever !== null) {
    throw new InvalidStateError("Cannot serve: another task is at serveForever() already");
  }
  core.forever = futureOf<never>(current.kernel!);
  try {
    return yield* core.forever;
  } finally {
    core.forever = null;
    core.close();
    yield* core.closed.wait();
  }
}
