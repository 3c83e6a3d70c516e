/**
 * `no-bare-yield`.
 *
 * @module
 */

import { judge } from "./support.ts";

judge("no-bare-yield", {
  valid: {
    "a yield that gives up the turn": `
      import { run } from "wasyncio";
      run(function* () {
        yield;
      });`,
    "yield* before what is waited for": `
      import { run, sleep } from "wasyncio";
      run(function* () {
        yield* sleep(1);
      });`,
    "a generator of jobs that a loop goes through": `
      import { gather, sleep } from "wasyncio";
      function* jobs() {
        yield sleep(1);
        yield sleep(2);
      }
      for (const job of jobs()) await gather(job);`,
    "a generator of jobs that is spread": `
      import { gather, sleep } from "wasyncio";
      function* load(url: string) {
        yield* sleep(1);
      }
      function* jobs(urls: string[]) {
        for (const url of urls) yield load(url);
      }
      await gather(...jobs(["a", "b"]));`,
    "a generator of tasks that wait and asCompleted go through": `
      import { asCompleted, createTask, run, sleep, wait } from "wasyncio";
      function* tasks() {
        for (let i = 0; i < 3; i++) yield createTask(sleep(i));
      }
      await run(function* () {
        yield* wait(tasks());
        for (const next of asCompleted(tasks())) yield* next;
      });`,
    "a generator of limited jobs for another file": `
      import { waitFor } from "wasyncio";
      import { load } from "./load.ts";
      export function* jobs(urls: string[]) {
        for (const url of urls) yield waitFor(load(url), "2s");
      }`,
    "a generator that gives values besides": `
      import { createTask, sleep } from "wasyncio";
      export function* mixed() {
        yield "title";
        yield sleep(1);
      }`,
    "a name that means something else where it stands": `
      import { gather, sleep } from "wasyncio";
      export function* ticks(sleep: (n: number) => number) {
        yield sleep(1);
      }
      await gather(sleep(1));`,
    "another library's names": `
      import { sleep } from "effection";
      import { gather } from "wasyncio";
      export function* nap() {
        yield sleep(1);
      }
      await gather();`,
    "a file without the library": `
      import { sleep } from "./sleep.ts";
      export function* nap() {
        yield sleep(1);
      }`,
    "an asynchronous generator": `
      import { sleep } from "wasyncio";
      export async function* pauses() {
        yield sleep(1);
      }`,
  },
  invalid: {
    "an operation of the library": {
      code: `
      import { run, sleep } from "wasyncio";
      run(function* () {
        /*!*/yield sleep("1s");
      });`,
      fixed: `
      import { run, sleep } from "wasyncio";
      run(function* () {
        yield* sleep("1s");
      });`,
      says: "`yield` doesn't wait for `sleep(…)`: write `yield* sleep(…)`",
    },
    "a pause in a generator of which nothing else is known": {
      code: `
      import { sleep } from "../mod.ts";
      export function* nap() {
        /*!*/yield sleep("1s");
      }`,
      fixed: `
      import { sleep } from "../mod.ts";
      export function* nap() {
        yield* sleep("1s");
      }`,
    },
    "a coroutine, a task and a future": {
      code: `
      import { createTask, Future, run, sleep } from "wasyncio";
      function* load() {
        yield* sleep(1);
        return 1;
      }
      function* main() {
        const task = createTask(load());
        const future = new Future<number>();
        const n: number = /*!*/yield load();
        /*!*/yield task;
        return (/*!*/yield future) + n;
      }
      run(main);`,
      fixed: `
      import { createTask, Future, run, sleep } from "wasyncio";
      function* load() {
        yield* sleep(1);
        return 1;
      }
      function* main() {
        const task = createTask(load());
        const future = new Future<number>();
        const n: number = yield* load();
        yield* task;
        return (yield* future) + n;
      }
      run(main);`,
    },
    "names with an alias, and namespaces": {
      code: `
      import * as aio from "jsr:@wasyncio/wasyncio@^0.1";
      import { sleep as pause } from "https://example.org/wasyncio/mod.ts";
      aio.run(function* () {
        /*!*/yield pause(1);
        /*!*/yield aio.gather(pause(2));
      });`,
      fixed: `
      import * as aio from "jsr:@wasyncio/wasyncio@^0.1";
      import { sleep as pause } from "https://example.org/wasyncio/mod.ts";
      aio.run(function* () {
        yield* pause(1);
        yield* aio.gather(pause(2));
      });`,
    },
    "methods of primitives, wherever they are kept": {
      code: `
      import { type Event, Lock, Queue } from "wasyncio";
      class Worker {
        readonly #queue = new Queue<string>();
        constructor(private readonly lock: Lock) {}
        *work(stop: Event) {
          const job = /*!*/yield this.#queue.get();
          /*!*/yield this.lock.acquire();
          /*!*/yield stop.wait();
          return job;
        }
      }
      export { Worker };`,
      fixed: `
      import { type Event, Lock, Queue } from "wasyncio";
      class Worker {
        readonly #queue = new Queue<string>();
        constructor(private readonly lock: Lock) {}
        *work(stop: Event) {
          const job = yield* this.#queue.get();
          yield* this.lock.acquire();
          yield* stop.wait();
          return job;
        }
      }
      export { Worker };`,
    },
    "methods that are coroutines": {
      code: `
      import { createTask, sleep } from "wasyncio";
      class Page {
        *load() {
          yield* sleep(1);
        }
        *#show() {
          /*!*/yield this.load();
        }
        start() {
          createTask(this.#show());
        }
      }
      new Page().start();`,
      fixed: `
      import { createTask, sleep } from "wasyncio";
      class Page {
        *load() {
          yield* sleep(1);
        }
        *#show() {
          yield* this.load();
        }
        start() {
          createTask(this.#show());
        }
      }
      new Page().start();`,
    },
    "what coroutine() has wrapped, in a group": {
      code: `
      import { coroutine, sleep, taskGroup } from "wasyncio";
      const load = coroutine(function* () {
        yield* sleep(1);
      });
      await taskGroup(function* (group) {
        group.createTask(load());
        /*!*/yield load();
      });`,
      fixed: `
      import { coroutine, sleep, taskGroup } from "wasyncio";
      const load = coroutine(function* () {
        yield* sleep(1);
      });
      await taskGroup(function* (group) {
        group.createTask(load());
        yield* load();
      });`,
    },
    "a generator whose type says what it is": {
      code: `
      import { type Coroutine, createTask } from "wasyncio";
      import { load } from "./load.ts";
      export function* both(): Coroutine<void> {
        /*!*/yield createTask(load());
      }`,
      fixed: `
      import { type Coroutine, createTask } from "wasyncio";
      import { load } from "./load.ts";
      export function* both(): Coroutine<void> {
        yield* createTask(load());
      }`,
    },
  },
});
