/**
 * `no-await-coroutine`.
 *
 * @module
 */

import { judge } from "./support.ts";

judge("no-await-coroutine", {
  valid: {
    "what has a then": `
      import { coroutine, createTask, gather, run, sleep } from "wasyncio";
      function* load() {
        yield* sleep(1);
      }
      const wrapped = coroutine(load);
      await sleep(1);
      await run(load());
      await createTask(load());
      await gather(load(), load());
      await wrapped();
      await Promise.all([createTask(load()), wrapped(), sleep(1)]);
      await Promise.all([1, 2].map((n) => sleep(n)));
      await Promise.all([1, 2].map((n) => createTask(load())));
      await gather([1, 2].map(load));`,
    "a generator of values, and an asynchronous one": `
      import { run, sleep } from "wasyncio";
      function* numbers() {
        yield 1;
      }
      async function* later() {
        yield 1;
      }
      await run(sleep(1));
      await numbers();
      for await (const n of numbers()) console.log(n);
      for await (const n of later()) console.log(n);`,
    "a function that hides the coroutine": `
      import { run, sleep } from "wasyncio";
      function* load() {
        yield* sleep(1);
      }
      export async function f(load: () => Promise<void>) {
        await load();
      }
      await run(load);`,
    "what another file declares": `
      import { sleep } from "wasyncio";
      import { load } from "./load.ts";
      await load();
      await sleep(1);`,
  },
  invalid: {
    "a coroutine": {
      code: `
      import { sleep } from "wasyncio";
      function* load(n: number) {
        yield* sleep(n);
        return n;
      }
      const n = /*!*/await load(1);
      console.log(n);`,
      fixed: null,
      says: "write `await createTask(load(…))`, or `await run(load(…))`",
    },
    "a method, a variable and a value of its type": {
      code: `
      import { type Coroutine, sleep } from "wasyncio";
      class Page {
        *load() {
          yield* sleep(1);
        }
        async show(other: Coroutine<void>) {
          const loading = this.load();
          /*!*/await this.load();
          /*!*/await loading;
          /*!*/await (other as Coroutine<unknown>);
        }
      }
      new Page();`,
      fixed: null,
    },
    "coroutines given to what combines promises": {
      code: `
      import { sleep } from "wasyncio";
      function* load() {
        yield* sleep(1);
      }
      await Promise.all([/*!*/load(), sleep(1), /*!*/load()]);
      await Promise.race([/*!*/load()]);`,
      fixed: null,
      says: "`gather`",
    },
    "coroutines that map makes": {
      code: `
      import { sleep } from "wasyncio";
      function* load(n: number) {
        yield* sleep(n);
      }
      await Promise.all([1, 2].map(/*!*/load));
      await Promise.allSettled([1, 2].map(/*!*/(n) => load(n)));`,
      fixed: null,
      says: "use `gather` in its place",
    },
    "what a function returns that does nothing else": {
      code: `
      import { sleep } from "wasyncio";
      function* load(n: number) {
        yield* sleep(n);
      }
      const first = () => load(1);
      /*!*/await first();`,
      fixed: null,
    },
  },
});
