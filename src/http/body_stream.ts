/**
 * Bodies of responses that coroutines write.
 *
 * The host asks for a chunk when it has sent the one before, and has no other way to say that it wants
 * more. So nothing is kept here: `write()` waits for the host, and hands the chunk over.
 *
 * @module
 */
import { checkFunction, describe } from "../check.ts";
import { InvalidStateError } from "../errors.ts";
import { asCallback, currentKernel, currentVariables } from "../kernel/current.ts";
import type { HostResource, Kernel, VariablesHolder } from "../kernel/kernel.ts";
import { type Start, Suspension } from "../kernel/suspend.ts";
import { type Awaitable, awaitResultOf } from "../task/awaitable.ts";
import type { Coroutine } from "../task/generator.ts";
import type { Observer } from "../task/observers.ts";
import { GeneratorOperation, type Operation } from "../task/operation.ts";
import { spawn, type Task } from "../task/task.ts";
import type { HostReadableStream, HostResponse } from "./host_types.ts";

/** What the host is told of a body that can't be sent to its end; what went wrong is told elsewhere. */
export class BrokenBody extends Error {}

/**
 * Sends a chunk of a body: what {@linkcode stream} calls its function with.
 *
 * @param chunk Bytes, or a string, which is sent as UTF-8.
 * @returns An operation that waits until the host wants more, and gives up no turn if it does already.
 * @throws {TypeError} When `chunk` is neither.
 * @throws {InvalidStateError} When the body has ended, when awaited.
 *
 * @example
 * ```ts
 * const countdown = stream(function* (write: Write) {
 *   for (let i = 3; i > 0; i--) yield* write(`${i}\n`);
 * });
 * ```
 */
export type Write = (chunk: string | Uint8Array) => Operation<void>;

/** Who waits until the host wants more. */
interface Writer {
  readonly chunk: Uint8Array;
  readonly wake: () => void;
  readonly fail: (error: unknown) => void;
}

const encoder = /* @__PURE__ */ new TextEncoder();

/**
 * How many bodies there are that were not seen in a response. While there are none, nobody needs to look for
 * one, which would make a stream of whatever body a response has.
 */
export const unsent: { count: number } = { count: 0 };

const bodies = /* @__PURE__ */ new WeakMap<object, BodyStream>();
const forgotten = /* @__PURE__ */ new FinalizationRegistry(() => unsent.count--);

/** What writes the body of a response; null if that is no `stream()`, or was seen before. */
export function streamOf(response: HostResponse): BodyStream | null {
  const { body } = response;
  const found = body === null ? undefined : bodies.get(body);
  if (found === undefined || found.isSeen) return null;
  found.notice();
  return found;
}

function ended(): InvalidStateError {
  return new InvalidStateError("Cannot write to a body that has ended");
}

/** One body, and the coroutine that writes it. */
export class BodyStream implements HostResource {
  readonly readable: ReadableStream<Uint8Array>;
  /** Whether it is known who reads it. */
  isSeen = false;
  /** Is called when the coroutine has ended, or never will begin. */
  onEnded: () => void = () => {};
  readonly #kernel: Kernel;
  readonly #holder: VariablesHolder = { _variables: currentVariables() };
  readonly #body: (write: Write) => Awaitable<unknown> | void;
  readonly #writers = new Set<Writer>();
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #task: Task<unknown> | null = null;
  #hasEnded = false;
  /** Whether the host wants more. */
  #isWanted = false;

  constructor(kernel: Kernel, body: (write: Write) => Awaitable<unknown> | void) {
    this.#kernel = kernel;
    this.#body = body;
    this.readable = new ReadableStream({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#pull(),
      cancel: () => this.#abandoned(),
    }, { highWaterMark: 0 });
    unsent.count++;
    bodies.set(this.readable, this);
    forgotten.register(this.readable, undefined, this);
  }

  /** It was found in a response, or is over. Until then it may be part of a body that hides it. */
  notice(): void {
    if (this.isSeen) return;
    this.isSeen = true;
    forgotten.unregister(this);
    unsent.count--;
  }

