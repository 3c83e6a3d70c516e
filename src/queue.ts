/**
 * Queues.
 *
 * @module
 */
import { checkFunction } from "./awaitable.ts";
import { Deque } from "./deque.ts";
import { describe } from "./duration.ts";
import { QueueEmpty, QueueFull, QueueShutDown } from "./errors.ts";
import { Event } from "./event.ts";
import { type Compare, compareValues, Heap } from "./heap.ts";
import { Line, type Policy, Waiter } from "./line.ts";
import type { Operation } from "./operation.ts";

/** What holds a queue's items: it decides their order. */
interface Store<T> {
  readonly size: number;
  push(item: T): void;
  shift(): T;
}

/** How getters wait for an item. */
class Getting<T> implements Policy<T> {
  readonly #queue: Queue<T>;

  constructor(queue: Queue<T>) {
    this.#queue = queue;
  }

  attempt(waiter: Waiter<T>): boolean {
    if (this.#queue.empty() && !this.#queue._isShutDown) return false;
    waiter.result = this.#queue.getNowait();
    return true;
  }

  claim(waiter: Waiter<T>): boolean {
    return this.attempt(waiter);
  }

  abandon(woken: boolean): void {
    if (woken && !this.#queue.empty()) this.#queue._getters.wakeNext();
  }
}

/** How putters wait for room; their item is the result until it is put. */
class Putting<T> implements Policy<T | void> {
  readonly #queue: Queue<T>;

  constructor(queue: Queue<T>) {
    this.#queue = queue;
  }

  attempt(waiter: Waiter<T | void>): boolean {
    if (this.#queue.full() && !this.#queue._isShutDown) return false;
    this.#queue.putNowait(waiter.result as T);
    waiter.result = undefined;
    return true;
  }

  claim(waiter: Waiter<T | void>): boolean {
    return this.attempt(waiter);
  }

  abandon(woken: boolean): void {
    if (woken && !this.#queue.full()) this.#queue._putters.wakeNext();
  }
}

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
export class Queue<T> implements AsyncIterable<T> {
  /** How many items the queue holds at most; zero or less means any number. */
  readonly maxsize: number;
  readonly #items: Store<T>;
  /** @internal */
  readonly _getters: Line<T> = new Line(new Getting(this));
  /** @internal */
  readonly _putters: Line<T | void> = new Line(new Putting(this));
  #unfinished = 0;
  readonly #finished = new Event();
  #shutDown = false;

  /**
   * Makes an empty queue.
   *
   * @param maxsize How many items it holds at most; zero or less means any number.
   * @throws {RangeError} When that is no number.
   */
  constructor(maxsize: number = 0) {
    if (typeof maxsize !== "number" || maxsize !== maxsize) {
      throw new RangeError(`maxsize must be a number, got ${describe(maxsize)}`);
    }
    this.maxsize = maxsize;
    this.#items = this._makeStore();
    this.#finished.set();
  }

  /** @internal */
  protected _makeStore(): Store<T> {
    return new Deque<T>();
  }

  /** @internal */
  get _isShutDown(): boolean {
    return this.#shutDown;
  }

  /** How many items are in the queue. */
  get size(): number {
    return this.#items.size;
  }

  /** Whether the queue has no items. */
  empty(): boolean {
    return this.#items.size === 0;
  }

  /** Whether the queue has no room. */
  full(): boolean {
    return this.maxsize > 0 && this.#items.size >= this.maxsize;
  }

  /**
   * Puts an item, waiting for room if there is none.
   *
   * @throws {QueueShutDown} When awaited, if the queue is or gets shut down.
   */
  put(item: T): Operation<void> {
    return new Waiter(this._putters, item) as Operation<void>;
  }

  /**
   * Takes an item, waiting for one if there is none.
   *
   * @throws {QueueShutDown} When awaited, if the queue is or gets shut down, and is empty.
   */
  get(): Operation<T> {
    return new Waiter(this._getters, undefined as T);
  }

  /**
   * Puts an item at once.
   *
   * @throws {QueueFull} When there is no room.
   * @throws {QueueShutDown} When the queue is shut down.
   */
  putNowait(item: T): void {
    if (this.#shutDown) throw new QueueShutDown("Cannot put: the queue is shut down");
    if (this.full()) {
      throw new QueueFull(`Cannot put: the queue holds ${this.maxsize} items already`);
    }
    this.#items.push(item);
    this.#unfinished++;
    this.#finished.clear();
    this._getters.wakeNext();
  }

  /**
   * Takes an item at once.
   *
   * @throws {QueueEmpty} When there is none.
   * @throws {QueueShutDown} When there is none, and the queue is shut down.
   */
  getNowait(): T {
    if (this.empty()) {
      if (this.#shutDown) throw new QueueShutDown("Cannot get: the queue is empty and shut down");
      throw new QueueEmpty("Cannot get: the queue is empty");
    }
    const item = this.#items.shift();
    this._putters.wakeNext();
    return item;
  }

  /**
   * Says that the work on one item is done; see {@linkcode join}.
   *
   * @throws {RangeError} When it is called more often than items were put.
   */
  taskDone(): void {
    if (this.#unfinished === 0) {
      throw new RangeError(
        "Cannot mark an item as done: taskDone() was called more often than put()",
      );
    }
    if (--this.#unfinished === 0) this.#finished.set();
  }

  /** Waits until {@linkcode taskDone} was called for every item that was put. */
  join(): Operation<true> {
    return this.#finished.wait();
  }

  /**
   * Ends the queue: puts fail from now on, and gets as soon as it is empty; those who wait are told.
   *
   * @param immediate Whether to throw away what is in the queue.
   */
  shutdown(immediate: boolean = false): void {
    this.#shutDown = true;
    if (immediate) {
      while (!this.empty()) {
        this.#items.shift();
        if (this.#unfinished > 0) this.#unfinished--;
      }
      if (this.#unfinished === 0) this.#finished.set();
    }
    this._getters.wakeAll();
    this._putters.wakeAll();
  }

  /** Takes items for as long as there are any to come. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      let item: T;
      try {
        item = await this.get();
      } catch (error) {
        if (error instanceof QueueShutDown) return;
        throw error;
      }
      yield item;
    }
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
   */
  constructor(maxsize: number = 0, compare: (a: T, b: T) => number = compareValues) {
    checkFunction(compare, "compare");
    super(maxsize);
    this.#compare = compare;
  }

  /** @internal */
  protected override _makeStore(): Store<T> {
    return new Heap<T>((a, b) => this.#compare(a, b));
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
  /** @internal */
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
