/**
 * Sending, and waiting until what a WebSocket has been given to send is gone.
 *
 * Hosts say how much is left, in `bufferedAmount`, but not when it gets less. So whoever waits is the
 * reason to look again and again: soon at first, because a quick network empties the buffer within a
 * millisecond, and more and more seldom where the peer takes its time. Where nobody waits, nothing is
 * looked at.
 *
 * @module
 */
import type { HostWebSocket } from "../host/websockets.ts";
import { QuietTimer } from "../kernel/quiet_timer.ts";
import { afterHost } from "../kernel/yield_to_host.ts";
import { nothing, Waiter, WaitQueue, type WaitQueuePolicy } from "../sync/wait_queue.ts";
import type { Operation } from "../task/operation.ts";
import type { WebSocketData } from "./messages.ts";

/** More bytes than this must not be left unsent for a sender to go on. */
const HIGH_WATER = 65_536;

/** How often to look after the host's next turns, before there is a timer each time. */
const SOON = 16;

/** The longest time between two looks, in milliseconds: what a sender may wait in vain. */
const MAX_DELAY = 32;

/** Sends by a host's WebSocket, and knows what is still to go. */
export class SendBuffer implements WaitQueuePolicy<void> {
  readonly #host: HostWebSocket;
  readonly #checkOpen: () => void;
  readonly #timer = new QuietTimer();
  #looks = 0;
  #isLooking = false;
  readonly #senders = new WaitQueue<void>(this);

  /**
   * Looks after a host's WebSocket.
   *
   * @param host The WebSocket.
   * @param checkOpen Throws what those get to see who send by one that is closed.
   */
  constructor(host: HostWebSocket, checkOpen: () => void) {
    this.#host = host;
    this.#checkOpen = checkOpen;
  }

  /** Sends a message when it is awaited, and waits if too much is left then. */
  send(data: WebSocketData): Operation<void> {
    // As a queue's put() does it: one object is the operation, what it brings, and its place in the queue.
    return new Waiter(this.#senders, data as unknown as IteratorReturnResult<void>);
  }

  tryAcquire(waiter: Waiter<void>): boolean {
    const data = waiter._answer as unknown as WebSocketData;
    waiter._answer = nothing;
    this.#checkOpen();
    this.#host.send(data);
    return this.#host.bufferedAmount <= HIGH_WATER || this.#waits();
  }

  onWoken(): boolean {
    this.#checkOpen();
    return this.#host.bufferedAmount <= HIGH_WATER || this.#waits();
  }

  onAbandoned(): void {}

  label(): string {
    return "a WebSocket to send what it has";
  }

  /** It is closed: there is nothing left to wait for. */
  end(): void {
    this.#timer.clear();
    this.#isLooking = false;
    this.#senders.wakeAll();
  }

  /** Another one waits. */
  #waits(): false {
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
