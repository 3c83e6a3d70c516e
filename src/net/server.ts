/**
 * A server and its life: it listens, its clients come and go, it closes, and then it is gone.
 *
 * @module
 */
import { type Duration, limitMilliseconds } from "../duration.ts";
import { CancelledError, InvalidStateError, TimeoutError } from "../errors.ts";
import type { Address, Listener, ListenerEvents, Socket } from "../host/sockets.ts";
import { asCallback, currentVariables } from "../kernel/current.ts";
import type { HostResource, Kernel, VariablesHolder } from "../kernel/kernel.ts";
import { Suspension } from "../kernel/suspend.ts";
import type { EventLoop } from "../loop/event_loop.ts";
import { makeDisposable } from "../portable.ts";
import { Printable } from "../printing.ts";
import { nameOf } from "../streams/address.ts";
import { Connection } from "../streams/connection.ts";
import { type ErrorCodes, errorOf } from "../streams/os_error.ts";
import { WaitQueue } from "../sync/wait_queue.ts";
import type { Coroutine } from "../task/generator.ts";
import { GeneratorOperation, type Operation } from "../task/operation.ts";
import type { Task } from "../task/task.ts";
import { waitFor } from "../time/wait_for.ts";
import { type ConnectionHandler, coroutineOf } from "./handler.ts";

/** A client: its connection, and the task that serves it until that has ended. */
interface Client {
  connection: Connection;
  task: Task<unknown> | null;
}

/**
 * A server that listens; {@linkcode startServer} and {@linkcode startUnixServer} make them. CPython's
 * `asyncio.Server`.
 *
 * @example
 * ```ts
 * const server = yield* startServer(handler, "127.0.0.1", 7000);
 * yield* sleep("1h");
 * yield* server.shutdown("10s");
 * ```
 */
export class Server extends Printable implements AsyncDisposable {
  /** For `await using`: closes it, and waits until it is gone. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;
  readonly #kernel: Kernel;
  readonly #handler: ConnectionHandler;
  readonly #limit: number;
  /** Whose variables the handlers see: those of whoever has started the server. */
  readonly #holder: VariablesHolder = { _variables: currentVariables() };
  readonly #codes: ErrorCodes;
  readonly #clients = new Set<Client>();
  /** How many handlers run. */
  #running = 0;
  #listener: Listener | null = null;
  #sockname: Address | null = null;
  #isClosed = false;
  #isPortFree = false;
  #serving: { end: () => void } | null = null;
  readonly #resource: HostResource = { _onLoopClosed: () => this.#stopListening() };
  /** Those who wait until it is gone. */
  readonly #closers: WaitQueue<void> = this.#waitUntil("to be closed", () => this.#isGone());
  /** Those who wait until no handler runs. */
  readonly #idlers: WaitQueue<void> = this.#waitUntil("to be idle", () => this.#running === 0);

  /** @internal Use {@linkcode startServer}. */
  constructor(kernel: Kernel, handler: ConnectionHandler, limit: number, codes: ErrorCodes) {
    super();
    this.#kernel = kernel;
    this.#handler = handler;
    this.#limit = limit;
    this.#codes = codes;
    makeDisposable(Server.prototype, "asyncDispose", Server.prototype._dispose);
  }

  /** Where it listens, or has listened: with the port that the system chose, if that was zero. */
  get sockname(): Address {
    return this.#sockname!;
  }

  /** Whether it accepts connections. */
  isServing(): boolean {
    return !this.#isClosed;
  }

