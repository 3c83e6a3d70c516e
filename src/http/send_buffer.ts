/**
 * Waiting until what a WebSocket has been given to send is gone.
 *
 * Hosts say how much is left, in `bufferedAmount`, but not when it gets less. So whoever waits is the
 * reason to look again and again: soon at first, because a quick network empties the buffer within a
 * millisecond, and more and more seldom where the peer takes its time. Where nobody waits, nothing is
 * looked at.
 *
 * @module
 */
import { QuietTimer } from "../kernel/quiet_timer.ts";
import { afterHost } from "../kernel/yield_to_host.ts";
import type { Operation } from "../task/operation.ts";
import { WaitQueue } from "../sync/wait_queue.ts";

/** More bytes than this must not be left unsent for a sender to go on. */
const HIGH_WATER = 65_536;

/** How often to look after the host's next turns, before there is a timer each time. */
const SOON = 16;

/** The longest time between two looks, in milliseconds: what a sender may wait in vain. */
const MAX_DELAY = 32;

/** What a WebSocket was given to send. */
export class SendBuffer {
  readonly #host: { readonly bufferedAmount: number };
  readonly #checkOpen: () => void;
  readonly #timer = new QuietTimer();
  #looks = 0;
  #isLooking = false;
  readonly #senders = new WaitQueue<void>({
    tryAcquire: () => this.#hasRoom(),
    onWoken: () => this.#hasRoom(),
    onAbandoned: () => {},
    label: () => "a WebSocket to send what it has",
  });

  /**
   * Looks after a host's WebSocket.
   *
   * @param host The WebSocket.
   * @param checkOpen Throws what those get to see who wait for one that is closed.
   */
  constructor(host: { readonly bufferedAmount: number }, checkOpen: () => void) {
    this.#host = host;
    this.#checkOpen = checkOpen;
  }

  /** Waits until little enough is left; gives up no turn if that is so. */
  drain(): Operation<void> {
    return this.#senders.wait();
  }

  /** It is closed: there is nothing left to wait for. */
  end(): void {
    this.#timer.clear();
    this.#isLooking = false;
    this.#senders.wakeAll();
  }

  #hasRoom(): boolean {
    this.#checkOpen();
    if (this.#host.bufferedAmount <= HIGH_WATER) return true;
    this.#looks = 0;
    this.#lookLater();
    return false;
  }

  /** Looks again, soon or later. */
  #look(): void {
    this.#isLooking = false;
    if (this.#senders.waiting === 0) return;
    if (this.#host.bufferedAmount <= HIGH_WATER) return this.#senders.wakeAll();
    this.#looks++;
    this.#lookLater();
  }

  #lookLater(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const look = () => this.#look();
    if (this.#looks < SOON) afterHost(look);
    else this.#timer.set(Math.min(2 ** (this.#looks - SOON), MAX_DELAY), look);
  }
}
