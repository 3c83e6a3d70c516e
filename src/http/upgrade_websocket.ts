/**
 * WebSockets on the server's side: what becomes of a request that is upgraded.
 *
 * @module
 */
import { checkFunction, checkOptions, checkString, describe } from "../check.ts";
import { type Duration, limitMilliseconds } from "../duration.ts";
import { isCancelledError } from "../errors.ts";
import { upgradeHostRequest } from "../host/websockets.ts";
import { asCallback, current, currentKernel, currentVariables } from "../kernel/current.ts";
import type { Kernel, VariablesHolder } from "../kernel/kernel.ts";
import { QuietTimer } from "../kernel/quiet_timer.ts";
import type { EventLoop } from "../loop/event_loop.ts";
import { type Awaitable, awaitResultOf } from "../task/awaitable.ts";
import type { Coroutine } from "../task/generator.ts";
import type { Task } from "../task/task.ts";
import type { HostRequest, HostResponse } from "./host_types.ts";
import { type LiveRequest, liveRequest, type OpenSocket } from "./live_requests.ts";
import { checkLimit, DEFAULT_LIMIT } from "./messages.ts";
import { WebSocketChannel } from "./websocket_channel.ts";
import { GOING_AWAY, INTERNAL_ERROR, NORMAL, WebSocketClosed } from "./websocket_closed.ts";
import { WebSocketStream } from "./websocket_stream.ts";

/** Settings of {@linkcode upgradeWebSocket}. */
export interface UpgradeWebSocketOptions {
  /** Which of the protocols that the client offers to take. */
  protocol?: string;
  /**
   * After how long without a sign of life the peer is dropped, "30s" without it; `null` for never. The
   * host pings the peer after half of that time.
   */
  idleTimeout?: Duration | null;
  /** How many bytes of messages are kept that nobody has received yet; 16 MiB without it. */
  limit?: number;
}

/**
 * For how many milliseconds a closing socket without a body holds up a server that is to end: as long
 * as the last response may.
 */
const LINGER = 100;

/**
 * Answers a request by opening a WebSocket. In Deno only.
 *
 * When it has opened, `body` runs as a task of its own, in a copy of the context in which this was
 * called. Its end closes the socket with code 1000, its failure with 1011 and a report to the loop's
 * exception handler, its cancel with 1001. A `body` that lets {@linkcode WebSocketClosed} pass has not
 * failed. aiohttp has `WebSocketResponse` for this.
 *
 * @param request The request that is being answered.
 * @param body Is called with the open {@linkcode WebSocketStream}; a coroutine function, say.
 * @param options See {@linkcode UpgradeWebSocketOptions}.
 * @returns The response, which the handler must return.
 * @throws {TypeError} When an argument is of another kind; the host's own, when the request doesn't ask
 * for a WebSocket.
 * @throws {RangeError} When `idleTimeout` or `limit` isn't positive.
 * @throws {InvalidStateError} Where the host can't do this.
 *
 * @example
 * ```ts
 * const server = yield* serve((request) =>
 *   upgradeWebSocket(request, function* (socket) {
 *     yield* iterate(socket, (message) => socket.send(message));
 *   })
 * );
 * ```
 */
export function upgradeWebSocket(
  request: HostRequest,
  body: (socket: WebSocketStream) => Awaitable<unknown> | void,
  options: UpgradeWebSocketOptions = {},
): HostResponse {
  if (typeof request !== "object" || request === null) {
    throw new TypeError(`request must be a Request, got ${describe(request)}`);
  }
  checkFunction(body, "body");
  checkOptions(options);
  const { protocol = null, idleTimeout = "30s", limit = DEFAULT_LIMIT } = options;
  if (protocol !== null) checkString(protocol, "protocol");
  const patience = limitMilliseconds(idleTimeout, "idleTimeout");
  if (patience <= 0) {
    throw new RangeError(`idleTimeout must be positive, got ${describe(idleTimeout)}`);
  }
  checkLimit(limit);
  const live = liveRequest(request);
  live?.disarm();
  const { socket, response } = upgradeHostRequest(request, {
    protocol,
    idleTimeout: patience === Infinity ? 0 : patience / 1000,
  });
  const kernel = current.kernel ?? live?.kernel ?? currentKernel();
  const holder = current.kernel === null && live !== null
    ? live.holder
    : { _variables: currentVariables() };
  const conversation = new Conversation(kernel, holder, live, body);
  conversation.channel = new WebSocketChannel(
    kernel,
    socket,
    "server",
    limit,
    () => conversation.begin(),
    () => conversation.closed(),
  );
  conversation.channel.agreed = protocol;
  return response as HostResponse;
}

/** A WebSocket of a server's, and the task that converses with its peer. */
class Conversation implements OpenSocket {
  channel!: WebSocketChannel;
  readonly #kernel: Kernel;
  readonly #holder: VariablesHolder;
  readonly #live: LiveRequest | null;
  readonly #body: (socket: WebSocketStream) => Awaitable<unknown> | void;
  readonly #linger = new QuietTimer();
  #task: Task<void> | null = null;
  #isClosed = false;

  constructor(
    kernel: Kernel,
    holder: VariablesHolder,
    live: LiveRequest | null,
    body: (socket: WebSocketStream) => Awaitable<unknown> | void,
  ) {
    this.#kernel = kernel;
    this.#holder = holder;
    this.#live = live;
    this.#body = body;
  }

  /** The socket has opened. */
  begin(): void {
    if (this.#kernel.isClosed()) return this.channel.abort();
    this.#kernel.hold(this.channel);
    const loop = this.#kernel.loop as EventLoop;
    const task = this.#task = asCallback(
      this.#kernel,
      () => loop.createTask(this.#converse()),
      this.#holder,
    );
    task["_observe"]({ _futureDone: () => this.#ended() });
    this.#live?.addSocket(this);
  }

  /** The socket is closed, by whichever side. */
  closed(): void {
    this.#isClosed = true;
    if (this.#task?.done()) this.#remove();
  }

  _goAway(): void {
    this.channel.isGoingAway = true;
    this.#task?.cancel("The server closes its clients");
  }

  _abort(): void {
    this._goAway();
    this.channel.abort();
  }

  *#converse(): Coroutine<void> {
    const { channel } = this;
    const body = this.#body;
    try {
      yield* awaitResultOf(() => body(new WebSocketStream(channel)), "body");
    } catch (exception) {
      if (isCancelledError(exception)) throw exception;
      if (!(exception instanceof WebSocketClosed)) {
        channel.close(INTERNAL_ERROR, "");
        const message = "Exception in the body of a WebSocket";
        this.#kernel.report({ message, exception, task: this.#task! });
      }
    }
    channel.close(channel.isGoingAway ? GOING_AWAY : NORMAL, "");
  }

  /** The body has ended, or has been cancelled before it began. */
  #ended(): void {
    this.channel.close(GOING_AWAY, "");
    if (this.#isClosed) this.#remove();
    else this.#linger.set(LINGER, () => this.#remove());
  }

  #remove(): void {
    this.#linger.clear();
    this.#live?.removeSocket(this);
  }
}
