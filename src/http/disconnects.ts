/**
 * Noticing that clients disconnect.
 *
 * The host tells by `request.signal`, and that is dear: once touched, it costs a server that does nothing
 * else a fifth of its requests a second, or even half where Deno also aborts it after each success. Most
 * requests are answered long before anybody could tell that their client has gone. So only those are
 * watched that have outlived some sweeps. What comes between two sweeps is one generation; were there only
 * one, a sweep would hit those that have just begun.
 *
 * @module
 */
import type { AbortSignalLike } from "../portable.ts";
import type { PendingList, PendingRequest } from "./pending_request.ts";

/** Milliseconds between sweeps; the host's timers take about one more. */
const INTERVAL = 5;

/**
 * How many sweeps a request outlives before its client is watched: that is after 18 to 25 ms. A handler is
 * to be cancelled within 50 ms after its client has left, of which the host takes 1 to 4. Sweeps are counted
 * and not milliseconds, because a host that is too busy to sweep in time has requests that have waited for
 * the host and not for their handlers: to watch them all would make it busier still.
 */
const GENERATIONS = 4;

/** Watches the clients of one server. */
export class Disconnects {
  readonly #pending: PendingList;
  readonly #left: (pending: PendingRequest) => void;
  readonly #onSweep: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** How many sweeps there were: the generation of those who come now. */
  epoch = 0;

  /**
   * @param pending Whom to watch.
   * @param left Is called when a client has left that waits for an answer.
   * @param onSweep Is called for each sweep.
   */
  constructor(
    pending: PendingList,
    left: (pending: PendingRequest) => void,
    onSweep: () => void,
  ) {
    this.#pending = pending;
    this.#left = left;
    this.#onSweep = onSweep;
  }

  /** Sees to it that those are watched who stay. */
  begin(): void {
    if (this.#timer === undefined) this.#timer = setTimeout(this.#sweep, INTERVAL);
  }

  /** Watches nobody any more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #sweep = () => {
    const list = this.#pending;
    this.#timer = undefined;
    const last = ++this.epoch - GENERATIONS;
    for (
      let pending = list.unwatched;
      pending !== null && pending.epoch <= last;
      pending = list.unwatched
    ) {
      list.unwatched = pending.next;
      this.#watch(pending);
    }
    this.#onSweep();
    if (list.unwatched !== null) this.begin();
  };

  #watch(pending: PendingRequest): void {
    if (pending.isDisarmed || pending.isAnswered) return;
    const { signal } = pending.request as { signal: AbortSignalLike };
    const left = () => {
      if (!pending.isAnswered && !pending.isDisarmed) this.#left(pending);
    };
    if (signal.aborted) left();
    else signal.addEventListener("abort", left);
  }
}
