/**
 * Running awaitables concurrently for all their results.
 *
 * @module
 */
import { checkOptions, notAwaitable } from "../check.ts";
import { CancelledError } from "../errors.ts";
import { current, currentKernel } from "../kernel/current.ts";
import type { CancelReason, Kernel, Runnable } from "../kernel/kernel.ts";
import { currentLoop } from "../loop/default_loop.ts";
import type { EventLoop } from "../loop/event_loop.ts";
import { type Awaitable, isAwaitable, type Result } from "../task/awaitable.ts";
import { cancelChain, type CancelLink } from "../task/cancel_chain.ts";
import { Future, onKernel } from "../task/future.ts";
import { disown, isCoroutine, isOwned, mark, refuse } from "../task/generator.ts";
import type { Observer } from "../task/observers.ts";
import { checkStart, Operation, type OperationState } from "../task/operation.ts";

/**
 * The future that gather returns. It hears of each child at once, and takes one slot when the
 * outcome is known, so that gathering costs one turn however many children there are.
 */
class GatherFuture extends Future<unknown[]> implements Observer, Runnable, CancelLink {
  private readonly _children: Future<unknown>[];
  private readonly _returnExceptions: boolean;
  /** How many different children are not done. */
  private _left: number;
  private _cancelRequested = false;
  private _reason: CancelReason = undefined;
  /** The first child that failed, when that decides. */
  private _failed: Future<unknown> | null = null;
  private _slot = -1;

  constructor(kernel: Kernel, children: Future<unknown>[], returnExceptions: boolean) {
    super(onKernel(kernel));
    this._children = children;
    this._returnExceptions = returnExceptions;
    this._left = children.length;
    for (const child of children) {
      if (child.done() || child["_isLastObserver"](this)) this._childDone(child);
      else child["_observe"](this);
    }
    if (this._isDecided()) this._settle();
  }

  private _isDecided(): boolean {
    return this._failed !== null || this._left === 0;
  }

  _futureDone(child: Future<unknown>): void {
    this._childDone(child);
    if (!this._isDecided() || this._slot >= 0 || this.done()) return;
    try {
      this._slot = this._kernel.register(this);
    } catch {
      return this._settle(); // Where there is no slot left, at once is better than never.
    }
    this._kernel.schedule(this._slot);
  }

  _run(): void {
    this._kernel.release(this._slot);
    if (!this.done()) this._settle();
  }

  /** Cancels every child; the children's ends then end the gathering. */
  protected override _cancel(reason: CancelReason): boolean {
    return cancelChain(this, reason);
  }

  protected override _asLink(): CancelLink {
    return this;
  }

  _beginCancel(): boolean {
    if (!this.done()) return true;
    this._retrieved();
    return false;
  }

  _cancelTarget(index: number): Future<unknown> | null {
    return this._children[index] ?? null;
  }

  _endCancel(any: boolean, reason: CancelReason): boolean {
    if (any) {
      this._cancelRequested = true;
      this._reason = reason;
    }
    return any;
  }

  /** The ring goes through a child, which is being cancelled. */
  _interrupt(_reason: CancelReason): boolean {
    return false;
  }

  protected override _label(): string {
    return `gather() of ${this._children.length}`;
  }

  private _childDone(child: Future<unknown>): void {
    this._left--;
    const failed = child["_hasFailed"]();
    if (failed) child["_retrieved"]();
    if ((failed || child.cancelled()) && !this._returnExceptions) this._failed ??= child;
  }

  private _settle(): void {
    // A cancelled child, and even a cancel of the gathering, is an error here, not a cancellation.
    if (this._failed !== null) this._fail(this._failed["_outcome"]());
    else if (this._cancelRequested) this._fail(cancellationOf(this._reason));
    else this._succeed(this._children.map((child) => child["_outcome"]()));
  }
}

function cancellationOf(reason: CancelReason): CancelledError {
  return reason instanceof CancelledError
    ? reason
    : new CancelledError(reason as string | undefined);
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
 * @throws {RangeError} When they belong to different loops.
 * @throws {InvalidStateError} When a coroutine or an operation was taken before.
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
  const children = childrenOf(list);
  const kernel = children.length > 0 ? children[0]["_kernel"] : currentKernel();
  return new GatherFuture(kernel, children, options.returnExceptions ?? false);
}

/** Starts what has to be started, in the order of the list; or refuses it all, and starts nothing. */
function childrenOf(list: readonly unknown[]): Future<unknown>[] {
  let loop: EventLoop | null = null;
  /** Where in the list everything is for the first time, once something may be there twice. */
  let places: Map<unknown, number> | null = null;
  let taken = 0;
  let others = -1;
  try {
    for (; taken < list.length; taken++) {
      const aw = list[taken];
      if (isCoroutine(aw)) {
        if (others < 0) others = taken;
        if (!isOwned(aw)) mark(aw, true);
        else if ((places ??= placesOf(list)).get(aw) === taken) refuse();
      } else if (aw instanceof Future) {
        loop ??= aw.loop;
        if (aw.loop !== loop) {
          throw new RangeError(`aws[${taken}] belongs to another event loop than those before it`);
        }
      } else {
        if (others < 0) others = taken;
        if (aw instanceof Operation) checkStart(aw as unknown as OperationState);
        else if (!isAwaitable(aw)) throw notAwaitable(aw, `aws[${taken}]`);
        else places ??= placesOf(list);
      }
    }
    if (others >= 0) {
      loop ??= currentLoop();
      if (current.kernel !== null && loop["_kernel"] !== current.kernel) {
        throw new RangeError(`aws[${others}] can't run on the event loop of the others`);
      }
      loop["_kernel"].checkOpen();
    }
  } catch (error) {
    for (const aw of list.slice(0, taken)) if (isCoroutine(aw)) disown(aw);
    throw error;
  }
  if (others < 0) return list.slice() as Future<unknown>[];
  const children = new Array<Future<unknown>>(list.length);
  for (let i = 0; i < list.length; i++) {
    const aw = list[i] as Awaitable<unknown>;
    const isTaken = isCoroutine(aw);
    if (!isTaken && isStarted(aw)) places ??= placesOf(list);
    const first = places === null ? i : places.get(aw)!;
    if (first < i) children[i] = children[first];
    else if (isTaken) children[i] = loop!["_spawn"](aw);
    else children[i] = aw instanceof Future ? aw : loop!.createTask(aw);
  }
  return children;
}

/** Whether it is an operation that was started, for its first place in the list. */
function isStarted(aw: Awaitable<unknown>): boolean {
  return aw instanceof Operation && (aw as unknown as OperationState)._awaited;
}

/** Where in the list everything is for the first time. */
function placesOf(list: readonly unknown[]): Map<unknown, number> {
  return new Map(list.map((aw, i) => [aw, i] as const).reverse());
}

function checkRest(args: readonly unknown[]): void {
  if (args.length > 1 && args[1] !== undefined) checkOptions(args[1]);
  if (args.length > 2) throw new TypeError("gather() takes one array and options, or no array");
}
