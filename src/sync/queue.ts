/**
 * Queues.
 *
 * @module
 */
import { checkFunction, describe } from "../check.ts";
import { QueueEmpty, QueueFull, QueueShutDown } from "../errors.ts";
import { done } from "../kernel/suspend.ts";
import { labelled, Printable } from "../printing.ts";
import type { Operation } from "../task/operation.ts";
import { BinaryHeap, type Compare, compareValues } from "./binary_heap.ts";
import { Deque } from "./deque.ts";
import { nameOf, type NameOptions } from "./names.ts";
import { noteSource } from "./queue_iterators.ts";
import { nothing, Waiter, WaitQueue, type WaitQueuePolicy } from "./wait_queue.ts";

/** What holds a queue's items: it decides their order. */
interface Store<T> {
  readonly size: number;
  push(item: T): void;
  shift(): T;
}

/** How getters wait for an item. */
class GetPolicy<T> implements WaitQueuePolicy<T> {
  private readonly _queue: Queue<T>;

  constructor(queue: Queue<T>) {
    this._queue = queue;
  }

  tryAcquire(waiter: { result: T }): boolean {
    const queue = this._queue;
    if (queue.empty()) return queue["_refuseGet"]();
    waiter.result = queue["_take"]();
    return true;
  }

  onWoken(waiter: { result: T }): boolean {
    return this.tryAcquire(waiter);
  }

  onAbandoned(woken: boolean): void {
    if (woken && !this._queue.empty()) this._queue["_getters"].wakeNext();
  }

  label(): string {
    return labelled("queue", this._queue.name);
  }
}

/** How putters wait for room; their item is the answer until it is put. */
class PutPolicy<T> implements WaitQueuePolicy<void> {
  private readonly _queue: Queue<T>;

  constructor(queue: Queue<T>) {
    this._queue = queue;
  }

  tryAcquire(waiter: Waiter<void>): boolean {
    const queue = this._queue;
    if (queue["_isShutDown"] || queue.full()) return queue["_refusePut"]();
    queue["_add"](waiter._answer as unknown as T);
    waiter._answer = nothing;
    return true;
  }

  onWoken(waiter: Waiter<void>): boolean {
    return this.tryAcquire(waiter);
  }

  onAbandoned(woken: boolean): void {
    if (woken && !this._queue.full()) this._queue["_putters"].wakeNext();
  }

  label(): string {
    return `${labelled("queue", this._queue.name)} to have room`;
  }
}

const allDone: IteratorReturnResult<true> = /* @__PURE__ */ done(true);

/**
 * A queue between tasks: first in, first out. With a `maxsize`, putting waits for room.
 *
 * In async functions and with {@linkcode iterate} it can be iterated; that ends when the queue is shut
 * down and empty.
 *
 * @example
 * ```ts
 * const queue = new Queue<string>(10);
 * function* producer() {
 *   for (const url of urls) yield* queue.put(url);
 *   queue.shutdown();
 * }
 * function* consumer() {
 *   yield* iterate(queue, function* (url) {
 *     yield* download(url);
 *   });
 * }
 * ```
 */
export class Queue<T> extends Printable implements AsyncIterable<T> {
  /** The name, for debugging; "" without one. */
  readonly name: string;
  /** How many items the queue holds at most; zero or less means any number. */
  readonly maxsize: number;
  private readonly _items: Store<T>;
  private readonly _getters: WaitQueue<T> = new WaitQueue(new GetPolicy(this));
  private readonly _putters: WaitQueue<void> = new WaitQueue(new PutPolicy(this));
  private _unfinished = 0;
  private readonly _joiners: WaitQueue<true> = new WaitQueue({
    tryAcquire: () => this._unfinished === 0,
    onWoken: () => true,
    onAbandoned: () => {},
    label: () => `${labelled("queue", this.name)} to be done`,
  });
  private _isShutDown = false;

  /**
   * Makes an empty queue.
   *
   * @param maxsize How many items it holds at most; zero or less means any number.
   * @param options `name`: a name for debugging.
   * @throws {RangeError} When `maxsize` is no number.
   */
  constructor(maxsize: number = 0, options: NameOptions = {}) {
    super();
    if (typeof maxsize !== "number" || maxsize !== maxsize) {
      throw new RangeError(`maxsize must be a number, got ${describe(maxsize)}`);
    }
    this.maxsize = maxsize;
    this.name = nameOf(options);
    this._items = this._makeStore();
  }

  /** @ignore */
  protected get _kind(): string {
    return "Queue";
  }

  /** @ignore */
  protected _makeStore(): Store<T> {
    return new Deque<T>();
  }

  /** How many items are in the queue. */
  get size(): number {
    return this._items.size;
  }

  /** Whether the queue has no items. */
  empty(): boolean {
    return this._items.size === 0;
  }

  /** Whether the queue has no room. */
  full(): boolean {
    return this.maxsize > 0 && this._items.size >= this.maxsize;
  }

  /**
   * Puts an item, waiting for room if there is none.
   *
   * @param item What to put.
   * @throws {QueueShutDown} When awaited, if the queue is or gets shut down.
   */
  put(item: T): Operation<void> {
    return new Waiter(this._putters, item as IteratorReturnResult<void>);
  }

  /**
   * Takes an item, waiting for one if there is none.
   *
   * @throws {QueueShutDown} When awaited, if the queue is or gets shut down, and is empty.
   */
  get(): Operation<T> {
    return new Waiter(this._getters, nothing as IteratorReturnResult<T>);
  }

