/**
 * From requests to tasks, and from tasks to responses.
 *
 * The host calls for each request, with no loop running. A task begins in that very call, and most end in
 * it: then the host gets the response itself, and not even a promise is made. What has to wait is a
 * pending request from then on.
 *
 * @module
 */
import { describe } from "../check.ts";
import type { HttpHost } from "../host/http.ts";
import { asCallback, enterCallback, enterLoop, leaveLoop } from "../kernel/current.ts";
import type { Kernel, VariablesHolder } from "../kernel/kernel.ts";
import type { EventLoop } from "../loop/event_loop.ts";
import type { Context } from "../task/context.ts";
import { type Coroutine, isGeneratorFunction } from "../task/generator.ts";
import type { Observer } from "../task/observers.ts";
import { spawn, type Task } from "../task/task.ts";
import { type BodyStream, BrokenBody, streamOf, unsent } from "./body_stream.ts";
import { Deadlines } from "./deadlines.ts";
import { Disconnects } from "./disconnects.ts";
import { call, type ErrorHandler, type Handler, Info, requestLine } from "./handler.ts";
import type { HostRequest, HostResponse } from "./host_types.ts";
import type { QuietPeriod } from "./quiet_period.ts";
import { inPieces } from "./pieces.ts";
import { PendingList, PendingRequest } from "./pending_request.ts";
import { broken, internalError, unavailable } from "./responses.ts";

/** How requests are answered. */
export interface DispatchOptions {
  readonly handler: Handler;
  readonly onError: ErrorHandler | null;
  /** In milliseconds; `Infinity` for none. */
  readonly deadline: number;
  readonly maxConcurrency: number;
}

/** The requests of one server. */
export class RequestDispatcher {
  // Runs for each request: see "What one would not expect" in CONTRIBUTING.md.

  readonly pending = new PendingList();
  /** The request whose handler is in its first step. */
  starting: HostRequest | null = null;
  /** The request that was upgraded last, before its handler had to wait. */
  upgraded: HostRequest | null = null;
  /** How many streamed responses are on their way. */
  sending = 0;
  /** The coroutines that write the bodies of responses. */
  readonly streams = new Set<BodyStream>();
  private readonly _kernel: Kernel;
  private readonly _holder: VariablesHolder;
  private readonly _host: HttpHost;
  private readonly _options: DispatchOptions;
  private readonly _runsDirectly: boolean;
  private readonly _disconnects: Disconnects;
  private readonly _deadlines: Deadlines | null;
  private readonly _maxConcurrency: number;
  private readonly _quietPeriod: QuietPeriod;
  private readonly _onSettled: () => void;
  private _isClosing = false;
  private _running = 0;

  /**
   * @param holder Has the variables that handlers see.
   * @param quietPeriod Is told of responses.
   * @param onSettled Is called when something has ended while the server drains.
   */
  constructor(
    kernel: Kernel,
    holder: VariablesHolder,
    host: HttpHost,
    options: DispatchOptions,
    quietPeriod: QuietPeriod,
    onSettled: () => void,
  ) {
    this._kernel = kernel;
    this._holder = holder;
    this._host = host;
    this._options = options;
    this._maxConcurrency = options.maxConcurrency;
    this._quietPeriod = quietPeriod;
    this._onSettled = onSettled;
    // A task can run a generator as it is; anything else has to be called first, in the task.
    this._runsDirectly = isGeneratorFunction(options.handler);
    this._disconnects = new Disconnects(
      this.pending,
      (pending) => this._left(pending),
      () => this._deadlines?.sweep(),
    );
    this._deadlines = options.deadline === Infinity
      ? null
      : new Deadlines(kernel, holder, this.pending, options.deadline, (pending) => {
        this._giveUp(pending, "The request's deadline has passed");
      });
  }

  /** Answers newcomers with 503 from now on, and sees to it that responses are sent to their end. */
  close(): void {
    this._isClosing = true;
  }

  /** Ends what belongs to the host and the loop. Nothing more will be answered. */
  end(): void {
    this._isClosing = true;
    this._disconnects.end();
    this._deadlines?.end();
  }

  /** How many handlers and bodies run, or wait for their turn. */
  get running(): number {
    return this.pending.size + this.streams.size;
  }

