/**
 * Waiting for promises.
 *
 * @module
 */
import { checkFunction, futureOf } from "./awaitable.ts";
import { describe } from "./duration.ts";
import type { Future } from "./future.ts";
import type { EventLoop } from "./event_loop.ts";
import { checkStart, made, type Operation, Step } from "./operation.ts";
import { waitingTask } from "./parking.ts";
import { running } from "./running.ts";

class Until<T> extends Step<T> {
  readonly _loop: EventLoop | null = running.loop;
  _awaited = false;
  readonly #start: () => Future<T>;
  #future: Future<T> | null = null;

  constructor(start: () => Future<T>) {
    super();
    this.#start = start;
    made(this);
  }

  override [Symbol.iterator](): Iterator<unknown, T, unknown> {
    checkStart(this);
    this._awaited = true;
    return this as unknown as Iterator<unknown, T, unknown>;
  }

  override next(): IteratorResult<unknown, T> {
    if (this.#future === null) {
      waitingTask(this._loop);
      this.#future = this.#start();
    }
    return this.#future.next();
  }

  override _describe(): string {
    return "until()";
  }
}

/**
 * Waits for a promise from inside a coroutine. A cancelled or timed-out wait lets go of the promise,
 * which goes on by itself; {@linkcode abortable} ends the work, too.
 *
 * @param promise A promise, or anything with a `then`.
 * @throws {TypeError} When it is not one.
 * @throws What the promise is rejected with, when awaited.
 *
 * @example
 * ```ts
 * const text = yield* until(Deno.readTextFile("notes.txt"));
 * ```
 */
export function until<T>(promise: PromiseLike<T>): Operation<T> {
  checkPromise(promise, "promise must be a promise");
  return new Until(() => futureOf(promise));
}

/**
 * Waits for a promise whose work ends when the wait is cancelled: its signal is then aborted.
 *
 * @param fn Starts the work with the signal, and returns its promise. Called when awaited.
 * @throws {TypeError} When `fn` is no function, or what it returns is no promise.
 * @throws What the promise is rejected with, when awaited.
 *
 * @example
 * ```ts
 * const response = yield* waitFor(abortable((signal) => fetch(url, { signal })), "2s");
 * ```
 */
export function abortable<T>(fn: (signal: AbortSignal) => PromiseLike<T>): Operation<T> {
  checkFunction(fn, "fn");
  return new Until(() => {
    const controller = new AbortController();
    const promise = fn(controller.signal);
    checkPromise(promise, "fn must return a promise");
    const future = futureOf(promise);
    future._observe({
      _futureDone: () => {
        if (future.cancelled()) controller.abort(abortReason(future));
      },
    });
    return future;
  });
}

function abortReason(future: Future<unknown>): unknown {
  try {
    return future.exception();
  } catch (error) {
    return error;
  }
}

function checkPromise(x: unknown, expected: string): void {
  if (typeof (x as PromiseLike<unknown> | null)?.then !== "function") {
    throw new TypeError(`${expected}, got ${describe(x)}`);
  }
}
