/**
 * `no-floating-coroutine`.
 *
 * @module
 */

import { judge } from "./support.ts";

judge("no-floating-coroutine", {
  valid: {
    "what is waited for, or given to others": `
      import { createTask, gather, run, sleep } from "wasyncio";
      function* load() {
        yield* sleep(1);
      }
      await run(function* () {
        yield* load();
        createTask(load());
        gather(load(), load());
        const later = load();
        yield* later;
      });
      run(load);`,
    "what begins when it is called": `
      import { createTask, run, shield, sleep } from "wasyncio";
      createTask(sleep(1));
      shield(sleep(1));
      run(sleep(1));`,
    "what is dropped on purpose": `
      import { sleep } from "wasyncio";
      void sleep(1);`,
    "the result of a callback": `
      import { gather, run, sleep } from "wasyncio";
      await run(() => sleep(1));
      await gather([1, 2].map((n) => sleep(n)));`,
    "callbacks of those who use what they return, or may": `
      import { createTask, run, sleep } from "wasyncio";
      import { steps } from "./steps.ts";
      function* load(n: number) {
        yield* sleep(n);
      }
      function* numbers() {
        yield 1;
      }
      class Jobs {
        forEach(job: (n: number) => Iterable<unknown>) {
          run(job(1));
        }
      }
      new Jobs().forEach(load);
      [1, 2].forEach((n) => createTask(load(n)));
      [1, 2].forEach((n) => run(load(n)));
      [1, 2].forEach((n) => sleep(n));
      [1, 2].forEach(numbers);
      steps.each(load);
      setTimeout(() => console.log("plain"), 1);`,
    "plain functions, async functions and generators of values": `
      import { run, sleep } from "wasyncio";
      function plain() {}
      async function load() {}
      function* numbers() {
        yield 1;
      }
      await run(function* () {
        plain();
        load();
        numbers();
        yield* sleep(1);
      });`,
    "methods that may be something else": `
      import { run, sleep } from "wasyncio";
      class Jobs {
        @logged
        *load() {
          yield* sleep(1);
        }
        start() {
          this.load();
          this.other();
        }
      }
      function logged(method: unknown) {
        return () => method;
      }
      let change = function* () {
        yield* sleep(1);
      };
      change = () => run(sleep(1));
      change();
      run((sleep) => sleep(1));
      export function f(sleep: () => void, event: { wait(): void }) {
        sleep();
        event.wait();
      }`,
    "names of a file that is called as ours, but isn't": `
      import { sleep, retry } from "../mod.ts";
      sleep(1);`,
    "one common name of a file that is called as ours": `
      import { iterate } from "https://example.org/lists/mod.ts";
      iterate([1, 2], (n) => console.log(n));`,
    "what a type imports": `
      import type { Coroutine } from "wasyncio";
      import { load } from "./load.ts";
      export function* f(): Coroutine<void> {
        load();
      }`,
  },
  invalid: {
    "a coroutine and an operation in a coroutine": {
      code: `
      import { run, sleep } from "wasyncio";
      function* load() {
        yield* sleep(1);
      }
      run(function* () {
        /*!*/load();
        /*!*/sleep("1s");
      });`,
      fixed: `
      import { run, sleep } from "wasyncio";
      function* load() {
        yield* sleep(1);
      }
      run(function* () {
        yield* load();
        yield* sleep("1s");
      });`,
      says: "`load()` alone runs nothing: write `yield* load()`",
    },
    "a coroutine that a callback returns to nobody": {
      code: `
      import { sleep } from "wasyncio";
      function* load(n: number) {
        yield* sleep(n);
      }
      [1, 2].forEach(/*!*/(n) => load(n));
      new Set([1, 2]).forEach(/*!*/load);
      setTimeout(/*!*/() => load(1), 10);
      globalThis.setInterval(/*!*/load, 10);
      document.body.addEventListener("click", /*!*/function* () {
        yield* sleep(1);
      });`,
      fixed: null,
      says: "`() => createTask(load(…))`, or wait for each in a `for` loop",
    },
    "what a function returns that does nothing else": {
      code: `
      import { run, sleep } from "wasyncio";
      const pause = () => sleep(1);
      run(function* () {
        /*!*/pause();
      });`,
      fixed: `
      import { run, sleep } from "wasyncio";
      const pause = () => sleep(1);
      run(function* () {
        yield* pause();
      });`,
    },
    "one that is declared further down": {
      code: `
      import { run } from "wasyncio";
      export function* main() {
        /*!*/save(1);
      }
      run(main);
      function* save(n: number) {
        console.log(n);
      }`,
      fixed: `
      import { run } from "wasyncio";
      export function* main() {
        yield* save(1);
      }
      run(main);
      function* save(n: number) {
        console.log(n);
      }`,
    },
    "calls behind a condition": {
      code: `
      import { Queue, run, sleep } from "wasyncio";
      const queue = new Queue<number>();
      run(function* () {
        queue.full() && /*!*/sleep(1);
        queue.empty() ? /*!*/queue.put(1) : /*!*/queue.join();
        (/*!*/sleep(2));
      });`,
      fixed: `
      import { Queue, run, sleep } from "wasyncio";
      const queue = new Queue<number>();
      run(function* () {
        queue.full() && (yield* sleep(1));
        queue.empty() ? (yield* queue.put(1)) : (yield* queue.join());
        (yield* sleep(2));
      });`,
    },
    "methods": {
      code: `
      import { run, sleep } from "wasyncio";
      class Base {
        *close() {
          yield* sleep(1);
        }
      }
      class Page extends Base {
        static *open() {
          yield* sleep(1);
          return new Page();
        }
        save = function* () {
          yield* sleep(1);
        };
        *leave() {
          /*!*/this.save();
          /*!*/this.close();
        }
      }
      const tools = {
        *mend() {
          yield* sleep(1);
        },
      };
      run(function* () {
        const page = new Page();
        /*!*/page.leave();
        /*!*/Page.open();
        /*!*/tools.mend();
      });`,
      fixed: `
      import { run, sleep } from "wasyncio";
      class Base {
        *close() {
          yield* sleep(1);
        }
      }
      class Page extends Base {
        static *open() {
          yield* sleep(1);
          return new Page();
        }
        save = function* () {
          yield* sleep(1);
        };
        *leave() {
          yield* this.save();
          yield* this.close();
        }
      }
      const tools = {
        *mend() {
          yield* sleep(1);
        },
      };
      run(function* () {
        const page = new Page();
        yield* page.leave();
        yield* Page.open();
        yield* tools.mend();
      });`,
    },
    "an operation in an async function": {
      code: `
      import { coroutine, sleep } from "wasyncio";
      const load = coroutine(function* () {
        yield* sleep(1);
      });
      export async function main() {
        /*!*/sleep(1);
        /*!*/load();
      }`,
      fixed: `
      import { coroutine, sleep } from "wasyncio";
      const load = coroutine(function* () {
        yield* sleep(1);
      });
      export async function main() {
        await sleep(1);
        await load();
      }`,
    },
    "a coroutine where nothing can be waited for": {
      code: `
      import { sleep } from "wasyncio";
      function* load() {
        yield* sleep(1);
      }
      export const start = () => {
        /*!*/load();
      };
      export async function main() {
        /*!*/load();
      }`,
      fixed: null,
      says: "`createTask(load())`",
    },
    "what require has loaded": {
      code: `
      const { sleep } = require("wasyncio");
      const aio = require("wasyncio");
      exports.main = function* () {
        yield* sleep(1);
        /*!*/sleep(1);
        /*!*/aio.sleep(1);
      };`,
      fixed: `
      const { sleep } = require("wasyncio");
      const aio = require("wasyncio");
      exports.main = function* () {
        yield* sleep(1);
        yield* sleep(1);
        yield* aio.sleep(1);
      };`,
    },
    "programs with letters of any width": {
      code: `
      import { run, sleep } from "wasyncio";
      const text = "é😀한";
      run(function* () {
        /*!*/sleep(text.length);
      });`,
      fixed: `
      import { run, sleep } from "wasyncio";
      const text = "é😀한";
      run(function* () {
        yield* sleep(text.length);
      });`,
    },
  },
});
