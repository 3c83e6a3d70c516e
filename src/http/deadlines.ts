/**
 * The deadlines of a server's requests. They are all equally long, so the oldest one's passes first, and
 * one timer serves them all: it is set again when it fires, not when a request is answered in time.
 *
 * @module
 */
import { enterCallback } from "../kernel/current.ts";
import type { Kernel, Runnable, VariablesHolder } from "../kernel/kernel.ts";
import type { PendingList, PendingRequest } from "./pending_request.ts";

/** The deadlines of one server. */
export class Deadlines implements Runnable {
  readonly #kernel: Kernel;
  readonly #holder: VariablesHolder;
  readonly #pending: PendingList;
  readonly #limit: number;
  readonly #expired: (pending: PendingRequest) => void;
  #slot = -1;

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
  }

  /** A request has begun. */
  begin(pending: PendingRequest): void {
    pending.due = this.#kernel.time() + this.#limit;
    if (this.#slot < 0) this.#set(pending.due);
  }

  /** No deadline is of consequence any more. */
  end(): void {
    if (this.#slot >= 0) this.#kernel.withdraw(this.#slot);
    this.#slot = -1;
  }

  /** The one that was the oldest when the timer was set is due. */
  _run(slot: number): void {
    this.#kernel.release(slot);
    this.#slot = -1;
    enterCallback(this.#holder);
    const list = this.#pending;
    const now = this.#kernel.time();
    let pending = list.undue;
    for (; pending !== null && pending.due <= now; pending = list.undue) {
      list.undue = pending.next;
      if (!pending.isAnswered) this.#expired(pending);
    }
    if (pending !== null) this.#set(pending.due);
  }

  #set(when: number): void {
    this.#slot = this.#kernel.register(this);
    this.#kernel.scheduleAt(this.#slot, when);
  }
}