  /** Cancels all handlers and bodies; `isAborted`: and breaks off responses without waiting for them. */
  cancel(message: string, isAborted: boolean): void {
    for (const pending of this.pending.list()) {
      if (isAborted) this._giveUp(pending, message, broken());
      else if (pending.task === null) this._giveUp(pending, message);
      else this._cancel(pending, message);
    }
    for (const stream of this.streams) stream.cancel(message);
  }

  /** The host has a request. */
  readonly onRequest = (
    request: HostRequest,
    exchange: object,
  ): HostResponse | Promise<HostResponse> => {
    if (this._isClosing) return unavailable({ connection: "close" });
    this._quietPeriod.note();
    if (
      this._running >= this._maxConcurrency || !(this._kernel.loop as EventLoop).isRunning()
    ) return this._queue(request, exchange);
    // As asCallback() does it, by hand: the host calls from outside of any loop.
    enterLoop(this._kernel);
    enterCallback(this._holder);
    this.starting = request;
    let task: Task<unknown>;
    try {
      task = spawn(
        this._kernel,
        this._coroutine(request, exchange),
        undefined,
        undefined,
        true,
      );
    } finally {
      this.starting = null;
      leaveLoop();
    }
    if (!task.done()) return this._wait(request, exchange, task).promise;
    return this._responseOf(task, false, request, exchange) ??
      this._failed(task, request, exchange);
  };

  /** A response could not be sent, or not to its end. */
  readonly onFailure = (exception: unknown): HostResponse => {
    // What a stream() failed by was reported where it failed.
    if (!(exception instanceof BrokenBody)) this._report("A response can't be sent", exception);
    return internalError();
  };

  /** What the task of a request runs. */
  private _coroutine(request: HostRequest, exchange: object): Coroutine<unknown> {
    const { handler } = this._options;
    const info = new Info(this._host, exchange);
    if (this._runsDirectly) {
      try {
        return handler(request, info) as Coroutine<unknown>;
      } catch (error) {
        // Its parameters are no names, and could not be bound.
        return call(() => {
          throw error;
        }, []);
      }
    }
    return call(handler, [request, info]);
  }

  /** The handler has to wait. */
  private _wait(
    request: HostRequest,
    exchange: object,
    task: Task<unknown> | null,
  ): PendingRequest {
    const pending = new PendingRequest(this, request, exchange);
    pending.task = task;
    pending.isDisarmed = this.upgraded === request;
    this.pending.add(pending);
    this._disconnects.begin();
    pending.epoch = this._disconnects.epoch;
    this._deadlines?.begin(pending);
    if (task !== null) this._observe(pending, task);
    return pending;
  }

  private _observe(pending: PendingRequest, task: Task<unknown>): void {
    this._running++;
    pending.task = task;
    task["_observe"](pending as unknown as Observer);
  }

  /** Has a request wait for its turn, or for its loop to run. */
  private _queue(request: HostRequest, exchange: object): Promise<HostResponse> {
    const { promise } = this._wait(request, exchange, null);
    this._startNext();
    return promise;
  }

  /** Starts handlers that have waited for their turn, in theirs. */
  private _startNext(): void {
    for (
      let next = this.pending.queued;
      next !== null && this._running < this._maxConcurrency;
      next = this.pending.queued
    ) {
      const pending = next;
      this.pending.queued = pending.next;
      this._observe(
        pending,
        this._spawn(() => this._coroutine(pending.request, pending.exchange)),
      );
    }
  }

  /** Makes a task that begins in the next turn. */
  private _spawn(coroutine: () => Coroutine<unknown>, context?: Context): Task<unknown> {
    return asCallback(
      this._kernel,
      () => spawn(this._kernel, coroutine(), undefined, context, false),
      this._holder,
    );
  }

  /** @ignore A handler that had to wait has ended. */
  _ended(pending: PendingRequest): void {
    const { request, exchange, isFailing } = pending;
    const task = pending.task!;
    this._running--;
    if (pending.isAnswered) this._discard(task, request);
    else {
      const response = this._responseOf(task, isFailing, request, exchange);
      if (response === null) return this._askOnError(pending, task);
      this._quietPeriod.note();
      pending.answer(response);
    }
    this.pending.remove(pending);
    if (this.pending.queued !== null) this._startNext();
    if (this._isClosing) this._onSettled();
  }

