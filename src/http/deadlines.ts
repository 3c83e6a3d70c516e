/**
 * The deadlines of a server's requests. They are all equally long, so the oldest one's passes first, and
 * one timer serves them all: it is set again when it fires, not when a request is answered in time.
 *
 * To read the clock takes longer than to start a task. Where a deadline is long, requests are noted as they
 * come, and dated by the next sweep, which counts in their favour; their timer is the host's, because a loop
 * that has timers reads the clock in each slice. Short deadlines, and those on a clock that isn't the
 * host's, are timers of the loop.
 *
 * @module
 */
import { MAX_DELAY } from "../kernel/clock.ts";
import { asCallback, enterCallback } from "../kernel/current.ts";
import type { Kernel, Runnable, VariablesHolder } from "../kernel/kernel.ts";
import type { Scheduler } from "../kernel/scheduler.ts";
import type { PendingList, PendingRequest } from "./pending_request.ts";

/** A deadline is long from this many milliseconds on: ten sweeps and more. */
const LONG = 200;

/** The deadlines of one server. */
export class Deadlines implements Runnable {
  readonly #kernel: Kernel;
  readonly #holder: VariablesHolder;
  readonly #pending: PendingList;
  readonly #limit: number;
  readonly #expired: (pending: PendingRequest) => void;
  readonly #isLong: boolean;
  #slot = -1;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param limit How long each request may take, in milliseconds.
   * @param expired Is called when one has taken that long.
   */
  constructor(
    kernel: Kernel,
    holder: VariablesHolder,
    pending: PendingList,
    limit: number,
    expired: (pending: PendingRequest) => void,
  ) {
    this.#kernel = kernel;
    this.#holder = holder;
    this.#pending = pending;
    this.#limit = limit;
    this.#expired = expired;
    this.#isLong = limit >= LONG && (kernel as Scheduler).isOnHostClock();
  }

  /** A request has begun, and waits. */
  begin(pending: PendingRequest): void {
    if (this.#isLong) return;
    this.#pending.undated = null;
    pending.due = this.#kernel.time() + this.#limit;
    if (this.#slot < 0) this.#set(pending.due);
  }

  /** Dates those that have come since this was last called. */
  sweep(): void {
    const list = this.#pending;
    if (list.undated === null) return;
    const due = Math.ceil(performance.now() + this.#limit);
    for (let at: PendingRequest | null = list.undated; at !== null; at = at.next) at.due = due;
    list.undated = null;
    if (this.#timer === undefined) this.#set(list.undue!.due);
  }

  /** No deadline is of consequence any more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#slot >= 0) this.#kernel.withdraw(this.#slot);
    this.#slot = -1;
  }

  /** The one that was the oldest when the timer was set is due. */
  _run(slot: number): void {
    this.#kernel.release(slot);
    this.#slot = -1;
    enterCallback(this.#holder);
    this.#expire(this.#kernel.time());
  }

  #onTimer = () => {
    this.#timer = undefined;
    asCallback(this.#kernel, () => this.#expire(performance.now()), this.#holder);
  };

  #expire(now: number): void {
    const list = this.#pending;
    let pending = list.undue;
    for (; pending !== null && isDue(pending, now); pending = list.undue) {
      list.undue = pending.next;
      if (!pending.isAnswered) this.#expired(pending);
    }
    if (pending !== null && pending.due >= 0) this.#set(pending.due);
  }

  #set(when: number): void {
    if (this.#isLong) {
      const delay = Math.ceil(when - performance.now());
      this.#timer = setTimeout(this.#onTimer, Math.min(delay, MAX_DELAY));
    } else {
      this.#slot = this.#kernel.register(this);
      this.#kernel.scheduleAt(this.#slot, when);
    }
  }
}

function isDue({ due }: PendingRequest, now: number): boolean {
  return due >= 0 && due <= now;
}
