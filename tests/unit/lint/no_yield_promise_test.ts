/**
 * `no-yield-promise`.
 *
 * @module
 */

import { judge } from "./support.ts";

judge("no-yield-promise", {
  valid: {
    "promises in until, and in what takes them": `
      import { gather, run, until, waitFor } from "wasyncio";
      async function load() {}
      await run(function* () {
        yield* until(fetch("https://example.org/"));
        yield* gather(load(), Promise.resolve(1));
        yield* waitFor(new Promise(() => {}), 5);
      });`,
    "a fetch that is no promise": `
      import { run } from "wasyncio";
      import { fetch } from "wasyncio/http";
      await run(function* () {
        yield* fetch("https://example.org/");
      });`,
    "functions that may return anything": `
      import { run } from "wasyncio";
      import { load } from "./load.ts";
      function plain() {
        return load();
      }
      function either() {
        if (Math.random() < 0.5) return Promise.resolve();
        return load();
      }
      function again() {
        return again();
      }
      await run(function* () {
        yield* plain();
        yield* load();
        yield* either();
        yield* again();
      });`,
    "generators that give promises one by one": `
      import { run, sleep } from "wasyncio";
      function* pages(urls: string[]) {
        for (const url of urls) yield fetch(url);
      }
      await run(function* () {
        for (const page of pages(["a"])) console.log(page);
        yield* sleep(1);
      });`,
    "a class that hides the host's": `
      import { run } from "wasyncio";
      class Promise {
        *[Symbol.iterator]() {
          yield;
        }
      }
      await run(function* () {
        yield* new Promise();
      });`,
    "names that lead to each other": `
      import { run, sleep } from "wasyncio";
      const a = b, b = a;
      class One extends Two {}
      class Two extends One {}
      function* again() {
        try {
          yield* sleep(1);
        } catch (error) {
          if (a) console.log(error);
          again();
          throwing(error);
        }
        yield* a;
        yield* new One().load();
        yield* again();
      }
      function throwing(error: unknown) {
        throwing(error);
        throwing(error);
        throw error;
      }
      run(again);`,
    "tasks and futures, which are promises as well": `
      import { createTask, Future, run, sleep, type Task } from "wasyncio";
      await run(function* () {
        const task: Task<void> = createTask(sleep(1));
        yield* task;
        yield* new Future<void>();
      });`,
  },
  invalid: {
    "what the host returns": {
      code: `
      import { run } from "wasyncio";
      await run(function* () {
        const page = /*!*/yield* fetch("https://example.org/");
        /*!*/yield* Promise.all([page]);
        /*!*/yield* new Promise((resolve) => setTimeout(resolve, 5));
        /*!*/yield* globalThis.crypto.subtle.digest("SHA-256", new Uint8Array(1));
        /*!*/yield* import("./page.ts");
      });`,
      fixed: `
      import { run, until } from "wasyncio";
      await run(function* () {
        const page = yield* until(fetch("https://example.org/"));
        yield* until(Promise.all([page]));
        yield* until(new Promise((resolve) => setTimeout(resolve, 5)));
        yield* until(globalThis.crypto.subtle.digest("SHA-256", new Uint8Array(1)));
        yield* until(import("./page.ts"));
      });`,
      says: "`yield*` can't wait for a promise: write `yield* until(fetch(…))`",
    },
    "async functions and methods, and what their promises give": {
      code: `
      import { run as start, sleep as pause } from "wasyncio";
      async function load() {
        return 1;
      }
      class Page {
        async #show() {}
        save = async () => {};
        *run(given: Promise<number>) {
          /*!*/yield* this.#show();
          /*!*/yield* this.save();
          /*!*/yield* load().then((n) => n + 1);
          /*!*/yield* given;
          /*!*/yield* start(pause(1));
        }
      }
      export { Page };`,
      fixed: `
      import { run as start, sleep as pause, until } from "wasyncio";
      async function load() {
        return 1;
      }
      class Page {
        async #show() {}
        save = async () => {};
        *run(given: Promise<number>) {
          yield* until(this.#show());
          yield* until(this.save());
          yield* until(load().then((n) => n + 1));
          yield* until(given);
          yield* until(start(pause(1)));
        }
      }
      export { Page };`,
    },
    "functions that do nothing but return a promise, and those whose type says so": {
      code: `
      import { run, until } from "wasyncio";
      import { send } from "./send.ts";
      const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
      function load(url: string) {
        return fetch(url).then((response) => response.text());
      }
      function save(text: string): Promise<void> {
        if (text === "") return wait(1).then(() => {});
        return send(text);
      }
      run(function* () {
        /*!*/yield* wait(1);
        /*!*/yield* load("https://example.org/");
        /*!*/yield* save("a");
      });`,
      fixed: `
      import { run, until } from "wasyncio";
      import { send } from "./send.ts";
      const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
      function load(url: string) {
        return fetch(url).then((response) => response.text());
      }
      function save(text: string): Promise<void> {
        if (text === "") return wait(1).then(() => {});
        return send(text);
      }
      run(function* () {
        yield* until(wait(1));
        yield* until(load("https://example.org/"));
        yield* until(save("a"));
      });`,
    },
    "a yield without its star in a coroutine": {
      code: `
      import * as aio from "wasyncio";
      aio.run(function* () {
        const page = /*!*/yield fetch("https://example.org/");
        yield* aio.sleep(1);
        return page;
      });`,
      fixed: `
      import * as aio from "wasyncio";
      aio.run(function* () {
        const page = yield* aio.until(fetch("https://example.org/"));
        yield* aio.sleep(1);
        return page;
      });`,
      says: "`yield` can't wait for a promise",
    },
    "a promise with parentheses and a type around it": {
      code: `
      import { run, until as promised } from "wasyncio";
      run(function* () {
        return /*!*/yield* (fetch("https://example.org/") as Promise<unknown>);
      });
      run(promised(fetch("https://example.org/")));`,
      fixed: `
      import { run, until as promised } from "wasyncio";
      run(function* () {
        return yield* (promised(fetch("https://example.org/")) as Promise<unknown>);
      });
      run(promised(fetch("https://example.org/")));`,
    },
    "one where only types are imported": {
      code: `
      import type { Coroutine } from "../wasyncio/mod.ts";
      export function* load(): Coroutine<void> {
        /*!*/yield* fetch("https://example.org/");
      }`,
      fixed: `
      import type { Coroutine } from "../wasyncio/mod.ts";
      import { until } from "../wasyncio/mod.ts";
      export function* load(): Coroutine<void> {
        yield* until(fetch("https://example.org/"));
      }`,
    },
    "one where the name is taken": {
      code: `
      import { run } from "wasyncio";
      run(function* () {
        const until = "tomorrow";
        console.log(until, /*!*/yield* fetch("https://example.org/"));
      });`,
      fixed: null,
    },
  },
});