  /** What a task has given; null where `onError` is to be asked. */
  private _responseOf(
    task: Task<unknown>,
    isFailing: boolean,
    request: HostRequest,
    exchange: object,
  ): HostResponse | null {
    if (task.cancelled()) return unavailable();
    const response = task["_hasFailed"]() ? null : task.result();
    if (response instanceof Response) {
      // Both are rare, and to look for a stream makes one of any body.
      if (!this._isClosing && unsent.count === 0) return response as HostResponse;
      return this._prepare(response as HostResponse, exchange);
    }
    const error = failureOf(task);
    // It leaves by the body that the handler reads, before anything else can tell.
    if (this._host.isClientGone(error)) return unavailable();
    if (this._options.onError !== null && !isFailing) return null;
    this._reportFailure(error, request, task);
    return internalError();
  }

  /** Nobody gets what a task has given: there was another answer before, or the client has left. */
  private _discard(task: Task<unknown>, request: HostRequest): void {
    if (task.cancelled()) return;
    const response = task["_hasFailed"]() ? null : task.result();
    if (response instanceof Response) {
      // What gives its body must not wait for a reader. It may be used up, which is said here again.
      response.body?.cancel().catch(() => {});
      return;
    }
    const error = failureOf(task);
    if (!this._host.isClientGone(error)) this._reportFailure(error, request, task);
  }

  /** A handler has failed at once, and `onError` is to be asked. */
  private _failed(
    task: Task<unknown>,
    request: HostRequest,
    exchange: object,
  ): Promise<HostResponse> {
    const pending = this._wait(request, exchange, null);
    if (this.pending.queued === pending) this.pending.queued = null;
    this._askOnError(pending, task);
    return pending.promise;
  }

  /** Runs `onError` in the place of the handler, in the context of its task. */
  private _askOnError(pending: PendingRequest, failed: Task<unknown>): void {
    const error = failureOf(failed);
    pending.isFailing = true;
    const context = failed["_context"] ?? undefined;
    const onError = this._options.onError!;
    this._observe(
      pending,
      this._spawn(() => call(onError, [error, pending.request]), context),
    );
  }

  /** Looks after a response whose body is a stream, or may be one. */
  private _prepare(response: HostResponse, exchange: object): HostResponse {
    const stream = streamOf(response);
    if (stream !== null) {
      this.streams.add(stream);
      stream.onEnded = () => {
        this.streams.delete(stream);
        if (this._isClosing) this._onSettled();
      };
    }
    // While the server drains, any body is sent as a stream: of those the host tells when they are sent.
    const sent = this._isClosing && stream === null ? inPieces(response) : response;
    // A body that is none of stream() may still read from one, to compress it, say.
    if (this._isClosing || response.body !== null) {
      this.sending++;
      this._host.whenSent(exchange, () => {
        this.sending--;
        this._quietPeriod.note();
        if (this._isClosing) this._onSettled();
      });
    }
    return sent;
  }

  /** The client has left. */
  private _left(pending: PendingRequest): void {
    this._giveUp(pending, "The client has left");
  }

  /** Doesn't wait for a handler any longer. */
  private _giveUp(pending: PendingRequest, message: string, response = unavailable()): void {
    pending.answer(response);
    this._quietPeriod.note();
    if (pending.task !== null) return this._cancel(pending, message);
    this.pending.remove(pending);
    if (this._isClosing) this._onSettled();
  }

  private _cancel({ task }: PendingRequest, message: string): void {
    asCallback(this._kernel, () => task!.cancel(message), this._holder);
  }

  private _reportFailure(error: unknown, request: HostRequest, task: Task<unknown>): void {
    this._report(`Exception in the handler of ${requestLine(request)}`, error, task);
  }

  private _report(message: string, exception: unknown, task?: Task<unknown>): void {
    this._kernel.report({ message, exception, ...task && { task } });
  }
}

/** What a handler has failed by that gave no response, and wasn't cancelled. */
function failureOf(task: Task<unknown>): unknown {
  if (task["_hasFailed"]()) return task.exception();
  return new TypeError(`handler must return a Response, got ${describe(task.result())}`);
}
