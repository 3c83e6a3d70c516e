/**
 * Running awaitables concurrently for all their results.
 *
 * @module
 */
import {
  type Awaitable,
  checkOptions,
  isAwaitable,
  notAwaitable,
  type Result,
} from "./awaitable.ts";
import { CancelledError, InvalidStateError } from "./errors.ts";
import type { EventLoop } from "./event_loop.ts";
import { Future, type Observer } from "./future.ts";
import { Operation } from "./operation.ts";
import { currentLoop } from "./running.ts";
import type { Runnable } from "./scheduler.ts";

/** Up to so many are compared with one another; a set takes 100 ns to begin with. */
const FEW = 8;

/**
 * The future that gather returns. It hears of each child at once, and takes one slot when the
 * outcome is known, so that gathering costs one turn however many children there are.
 */
class Gathering extends Future<unknown[]> implements Observer, Runnable {
  private readonly _children: Future<unknown>[];
  private readonly _returnExceptions: boolean;
  /** How many different children are not done. */
  private _left: number;
  private _cancelled = false;
  private _message: string | undefined = undefined;
  /** The first child that failed, when that decides. */
  private _failed: Future<unknown> | null = null;
  private _decided = false;
  private _slot = -1;

  constructor(loop: EventLoop, children: Future<unknown>[], returnExceptions: boolean) {
    super(loop._futureOptions);
    this._children = children;
    this._returnExceptions = returnExceptions;
    this._left = children.length;
    for (const child of children) {
      if (child.done() || child._isLastObserver(this)) this._hear(child);
      else child._observe(this);
    }
    if (this._decided || this._left === 0) this._settle();
  }

  _futureDone(child: Future<unknown>): void {
    this._hear(child);
    if (!this._decided || this._slot >= 0 || this.done()) return;
    this._slot = this.loop._register(this);
    this.loop._ready(this._slot);
  }

  /** Cancels every child; the children's ends then end the gathering. */
  override cancel(message?: string): boolean {
    if (this.done()) return false;
    let any = false;
    for (const child of this._children) if (child.cancel(message)) any = true;
    if (any) {
      this._cancelled = true;
      this._message = message;
    }
    return any;
  }

  _step(): void {
    this.loop._release(this._slot);
    if (!this.done()) this._settle();
  }

  override _owned(): boolean {
    return true;
  }

  private _hear(child: Future<unknown>): void {
    this._left--;
    const failed = child._hasFailed();
    if (failed) child._markSeen();
    if (this._decided) return;
    if ((failed || child.cancelled()) && !this._returnExceptions) this._failed = child;
    this._decided = this._failed !== null || this._left === 0;
  }

  private _settle(): void {
    // A cancelled child, and even a cancel of the gathering, is an error here, not a cancellation.
    if (this._failed !== null) this._fail(this._failed._outcome());
    else if (this._cancelled) this._fail(new CancelledError(this._message));
    else this._succeed(outcomesOf(this._children));
  }
}

function outcomesOf(futures: Future<unknown>[]): unknown[] {
  const outcomes = new Array<unknown>(futures.length);
  for (let i = 0; i < futures.length; i++) outcomes[i] = futures[i]._outcome();
  return outcomes;
}

/** Settings of {@linkcode gather}. */
export interface GatherOptions {
  /** Whether failures and cancellations take their places among the results, as values. */
  returnExceptions?: boolean;
}

/** The results of awaitables, in their places. */
export type Results<A extends readonly unknown[]> = { -readonly [K in keyof A]: Result<A[K]> };

/** The results of awaitables of which some may have failed. */
export type Outcomes<A extends readonly unknown[]> = {
  -readonly [K in keyof A]: Result<A[K]> | Error;
};

/**
 * Runs awaitables concurrently; the future gets their results in the order of the arguments.
 *
 * The first failure is thrown at once; the others go on. Cancelling the future cancels them all. The
 * same awaitable given twice runs once.
 *
 * @param aws Awaitables, one by one or in an array.
 * @param options See {@linkcode GatherOptions}; only after an array.
 * @throws {TypeError} When one of them can't be awaited.
 *
 * @example
 * ```ts
 * const [user, text] = yield* gather(loadUser(1), loadText("x"));
 * const outcomes = yield* gather(urls.map(download), { returnExceptions: true });
 * ```
 */
export function gather<const A extends readonly Awaitable<unknown>[]>(
  aws: A,
  options: { returnExceptions: true },
): Future<Outcomes<A>>;
/** As above, with all failures thrown. */
export function gather<const A extends readonly Awaitable<unknown>[]>(
  aws: A,
  options?: GatherOptions,
): Future<Results<A>>;
/** As above, with the awaitables one by one. */
export function gather<const A extends readonly Awaitable<unknown>[]>(
  ...aws: A
): Future<Results<A>>;
export function gather(...args: readonly unknown[]): Future<unknown> {
  const [list, options = {}] = Array.isArray(args[0])
    ? args as [readonly unknown[], GatherOptions?]
    : [args];
  if (Array.isArray(args[0])) checkRest(args);
  let loop: EventLoop | null = null;
  let marked = true;
  for (let i = 0; i < list.length; i++) {
    const aw = list[i];
    if (aw instanceof Future) loop ??= aw.loop;
    else if (!(aw instanceof Operation)) {
      if (!isAwaitable(aw)) throw notAwaitable(aw, `aws[${i}]`);
      marked = false;
    }
  }
  loop ??= currentLoop();
  // Operations know that they were awaited. Coroutines and promises have to be compared, which takes
  // a seventh of the time of it all.
  let places = marked || areDistinct(list) ? null : placesOf(list);
  const children = new Array<Future<unknown>>(list.length);
  for (let i = 0; i < list.length; i++) {
    const aw = list[i] as Awaitable<unknown>;
    if (aw instanceof Operation && aw._awaited) places ??= placesOf(list);
    const first = places === null ? i : places.get(aw)!;
    children[i] = first < i ? children[first] : childOf(aw, loop);
  }
  return new Gathering(loop, children, options.returnExceptions ?? false);
}

function areDistinct(list: readonly unknown[]): boolean {
  if (list.length > FEW) return new Set(list).size === list.length;
  for (let i = 1; i < list.length; i++) if (list.lastIndexOf(list[i], i - 1) >= 0) return false;
  return true;
}

/** Where in the list everything is for the first time. */
function placesOf(list: readonly unknown[]): Map<unknown, number> {
  const places = new Map<unknown, number>();
  for (let i = 0; i < list.length; i++) if (!places.has(list[i])) places.set(list[i], i);
  return places;
}

function childOf(aw: Awaitable<unknown>, loop: EventLoop): Future<unknown> {
  if (!(aw instanceof Future)) return loop.createTask(aw);
  if (aw.loop === loop) return aw;
  throw new InvalidStateError("Cannot gather futures of different event loops");
}

function checkRest(args: readonly unknown[]): void {
  if (args.length > 1 && args[1] !== undefined) checkOptions(args[1]);
  if (args.length > 2) throw new TypeError("gather() takes one array and options, or no array");
}
