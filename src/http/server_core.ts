/**
 * The life of an HTTP server.
 *
 * The host can only be told to drop everything at once. So whatever ends gently is done above it: a server
 * that drains answers newcomers with 503 while it waits for those that it has, and drops what is left when
 * nothing is on its way any more. Connections on which nothing happens, which the host doesn't tell of, have
 * no say in it.
 *
 * @module
 */
import type { HttpHost, HttpListener, HttpListenOptions } from "../host/http.ts";
import type { Address } from "../host/sockets.ts";
import type { HostResource, Kernel, VariablesHolder } from "../kernel/kernel.ts";
import { Event } from "../sync/event.ts";
import type { Future } from "../task/future.ts";
import { type DispatchOptions, RequestDispatcher } from "./dispatcher.ts";
import { addFinder, type LiveRequest, type OpenSocket, removeFinder } from "./live_requests.ts";
import { QuietPeriod } from "./quiet_period.ts";

/** What an `HttpServer` consists of. */
export class ServerCore implements HostResource {
  /** Set when all is over. */
  readonly closed: Event = new Event();
  /** What `serveForever()` waits for. */
  forever: Future<never> | null = null;
  readonly #kernel: Kernel;
  readonly #holder: VariablesHolder;
  readonly #quietPeriod = new QuietPeriod();
  readonly #dispatcher: RequestDispatcher;
  readonly #listener: HttpListener;
  readonly #sockets = new Set<OpenSocket>();
  readonly #hostHasEnded: Promise<void>;
  #resolveEnded!: () => void;
  #isClosing = false;
  #isListening = true;
  /** Whether responses that are on their way needn't arrive. */
  #isDropping = false;
  #wasAborted = false;

  /**
   * Begins to listen.
   *
   * @throws The host's error.
   */
  constructor(
    kernel: Kernel,
    holder: VariablesHolder,
    host: HttpHost,
    listen: HttpListenOptions,
    dispatch: DispatchOptions,
  ) {
    this.#kernel = kernel;
    this.#holder = holder;
    this.#hostHasEnded = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    const settled = () => this.#settled();
    this.#dispatcher = new RequestDispatcher(
      kernel,
      holder,
      host,
      dispatch,
      this.#quietPeriod,
      settled,
    );
    kernel.hold(this);
    try {
      this.#listener = host.listen(listen, this.#dispatcher, (error) => this.#hostEnded(error));
    } catch (error) {
      kernel.letGo(this);
      throw error;
    }
    addFinder(this.#find);
  }

  get sockname(): Address {
    return this.#listener.sockname;
  }

  /** How many requests aren't answered. */
  get pending(): number {
    return this.#dispatcher.pending.size;
  }

  isServing(): boolean {
    return !this.#isClosing;
  }

  /** Drains it. */
  close(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#dispatcher.close();
    this.forever?.cancel("The server was closed");
    this.#settled();
  }

  /** Cancels whatever answers clients; `isAborted`: and breaks off their connections. */
  cancel(isAborted: boolean): void {
    for (const socket of [...this.#sockets]) isAborted ? socket._abort() : socket._goAway();
    this.#dispatcher.cancel("The server closes its clients", isAborted);
    if (isAborted && this.#isClosing) this.#abort();
  }

  /** Ends it as soon as every coroutine has ended that is cancelled now. */
  drop(): void {
    this.#isDropping = true;
    this.cancel(false);
    this.#settled();
  }

  _onLoopClosed(): Promise<void> {
    this.#isClosing = true;
    this.#end();
    this.#abort();
    return this.#hostHasEnded;
  }

  /** Goes on with its end, if nothing is under way any more. */
  #settled(): void {
    if (!this.#isClosing || this.#isBusy()) return;
    if (!this.#isListening) this.#ended();
    else if (this.#dispatcher.sending === 0 || this.#isDropping) {
      this.#quietPeriod.await(() => {
        // The last response may have been an upgrade, whose socket has opened since.
        if (!this.#isBusy()) this.#abort();
      });
    }
  }

  #isBusy(): boolean {
    return this.#dispatcher.running > 0 || this.#sockets.size > 0;
  }

  /** Has the host drop everything. That must not be done twice, nor when it has ended by itself. */
  #abort(): void {
    if (this.#wasAborted || !this.#isListening) return;
    this.#wasAborted = true;
    this.#quietPeriod.end();
    this.#listener.abort();
  }

  /** The host doesn't listen any more. */
  #hostEnded(exception?: unknown): void {
    this.#isListening = false;
    this.#resolveEnded();
    if (exception !== undefined) {
      this.#kernel.report({ message: "An HTTP server has failed", exception });
    }
    if (this.#kernel.isClosed()) return;
    this.close();
    this.#settled();
  }

  #ended(): void {
    this.#end();
    this.#kernel.letGo(this);
    this.closed.set();
  }

  /** Lets go of timers, and of whatever else would be left. */
  #end(): void {
    this.#quietPeriod.end();
    this.#dispatcher.end();
    removeFinder(this.#find);
  }

  #find = (request: object): LiveRequest | null => {
    const dispatcher = this.#dispatcher;
    const pending = dispatcher.pending.find(request);
    if (pending === null && dispatcher.starting !== request) return null;
    return {
      kernel: this.#kernel,
      holder: this.#holder,
      disarm: () => {
        if (pending !== null) pending.isDisarmed = true;
        else dispatcher.upgraded = dispatcher.starting;
      },
      addSocket: (socket) => {
        this.#sockets.add(socket);
        if (this.#isDropping) socket._goAway();
      },
      removeSocket: (socket) => {
        this.#sockets.delete(socket);
        this.#settled();
      },
    };
  };
}
