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
import { currentLoop } from "./running.ts";
import type { Runnable } from "./scheduler.ts";

/**
 * The future that gather returns. It hears of each child at once, and takes one slot when the
 * outcome is known, so that gathering costs one turn however many children there are.
 */
class Gathering extends Future<unknown[]> implements Observer, Runnable {
  readonly #children: Future<unknown>[];
  readonly #returnExceptions: boolean;
  #left: number;
  #cancelled = false;
  #message: string | undefined = undefined;
  /** The first child that failed, when that decides. */
  #failed: Future<unknown> | null = null;
  #decided = false;
  #slot = -1;

  /** @param distinct The children without repetitions. */
  constructor(
    loop: EventLoop,
    children: Future<unknown>[],
    distinct: Future<unknown>[],
    returnExceptions: boolean,
  ) {
    super({ loop });
    this.#children = children;
    this.#returnExceptions = returnExceptions;
    this.#left = distinct.length;
    for (const child of distinct) {
      if (child.done()) this.#hear(child);
      else child._observe(this);
    }
    if (this.#decided || this.#left === 0) this.#settle();
  }

  _futureDone(child: Future<unknown>): void {
    this.#hear(child);
    if (this.done()) return;
    if (!this.#decided || this.#slot >= 0) return;
    this.#slot = this.loop._register(this);
    this.loop._ready(this.#slot);
  }

  /** Cancels every child; the children's ends then end the gathering. */
  override cancel(message?: string): boolean {
    if (this.done()) return false;
    let any = false;
    for (const child of this.#children) if (child.cancel(message)) any = true;
    if (any) {
      this.#cancelled = true;
      this.#message = message;
    }
    return any;
  }

  _step(): void {
    this.loop._release(this.#slot);
    if (!this.done()) this.#settle();
  }

  override _owned(): boolean {
    return true;
  }

  #hear(child: Future<unknown>): void {
    this.#left--;
    if (child._hasFailed()) child._markSeen();
    if (this.#decided) return;
    const failed = child.cancelled() || child._hasFailed();
    if (failed && !this.#returnExceptions) this.#failed = child;
    this.#decided = this.#failed !== null || this.#left === 0;
  }

  #settle(): void {
    // A cancelled child, and even a cancel of the gathering, is an error here, not a cancellation.
    if (this.#failed !== null) this._fail(this.#failed._outcome());
    else if (this.#cancelled) this._fail(new CancelledError(this.#message));
    else this._succeed(this.#children.map((child) => child._outcome()));
  }
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
  for (let i = 0; i < list.length; i++) {
    if (!isAwaitable(list[i])) throw notAwaitable(list[i], `aws[${i}]`);
  }
  const loop = (list.find((aw) => aw instanceof Future) as Future<unknown> | undefined)?.loop ??
    currentLoop();
  // Mostly all are distinct, and then one pass over a set is cheaper than a map from each to its task.
  const repeats = new Set(list).size < list.length;
  const children = repeats ? childrenOf(list, loop) : list.map((aw) => childOf(aw, loop));
  const distinct = repeats ? [...new Set(children)] : children;
  return new Gathering(loop, children, distinct, options.returnExceptions ?? false);
}

function childOf(aw: unknown, loop: EventLoop): Future<unknown> {
  if (!(aw instanceof Future)) return loop.createTask(aw as Awaitable<unknown>);
  if (aw.loop === loop) return aw;
  throw new InvalidStateError("Cannot gather futures of different event loops");
}

/** The same awaitable given twice is one child. */
function childrenOf(list: readonly unknown[], loop: EventLoop): Future<unknown>[] {
  const futures = new Map<unknown, Future<unknown>>();
  return list.map((aw) => {
    const future = futures.get(aw) ?? childOf(aw, loop);
    futures.set(aw, future);
    return future;
  });
}

function checkRest(args: readonly unknown[]): void {
  if (args.length > 1 && args[1] !== undefined) checkOptions(args[1]);
  if (args.length > 2) throw new TypeError("gather() takes one array and options, or no array");
}