  /** Cancels the coroutine, which breaks off the response. */
  cancel(message: string): void {
    const task = this.#task;
    if (task !== null) asCallback(this.#kernel, () => task.cancel(message), this.#holder);
    else this.#end(() => this.#controller.error(new BrokenBody()));
  }

  /** The loop was closed, and nobody will write any more. */
  _onLoopClosed(): void {
    this.#end(() => this.#controller.error(new BrokenBody()));
  }

  /** The host wants more. */
  #pull(): void {
    this.#isWanted = true;
    if (this.#task === null) return this.#begin();
    for (const writer of this.#writers) {
      this.#writers.delete(writer);
      this.#send(writer.chunk);
      return writer.wake();
    }
  }

  #begin(): void {
    if (this.#kernel.isClosed()) return this._onLoopClosed();
    this.#kernel.hold(this);
    const body = this.#body;
    const write: Write = (chunk) => this.#write(chunk);
    this.#task = asCallback(this.#kernel, () => {
      const coroutine = run(() => body(write));
      return spawn(this.#kernel, coroutine, undefined, undefined, false);
    }, this.#holder);
    this.#task["_observe"]({ _futureDone: () => this.#done() } as Observer);
  }

  #write(chunk: string | Uint8Array): Operation<void> {
    if (typeof chunk !== "string" && !(chunk instanceof Uint8Array)) {
      throw new TypeError(`chunk must be a string or a Uint8Array, got ${describe(chunk)}`);
    }
    // The host sends from these very bytes after this has returned, and they may have changed by then.
    const bytes = typeof chunk === "string" ? encoder.encode(chunk) : chunk.slice();
    const start: Start<void> = (wake, fail) => {
      if (this.#hasEnded) {
        // Deno takes the client's leave inside of enqueue(), in a step of the body's own: its cancel comes
        // with the next wait, so there must be one.
        queueMicrotask(() => fail(ended()));
        return;
      }
      if (bytes.length === 0) return wake();
      if (this.#isWanted) {
        this.#send(bytes);
        return wake();
      }
      const writer: Writer = { chunk: bytes, wake, fail };
      this.#writers.add(writer);
      return () => this.#writers.delete(writer);
    };
    return new GeneratorOperation(() => new Suspension(start, "write()"), []);
  }

  #send(chunk: Uint8Array): void {
    this.#isWanted = false;
    this.#controller.enqueue(chunk);
  }

  /** Whoever reads it has left. */
  #abandoned(): void {
    const task = this.#task;
    this.#end(() => {});
    if (task !== null) {
      asCallback(this.#kernel, () => task.cancel("The client has left"), this.#holder);
    }
  }

  /** The coroutine has ended. */
  #done(): void {
    const task = this.#task!;
    this.#kernel.letGo(this);
    const hasFailed = task["_hasFailed"]();
    if (hasFailed) {
      const exception = task.exception();
      this.#kernel.report({ message: "Exception in the body of a stream()", exception, task });
    }
    this.#end(() => {
      if (hasFailed || task.cancelled()) this.#controller.error(new BrokenBody());
      else this.#controller.close();
    });
    this.onEnded();
  }

  /** Tells the host that there is no more, if it doesn't know yet. */
  #end(tell: () => void): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.notice();
    tell();
    for (const writer of this.#writers) writer.fail(ended());
    this.#writers.clear();
    if (this.#task === null) this.onEnded();
  }
}

/** What the task of a body runs. */
function* run(body: () => Awaitable<unknown> | void): Coroutine<unknown> {
  return yield* awaitResultOf(body, "body");
}

/**
 * The body of a response, written by a coroutine. It begins when the host asks for the first chunk, in a
 * copy of the context in which this was called; it is cancelled when the client leaves. A failure breaks
 * off the response, and is reported to the loop's exception handler. Python's web frameworks call this a
 * streaming response.
 *
 * @param body Is called with a function that sends a chunk.
 * @returns What `new Response` takes for a body.
 * @throws {TypeError} When `body` is no function.
 *
 * @example
 * ```ts
 * const server = yield* serve(() =>
 *   new Response(stream(function* (write) {
 *     for (let i = 0; i < 10; i++) {
 *       yield* write(`line ${i}\n`);
 *       yield* sleep("1s");
 *     }
 *   }))
 * );
 * ```
 */
export function stream(body: (write: Write) => Awaitable<unknown> | void): HostReadableStream {
  checkFunction(body, "body");
  return new BodyStream(currentKernel(), body).readable as HostReadableStream;
}
