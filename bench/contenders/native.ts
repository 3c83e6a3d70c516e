/**
 * The baseline: async functions and what the host gives. Not a library; the floor and the habit.
 *
 * @module
 */
import { type Contender, delay } from "../cases.ts";

const tick = () => Promise.resolve();
// deno-lint-ignore require-await -- a child that never waits is the point.
const one = async () => 1;
const child = async () => {
  await tick();
  return 1;
};
const produce = async (resolve: (x: number) => void) => {
  await tick();
  resolve(1);
};
const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** An unbounded queue as people write it; a taker that needn't wait gets the item itself. */
class AsyncQueue<T> {
  #items: T[] = [];
  #head = 0;
  readonly #takers: ((item: T) => void)[] = [];

  put(item: T): void {
    const taker = this.#takers.shift();
    if (taker) taker(item);
    else this.#items.push(item);
  }

  take(): T | Promise<T> {
    if (this.#head < this.#items.length) {
      const item = this.#items[this.#head++];
      if (this.#head > 1024) {
        this.#items = this.#items.slice(this.#head);
        this.#head = 0;
      }
      return item;
    }
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  takeAll(): T[] | Promise<T[]> {
    if (this.#head < this.#items.length) {
      const items = this.#head === 0 ? this.#items : this.#items.slice(this.#head);
      this.#items = [];
      this.#head = 0;
      return items;
    }
    return new Promise<T>((resolve) => this.#takers.push(resolve)).then((item) => [item]);
  }
}

/** The same with a limit: whoever puts into a full queue waits for room. */
class BoundedQueue<T> {
  #items: T[] = [];
  #head = 0;
  readonly #takers: ((item: T) => void)[] = [];
  readonly #putters: { item: T; resolve: () => void }[] = [];
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  put(item: T): void | Promise<void> {
    const taker = this.#takers.shift();
    if (taker) taker(item);
    else if (this.#items.length - this.#head < this.#limit) this.#items.push(item);
    else return new Promise((resolve) => this.#putters.push({ item, resolve }));
  }

  take(): T | Promise<T> {
    if (this.#head < this.#items.length) {
      const item = this.#items[this.#head++];
      if (this.#head > 1024) {
        this.#items = this.#items.slice(this.#head);
        this.#head = 0;
      }
      const putter = this.#putters.shift();
      if (putter) {
        this.#items.push(putter.item);
        putter.resolve();
      }
      return item;
    }
    return new Promise((resolve) => this.#takers.push(resolve));
  }
}

class Mutex {
  #held = false;
  readonly #waiters: (() => void)[] = [];

  acquire(): void | Promise<void> {
    if (this.#held) return new Promise((resolve) => this.#waiters.push(resolve));
    this.#held = true;
  }

  release(): void {
    const waiter = this.#waiters.shift();
    if (waiter) waiter();
    else this.#held = false;
  }
}

const cancelled = new Error("cancelled");

function timeout<T>(promise: Promise<T>, ms: number): Promise<T> {
  let id: ReturnType<typeof setTimeout>;
  const expiry = new Promise<never>((_, reject) => {
    id = setTimeout(reject, ms, cancelled);
  });
  return Promise.race([promise, expiry]).finally(() => clearTimeout(id));
}

async function yielder(k: number): Promise<number> {
  for (let i = 0; i < k; i++) await tick();
  return k;
}

const yieldAmong = (k: number) => async (n: number) => {
  let sum = 0;
  for (const x of await Promise.all(Array.from({ length: k }, () => yielder(n / k)))) sum += x;
  return sum;
};

async function spawnJoin(n: number): Promise<number> {
  const promises = new Array<Promise<number>>(n);
  for (let i = 0; i < n; i++) promises[i] = one();
  return (await Promise.all(promises)).length;
}

/** A task that takes so many items, one by one. */
async function consume(queue: { take(): number | Promise<number> }, n: number): Promise<number> {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += await queue.take();
  return sum;
}

const bounded = (limit: number) => async (n: number) => {
  const queue = new BoundedQueue<number>(limit);
  const consumer = consume(queue, n);
  for (let i = 0; i < n; i++) await queue.put(1);
  return consumer;
};

export const native: Contender = {
  cases: {
    spawn_join: spawnJoin,
    // An async function always takes its first step at once.
    spawn_join_eager: spawnJoin,
    async spawn_join_gen(n) {
      const promises = new Array<Promise<number>>(n);
      for (let i = 0; i < n; i++) promises[i] = child();
      let sum = 0;
      for (const promise of promises) sum += await promise;
      return sum;
    },
    async gather(n) {
      return (await Promise.all(Array.from({ length: n }, child))).length;
    },
    async fan_in(n) {
      const promises = new Array<Promise<number>>(n);
      for (let i = 0; i < n; i++) promises[i] = new Promise((resolve) => void produce(resolve));
      let sum = 0;
      for (const x of await Promise.all(promises)) sum += x;
      return sum;
    },
    yield_2: yieldAmong(2),
    yield_100: yieldAmong(100),
    async ping_pong(n) {
      const ping = new AsyncQueue<number>();
      const pong = new AsyncQueue<number>();
      const ponger = (async () => {
        for (let i = 0; i < n; i++) pong.put(await ping.take());
      })();
      let sum = 0;
      for (let i = 0; i < n; i++) {
        ping.put(1);
        sum += await pong.take();
      }
      await ponger;
      return sum;
    },
    async sleep_n(n) {
      return (await Promise.all(Array.from({ length: n }, (_, i) => wait(delay(i))))).length;
    },
    async cancel_n(n) {
      const cancels: (() => void)[] = [];
      const sleepers = Array.from({ length: n }, () =>
        new Promise((_, reject) => {
          const id = setTimeout(reject, 60_000);
          cancels.push(() => {
            clearTimeout(id);
            reject(cancelled);
          });
        }));
      const all = Promise.allSettled(sleepers);
      await tick();
      for (const cancel of cancels) cancel();
      return (await all).length;
    },
    async timeout_win(n) {
      let sum = 0;
      for (let i = 0; i < n; i++) sum += await timeout(child(), 60_000);
      return sum;
    },
    async timeout_win_conc(n) {
      return (await Promise.all(Array.from({ length: n }, () => timeout(child(), 60_000)))).length;
    },
    async queue_unbounded(n) {
      const queue = new AsyncQueue<number>();
      const consumer = consume(queue, n);
      for (let i = 0; i < n; i++) {
        queue.put(1);
        await tick();
      }
      return await consumer;
    },
    async queue_pileup(n) {
      const queue = new AsyncQueue<number>();
      const consumer = consume(queue, n);
      for (let i = 0; i < n; i++) queue.put(1);
      return await consumer;
    },
    queue_bounded_64: bounded(64),
    queue_bounded_1: bounded(1),
    async queue_takeall(n) {
      const queue = new AsyncQueue<number>();
      const consumer = (async () => {
        let sum = 0;
        for (let got = 0; got < n;) {
          const items = await queue.takeAll();
          got += items.length;
          for (const item of items) sum += item;
        }
        return sum;
      })();
      for (let i = 0; i < n; i++) queue.put(1);
      return await consumer;
    },
    async mutex_free(n) {
      const mutex = new Mutex();
      let sum = 0;
      for (let i = 0; i < n; i++) {
        await mutex.acquire();
        try {
          sum++;
        } finally {
          mutex.release();
        }
      }
      return sum;
    },
    async mutex_contended(n) {
      const mutex = new Mutex();
      let count = 0;
      const worker = async () => {
        for (let i = 0; i < n / 100; i++) {
          await mutex.acquire();
          try {
            const seen = count;
            await tick();
            count = seen + 1; // Loses updates unless exclusion holds.
          } finally {
            mutex.release();
          }
        }
      };
      await Promise.all(Array.from({ length: 100 }, worker));
      return count;
    },
  },
  async park(n) {
    const wakes: (() => void)[] = [];
    const parked = async () => {
      await new Promise<void>((resolve) => wakes.push(resolve));
    };
    for (let i = 0; i < n; i++) parked();
    await tick();
    return async () => {
      for (const wake of wakes) wake();
      await tick();
    };
  },
};
