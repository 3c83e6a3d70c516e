/**
 * Which core a loop gets, and what becomes of one that is given back.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import type { Core } from "../../../src/core/core.ts";
import { acquireCore, releaseCore } from "../../../src/core/pool.ts";
import { HeapCore } from "../../../src/core/heap.ts";
import { WasmCore } from "../../../src/core/wasm.ts";
import { push, readyCount, timerCount } from "./oracle.ts";

const POOL = new URL("../../../src/core/pool.ts", import.meta.url).href;

/** Takes so many cores at the same time. */
function acquire(count: number): Core[] {
  return Array.from({ length: count }, () => acquireCore());
}

/** Runs a program in a process of its own, and returns what it prints, as JSON. */
async function evaluate(program: string): Promise<unknown> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", program],
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("acquireCore() gives the WebAssembly core unless told otherwise", () => {
  assertInstanceOf(acquireCore(), WasmCore);
  assertInstanceOf(acquireCore("wasm"), WasmCore);
  assertInstanceOf(acquireCore("js"), HeapCore);
});

for (const kind of ["wasm", "js"] as const) {
  Deno.test(`a core that was given back is handed out again, and empty (${kind})`, () => {
    const core = acquireCore(kind);
    core.at(0, 10);
    core.after(1, 10);
    push(core, 2);
    releaseCore(core);
    const again = acquireCore(kind);
    assert(again === core);
    assertEquals([timerCount(again), readyCount(again)], [0, 0]);
    assert(!again.cancel(0));
  });
}

Deno.test("no two loops get the same core, even if it was given back twice", () => {
  const core = acquireCore();
  releaseCore(core);
  releaseCore(core);
  assert(acquireCore() !== acquireCore());
});

Deno.test("only a few idle cores are kept", () => {
  const first = new Set(acquire(30));
  assertEquals(first.size, 30);
  for (const core of first) releaseCore(core);
  const kept = acquire(30).filter((core) => first.has(core));
  assertEquals(kept.length, 8);
});

Deno.test("a core that grew large is not kept", () => {
  const core = acquireCore();
  while (core.words.byteLength <= 1 << 23) core.grow();
  releaseCore(core);
  assert(acquireCore() !== core);
});

Deno.test("where WebAssembly is forbidden, the small core steps in, and is not asked for twice", async () => {
  const seen = await evaluate(`
    let attempts = 0;
    WebAssembly.Module = class {
      constructor() {
        attempts++;
        throw new WebAssembly.CompileError("Refused by the Content-Security-Policy");
      }
    };
    const { acquireCore } = await import("${POOL}");
    const names = [acquireCore(), acquireCore()].map((core) => core.constructor.name);
    let error;
    try {
      acquireCore("wasm");
    } catch (reason) {
      error = reason.name;
    }
    console.log(JSON.stringify({ names, attempts, error }));
  `);
  assertEquals(seen, { names: ["HeapCore", "HeapCore"], attempts: 2, error: "CompileError" });
});

Deno.test("where WebAssembly is missing, the small core steps in", async () => {
  const seen = await evaluate(`
    delete globalThis.WebAssembly;
    const { acquireCore } = await import("${POOL}");
    const core = acquireCore();
    core.at(3, 10);
    core.expire(10);
    console.log(JSON.stringify([core.constructor.name, core.words[1]]));
  `);
  assertEquals(seen, ["HeapCore", 1]);
});

Deno.test("errors that have nothing to do with a missing WebAssembly are not swallowed", async () => {
  const seen = await evaluate(`
    WebAssembly.Module = class {
      constructor() {
        throw new RangeError("Out of memory");
      }
    };
    const { acquireCore } = await import("${POOL}");
    try {
      acquireCore();
    } catch (error) {
      console.log(JSON.stringify(error.name));
    }
  `);
  assertEquals(seen, "RangeError");
});
