/**
 * Hosts that know nothing of `using`, such as Node 18.0: they lack `Symbol.dispose` and
 * `Symbol.asyncDispose`.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { outputOfDeno } from "./subprocess.ts";

const mod = new URL("../../mod.ts", import.meta.url).href;

/** Takes the symbols away, by putting a function in place of `Symbol` that has all but them. */
const AGE = `
  const young = Symbol;
  const old = function Symbol(description) { return young(description); };
  for (const key of Reflect.ownKeys(young)) {
    if (key === "dispose" || key === "asyncDispose") continue;
    Object.defineProperty(old, key, Object.getOwnPropertyDescriptor(young, key));
  }
  globalThis.Symbol = old;
`;

/** Disposes of what is meant for \`using\`, and tells what these objects have. */
const PROGRAM = `
  const { ContextVar, Lock, run, Runner, Semaphore } = await import(${JSON.stringify(mod)});
  addSymbols();
  const dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");
  const asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");
  const seen = [];
  await run(function* () {
    const lock = new Lock();
    const held = yield* lock.acquire();
    seen.push(lock.locked(), "undefined" in held);
    held[dispose]();
    seen.push(lock.locked());

    const semaphore = new Semaphore(1);
    const permit = yield* semaphore.acquire();
    permit[dispose]();
    seen.push(semaphore.locked());

    const variable = new ContextVar("variable", { defaultValue: "before" });
    const token = variable.set("inside");
    seen.push("undefined" in token);
    token[dispose]();
    seen.push(variable.get());
  });
  const runner = new Runner();
  seen.push("undefined" in runner);
  await runner[asyncDispose]();
  seen.push(await runner.run(() => {}).catch((error) => error.name));
  console.log(JSON.stringify(seen));
`;

const expected = [
  ...[true, false, false], // the lock
  false, // the semaphore
  ...[false, "before"], // the token
  ...[false, "InvalidStateError"], // the runner
];

async function observe(addSymbols: string): Promise<unknown[]> {
  const main = await Deno.makeTempFile({ suffix: ".js" });
  try {
    await Deno.writeTextFile(main, `${AGE}\nfunction addSymbols() {${addSymbols}}\n${PROGRAM}`);
    return JSON.parse(await outputOfDeno([main]));
  } finally {
    await Deno.remove(main);
  }
}

Deno.test("without Symbol.dispose, what compilers put in its place disposes", async () => {
  assertEquals(await observe(""), expected);
});

Deno.test("symbols that are added after the import dispose, too", async () => {
  const add = `
    Symbol.dispose = Symbol("Symbol.dispose");
    Symbol.asyncDispose = Symbol("Symbol.asyncDispose");
  `;
  assertEquals(await observe(add), expected);
});