  /** Accepts no more connections. Those that there are live on. */
  close(): void {
    if (this.#isClosed) return;
    this.#stopListening();
    this.#serving?.end();
  }

  /** Closes the clients' connections when everything is sent; what is read from them ends. */
  closeClients(): void {
    for (const { connection } of [...this.#clients]) connection.close();
  }

  /** Closes the clients' connections at once. */
  abortClients(): void {
    for (const { connection } of [...this.#clients]) connection.abort();
  }

  /**
   * Waits until the server is closed, its port is free, every handler has ended, and every connection is
   * gone.
   *
   * @returns An operation without a result.
   */
  waitClosed(): Operation<void> {
    return this.#closers.wait();
  }

  /**
   * Closes the server and has its handlers come to an end: waits for them, cancels those that are left,
   * waits for their clean-up, and then closes whatever connections there still are.
   *
   * @param grace How long to wait before handlers are cancelled; `null`, or nothing, for ever.
   * @returns An operation without a result; cancelled, it leaves the handlers alone.
   * @throws {TypeError | RangeError} When `grace` is no duration.
   */
  shutdown(grace: Duration | null = null): Operation<void> {
    const limit = limitMilliseconds(grace, "grace");
    const shutdown = () => this.#shutdown(limit);
    return new GeneratorOperation(shutdown, []);
  }

  /**
   * Serves until it is cancelled; then closes the server, and waits until it is gone. So it does when the
   * server is closed meanwhile, and throws a {@linkcode CancelledError}.
   *
   * @returns An operation that never ends.
   * @throws {InvalidStateError} When awaited, if the server is closed, or another task does the same.
   */
  serveForever(): Operation<never> {
    const serveForever = () => this.#serveForever();
    return new GeneratorOperation(serveForever, []);
  }

  /** Its address and state, in a line. */
  override toString(): string {
    const state = this.#isClosed ? "closed" : "serving";
    const count = this.#clients.size;
    return `Server at ${nameOf(this.sockname)} ${state}, ${count} ${
      count === 1 ? "connection" : "connections"
    }`;
  }

  /** @ignore What the host tells of clients. */
  protected get _events(): ListenerEvents {
    return {
      onSocket: (socket) => this.#accepted(socket),
      onFailure: (error) => this.#acceptFailed(error),
    };
  }

  /** @ignore The host listens. */
  protected _listen(listener: Listener): void {
    this.#listener = listener;
    this.#sockname = listener.sockname;
    this.#kernel.hold(this.#resource);
  }

  /** What `await using` calls. */
  private _dispose(): Promise<void> {
    this.close();
    return this.waitClosed().then();
  }

  #stopListening(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#listener!.close(() => {
      this.#isPortFree = true;
      this.#kernel.letGo(this.#resource);
      if (this.#isGone()) this.#closers.wakeAll();
    });
  }

  #accepted(socket: Socket): void {
    // It may have come in the very turn in which the server was closed.
    if (this.#isClosed || this.#kernel.isClosed()) return socket.close();
    const client: Client = { connection: null!, task: null };
    const connection = client.connection = new Connection(this.#kernel, socket, {
      limit: this.#limit,
      socket,
      onClosed: () => this.#dropIfOver(client),
    });
    this.#clients.add(client);
    asCallback(this.#kernel, () => this.#startHandler(client, connection), this.#holder);
  }

  #startHandler(client: Client, connection: Connection): void {
    const { reader, writer } = connection;
    const loop = this.#kernel.loop as EventLoop;
    const task = loop.createTask(coroutineOf(this.#handler, reader, writer));
    client.task = task;
    this.#running++;
    task["_observe"]({ _futureDone: () => this.#handlerEnded(client, task) });
  }

  #handlerEnded(client: Client, task: Task<unknown>): void {
    client.task = null;
    if (task.cancelled()) client.connection.abort();
    else {
      const exception = task.exception();
      if (exception !== null) {
        const { what } = client.connection;
        this.#kernel.report({ message: `Exception in the handler of ${what}`, exception, task });
      }
      client.connection.close();
    }
    this.#dropIfOver(client);
    if (--this.#running === 0) this.#idlers.wakeAll();
  }

  /** Forgets a client whose handler has ended and whose connection is gone. */
  #dropIfOver(client: Client): void {
    if (client.task !== null || !client.connection.isClosed) return;
    this.#clients.delete(client);
    if (this.#isGone()) this.#closers.wakeAll();
  }

  #acceptFailed(error: unknown): void {
    const exception = errorOf(this.#codes, error, `Cannot accept at ${nameOf(this.sockname)}`);
    this.#kernel.report({
      message: "A server could not accept a connection, and will try again",
      exception,
    });
  }

  #isGone(): boolean {
    return this.#isPortFree && this.#clients.size === 0;
  }

  *#shutdown(grace: number): Coroutine<void> {
    this.close();
    try {
      if (grace > 0) return yield* waitFor(this.waitClosed(), grace);
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
    }
    for (const { task } of this.#clients) task?.cancel();
    yield* this.#idlers.wait();
    this.abortClients();
    yield* this.waitClosed();
  }

  *#serveForever(): Coroutine<never> {
    if (this.#isClosed) throw new InvalidStateError("Cannot serve: the server is closed");
    if (this.#serving !== null) {
      throw new InvalidStateError("Cannot serve: another task is at serveForever() already");
    }
    try {
      yield* new Suspension<void>((wake) => {
        this.#serving = { end: wake };
      }, "clients");
      throw new CancelledError("The server was closed");
    } finally {
      this.#serving = null;
      this.close();
      yield* this.waitClosed();
    }
  }

  #waitUntil(what: string, condition: () => boolean): WaitQueue<void> {
    return new WaitQueue({
      tryAcquire: condition,
      onWoken: condition,
      onAbandoned: () => {},
      label: () => `${this} ${what}`,
    });
  }
}
