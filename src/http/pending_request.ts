/**
 * Requests that could not be answered at once, in the order in which they came.
 *
 * Since handlers start in that order, and all deadlines are equally long, one list serves everybody who
 * has to look at requests one after the other. Each of those has a cursor in it, and none needs a timer, a
 * queue or an object for each request.
 *
 * @module
 */
import type { Task } from "../task/task.ts";
import type { HostRequest, HostResponse } from "./host_types.ts";

/** What is told when a handler has ended. */
export interface Owner {
  _ended(pending: PendingRequest): void;
}

type Resolve = (response: HostResponse) => void;

let resolveLast: Resolve;
const noteResolve = (resolve: Resolve) => {
  resolveLast = resolve;
};

/** One request, from the moment when its handler has had to wait until that has ended. */
export class PendingRequest {
  // Servers make them by the million: see "What one would not expect" in CONTRIBUTING.md. Numbers
  // are whole, because V8 makes an object for each one in a field that isn't.

  readonly request: HostRequest;
  /** The host's. */
  readonly exchange: object;
  /** Who answers it; null while it waits for its turn. */
  task: Task<unknown> | null = null;
  /** Whether the task is that of `onError`. */
  isFailing = false;
  /** Whether there is a response, or nobody to get one: what its task does is of no consequence. */
  isAnswered = false;
  /** Whether the client's leaving means nothing. */
  isDisarmed = false;
  /** How many sweeps there had been when it came. */
  epoch = 0;
  /** When its deadline passes, in milliseconds on the loop's clock; -1 while that isn't known. */
  due = -1;
  previous: PendingRequest | null = null;
  next: PendingRequest | null = null;
  readonly promise: Promise<HostResponse>;
  private readonly _resolve: Resolve;
  private readonly _owner: Owner;

  constructor(owner: Owner, request: HostRequest, exchange: object) {
    this._owner = owner;
    this.request = request;
    this.exchange = exchange;
    this.promise = new Promise(noteResolve);
    this._resolve = resolveLast;
  }

  /** Gives the response, if there was none yet. */
  answer(response: HostResponse): void {
    this.isAnswered = true;
    this._resolve(response);
  }

  /** Its task is done. */
  _futureDone(): void {
    this._owner._ended(this);
  }
}

/** All that wait, the oldest first, with the cursors of those who look through them. */
export class PendingList {
  size = 0;
  /** The first one. */
  oldest: PendingRequest | null = null;
  /** The first one whose client isn't watched. */
  unwatched: PendingRequest | null = null;
  /** The first one whose deadline hasn't passed. */
  undue: PendingRequest | null = null;
  /** The first one whose deadline isn't known. */
  undated: PendingRequest | null = null;
  /** The first one whose handler hasn't started. */
  queued: PendingRequest | null = null;
  private _newest: PendingRequest | null = null;

  /** Adds one; if it has no task yet, it stands in line. */
  add(pending: PendingRequest): void {
    const newest = this._newest;
    pending.previous = newest;
    if (newest === null) this.oldest = pending;
    else newest.next = pending;
    this._newest = pending;
    this.size++;
    if (this.unwatched === null) this.unwatched = pending;
    if (this.undue === null) this.undue = pending;
    if (this.undated === null) this.undated = pending;
    if (this.queued === null && pending.task === null) this.queued = pending;
  }

  /** Takes one out. */
  remove(pending: PendingRequest): void {
    const { previous, next } = pending;
    if (this.unwatched === pending) this.unwatched = next;
    if (this.undue === pending) this.undue = next;
    if (this.undated === pending) this.undated = next;
    if (this.queued === pending) this.queued = next;
    if (previous === null) this.oldest = next;
    else previous.next = next;
    if (next === null) this._newest = previous;
    else next.previous = previous;
    pending.previous = pending.next = null;
    this.size--;
  }

  /** All of them, as they are now. */
  list(): PendingRequest[] {
    const list: PendingRequest[] = [];
    for (let at = this.oldest; at !== null; at = at.next) list.push(at);
    return list;
  }

  /** The one of this request; null if it isn't among them. */
  find(request: object): PendingRequest | null {
    for (let at = this.oldest; at !== null; at = at.next) if (at.request === request) return at;
    return null;
  }
}