  /**
   * Puts an item at once.
   *
   * @param item What to put.
   * @throws {QueueFull} When there is no room.
   * @throws {QueueShutDown} When the queue is shut down.
   */
  putNowait(item: T): void {
    if (this._isShutDown || this.full()) {
      this._refusePut();
      throw new QueueFull(`Cannot put: the queue holds ${this.maxsize} items already`);
    }
    this._add(item);
  }

  /**
   * Takes an item at once.
   *
   * @throws {QueueEmpty} When there is none.
   * @throws {QueueShutDown} When there is none, and the queue is shut down.
   */
  getNowait(): T {
    if (this.empty()) {
      this._refuseGet();
      throw new QueueEmpty("Cannot get: the queue is empty");
    }
    return this._take();
  }

  /** Puts an item that there is room for, and wakes a getter. */
  private _add(item: T): void {
    this._items.push(item);
    this._unfinished++;
    this._getters.wakeNext();
  }

  /** Takes an item that is there, and wakes a putter. */
  private _take(): T {
    const item = this._items.shift();
    this._putters.wakeNext();
    return item;
  }

  /** There is no room, and if the queue is shut down, there never will be. */
  private _refusePut(): false {
    if (!this._isShutDown) return false;
    throw new QueueShutDown("Cannot put: the queue is shut down");
  }

  /** There is no item, and if the queue is shut down, there never will be. */
  private _refuseGet(): false {
    if (!this._isShutDown) return false;
    throw new QueueShutDown("Cannot get: the queue is empty and shut down");
  }

  /**
   * Says that the work on one item is done; see {@linkcode join}.
   *
   * @throws {RangeError} When it is called more often than items were put.
   */
  taskDone(): void {
    if (this._unfinished === 0) {
      throw new RangeError(
        "Cannot mark an item as done: taskDone() was called more often than put()",
      );
    }
    if (--this._unfinished === 0) this._joiners.wakeAll();
  }

  /** Waits until {@linkcode taskDone} was called for every item that was put. */
  join(): Operation<true> {
    return new Waiter(this._joiners, allDone);
  }

  /**
   * Ends the queue: puts fail from now on, and gets as soon as it is empty; those who wait are told.
   *
   * @param immediate Whether to throw away what is in the queue.
   */
  shutdown(immediate: boolean = false): void {
    this._isShutDown = true;
    if (immediate) {
      while (!this.empty()) {
        this._items.shift();
        if (this._unfinished > 0) this._unfinished--;
      }
      if (this._unfinished === 0) this._joiners.wakeAll();
    }
    this._getters.wakeAll();
    this._putters.wakeAll();
  }

  /** Its kind, its name and its state, in a line. */
  override toString(): string {
    const room = this.maxsize > 0 ? ` of ${this.maxsize}` : "";
    const closed = this._isShutDown ? ", shut down" : "";
    return `${labelled(this._kind, this.name)} with ${this.size}${room} items${closed}`;
  }

  /** Takes items for as long as there are any to come. */
  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    const iterator = itemsOf(this);
    noteSource(iterator, this, this);
    return iterator;
  }
}

async function* itemsOf<T>(queue: Queue<T>): AsyncGenerator<T, void, undefined> {
  for (;;) {
    let item: T;
    try {
      item = await queue.get();
    } catch (error) {
      if (error instanceof QueueShutDown) return;
      throw error;
    }
    yield item;
  }
}

/**
 * A queue that gives the smallest item first: numbers, strings, bigints and dates by value, arrays
 * element by element, or as `compare` says.
 *
 * @example
 * ```ts
 * const queue = new PriorityQueue<[number, string]>();
 * queue.putNowait([2, "later"]);
 * queue.putNowait([1, "sooner"]);
 * queue.getNowait(); // [1, "sooner"]
 * ```
 */
export class PriorityQueue<T> extends Queue<T> {
  readonly #compare: Compare<T>;

  /**
   * Makes an empty queue.
   *
   * @param maxsize How many items it holds at most; zero or less means any number.
   * @param compare Returns a negative number when the first item comes first.
   * @param options `name`: a name for debugging.
   * @throws {TypeError} When `compare` is no function.
   */
  constructor(
    maxsize: number = 0,
    compare: Compare<T> = compareValues,
    options: NameOptions = {},
  ) {
    checkFunction(compare, "compare");
    super(maxsize, options);
    this.#compare = compare;
  }

  /** @ignore */
  protected override get _kind(): string {
    return "PriorityQueue";
  }

  /** @ignore */
  protected override _makeStore(): Store<T> {
    return new BinaryHeap<T>((a, b) => this.#compare(a, b));
  }
}

/**
 * A queue that gives the newest item first.
 *
 * @example
 * ```ts
 * const stack = new LifoQueue<number>();
 * stack.putNowait(1);
 * stack.putNowait(2);
 * stack.getNowait(); // 2
 * ```
 */
export class LifoQueue<T> extends Queue<T> {
  /** @ignore */
  protected override get _kind(): string {
    return "LifoQueue";
  }

  /** @ignore */
  protected override _makeStore(): Store<T> {
    const items: T[] = [];
    return {
      get size() {
        return items.length;
      },
      push: (item) => void items.push(item),
      shift: () => items.pop()!,
    };
  }
}
