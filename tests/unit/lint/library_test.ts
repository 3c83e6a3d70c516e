/**
 * What the rules know of the library.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import config from "../../../deno.json" with { type: "json" };
import { Future } from "../../../mod.ts";
import {
  givenBy,
  isClass,
  isOperationOf,
  KNOWN_NAMES,
  mainDoor,
  recognize,
} from "../../../src/lint/library.ts";
import * as mod from "../../../mod.ts";

/** The functions and classes of all entry points that programs import. */
async function exported(): Promise<Record<string, unknown>> {
  const doors = Object.entries(config.exports).filter(([name]) => name !== "./lint");
  const modules = await Promise.all(
    doors.map(([, path]) => import(import.meta.resolve(`../../../${path}`))),
  );
  return Object.assign({}, ...modules);
}

Deno.test("the rules know every function and class that the library exports, and no other", async () => {
  const functions = Object.entries(await exported()).filter(([, value]) =>
    typeof value === "function"
  ).map(([name]) => name);
  assertEquals([...KNOWN_NAMES].sort(), functions.sort());
});

Deno.test("the rules know what is a class", async () => {
  for (const [name, value] of Object.entries(await exported())) {
    const isReallyClass = /^class\b/.test(String(value));
    assertEquals({ name, isClass: isClass(name) }, { name, isClass: isReallyClass });
  }
});

Deno.test("the rules know which methods return operations", () => {
  const objects = [
    new mod.Barrier(1),
    new mod.BoundedSemaphore(),
    new mod.Event(),
    new mod.LifoQueue(),
    new mod.Lock(),
    new mod.PriorityQueue(),
    new mod.Queue(),
    new mod.Semaphore(),
  ];
  for (const object of objects) {
    for (const method of ["acquire", "get", "join", "put", "wait"]) {
      const call = (object as unknown as Record<string, unknown>)[method];
      const { name } = object.constructor;
      assertEquals([name, method, isOperationOf(name, method)], [
        name,
        method,
        typeof call === "function",
      ]);
    }
  }
});

Deno.test("the rules know what has begun when it is returned", () => {
  const task = mod.createTask(mod.sleep(0));
  const given = {
    createTask: task,
    ensureFuture: mod.ensureFuture(mod.sleep(0)),
    gather: mod.gather(),
    shield: mod.shield(task),
    sleep: mod.sleep(0),
    taskGroup: mod.taskGroup(function* () {}),
    until: mod.until(task),
    wait: mod.wait([task]),
    waitFor: mod.waitFor(task, 5),
  };
  for (const [name, value] of Object.entries(given)) {
    const gives = value instanceof Future ? "future" : "operation";
    assertEquals([name, givenBy(name)], [name, gives]);
  }
});

Deno.test("the library is recognized by its specifier", () => {
  const specifiers = {
    yes: [
      "wasyncio",
      "wasyncio/testing",
      "@wasyncio/wasyncio",
      "npm:wasyncio@1.2.3",
      "jsr:@wasyncio/wasyncio@^0.1/lowlevel",
      "https://example.org/wasyncio/mod.ts",
      "https://example.org/npm/wasyncio@0.1.0/+esm",
      "../wasyncio/mod.ts",
      "./dist/wasyncio.iife.js",
    ],
    maybe: ["../mod.ts", "./mod.js", "https://example.org/mod.mjs", "file:///home/me/mod.ts"],
    no: [
      "asyncio",
      "wasyncio-react",
      "@example/wasyncio-tools",
      "./wasyncio_helpers.ts",
      "./model.ts",
      "./mod/index.ts",
      "../testing.ts",
    ],
  };
  for (const [answer, list] of Object.entries(specifiers)) {
    for (const each of list) assertEquals([each, recognize(each)], [each, answer]);
  }
});

Deno.test("what fixes import comes from the main entry point", () => {
  const doors: Record<string, string | null> = {
    "wasyncio": "wasyncio",
    "wasyncio/testing": "wasyncio",
    "@wasyncio/wasyncio": "@wasyncio/wasyncio",
    "jsr:@wasyncio/wasyncio@^0.1/lowlevel": "jsr:@wasyncio/wasyncio@^0.1",
    "https://example.org/wasyncio/testing.ts": "https://example.org/wasyncio/mod.ts",
    "../mod.ts": "../mod.ts",
    "./dist/wasyncio.js": "./dist/wasyncio.js",
    "../wasyncio/src/time/sleep.ts": null,
  };
  for (const [specifier, main] of Object.entries(doors)) {
    assertEquals([specifier, mainDoor(specifier)], [specifier, main]);
  }
});
