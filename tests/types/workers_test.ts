/**
 * The types of jobs: names, arguments and results of a module's functions.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { type Executor, type Future, getRunningLoop, type Operation, run } from "../../mod.ts";
import { toThread, transfer, WorkerPool } from "../../workers.ts";
import { type Equals, expect } from "./expect.ts";

type Module = typeof import("../unit/workers/jobs.ts");

const url = new URL("../unit/workers/jobs.ts", import.meta.url);

Deno.test("a pool knows its module's names, arguments and results", async () => {
  await run(function* () {
    const pool = new WorkerPool<Module>(url, { size: 1 });
    const sum = pool.run("add", 1, 2);
    expect<Equals<typeof sum, Operation<number>>>();
    const text = pool.submit("later", "text");
    expect<Equals<typeof text, Future<string>>>();
    const bytes = new Uint8Array(1);
    const grown = pool.run("grow", transfer(bytes, [bytes.buffer]));
    expect<Equals<typeof grown, Operation<Uint8Array<ArrayBuffer>>>>();
    const never = () => {
      // @ts-expect-error -- no such function
      pool.run("subtract", 1, 2);
      // @ts-expect-error -- no function
      pool.run("version");
      // @ts-expect-error -- an argument is missing
      pool.run("add", 1);
      // @ts-expect-error -- of a wrong type
      pool.submit("add", 1, "2");
      // @ts-expect-error -- one too many
      pool.submit("count", 1);
    };
    assertEquals((yield* grown).length, 1);
    assertEquals([yield* sum, yield* text, typeof never], [3, "text", "function"]);
  });
});

Deno.test("functions have their own types, asynchronous or not", async () => {
  await run(function* () {
    const pool = new WorkerPool<Module>(url, { size: 1 });
    const length = pool.run((text: string) => text.length, "four");
    expect<Equals<typeof length, Operation<number>>>();
    const later = pool.submit((n: number) => Promise.resolve(n), 5);
    expect<Equals<typeof later, Future<number>>>();
    const there = toThread(
      async (a: number, b: string) => await Promise.resolve(b.repeat(a)),
      2,
      "ab",
    );
    expect<Equals<typeof there, Operation<string>>>();
    const never = () => {
      // @ts-expect-error -- an argument is missing
      toThread((a: number) => a);
      // @ts-expect-error -- of a wrong type
      pool.run((a: number) => a, "5");
    };
    assertEquals([yield* length, yield* later, yield* there, typeof never], [
      4,
      5,
      "abab",
      "function",
    ]);
  });
});

Deno.test("a pool that doesn't know its module takes any name", async () => {
  await run(function* () {
    const pool = new WorkerPool(url, { size: 1 });
    const sum = pool.run("add", 1, 2);
    expect<Equals<typeof sum, Operation<unknown>>>();
    assertEquals(yield* sum, 3);
  });
});

Deno.test("a pool is an executor", async () => {
  await run(function* () {
    const pool = new WorkerPool<Module>(url, { size: 1 });
    const executor: Executor = pool;
    const loop = getRunningLoop();
    const doubled = loop.runInExecutor(executor, (n: number) => 2 * n, 4);
    expect<Equals<typeof doubled, Future<number>>>();
    const sum = loop.runInExecutor<number>(pool, "add", 1, 2);
    expect<Equals<typeof sum, Future<number>>>();
    assertEquals([yield* doubled, yield* sum], [8, 3]);
  });
});
