/**
 * Hands out cores and takes them back, so that a short `run()` costs microseconds: a core that waits
 * idle has its memory and its views already, and call sites that have seen it stay quick.
 *
 * @module
 */

import type { Core } from "./core.ts";
import { HeapCore } from "./heap.ts";
import { WasmCore } from "./wasm.ts";

/** Which implementation to use: the WebAssembly core, or the small one in TypeScript. */
export type CoreKind = "wasm" | "js";

/** As many loops at a time are rare; more of them cost what they would without a pool. */
const MAX_IDLE = 8;
/** A core that had to grow beyond this served a burst, and its memory is better given back. */
const MAX_BYTES = 1 << 23;

const idle: Record<CoreKind, Core[]> = { wasm: [], js: [] };

/** Whether WebAssembly turned out to be missing or forbidden, which a page does not change. */
let unavailable = false;

/**
 * Returns an empty core.
 *
 * @param kind Without it, the WebAssembly core, or the small one where that cannot be had.
 * @throws {WebAssembly.CompileError} If `kind` is `"wasm"` and the page forbids WebAssembly.
 */
export function acquireCore(kind?: CoreKind): Core {
  if (kind === undefined) {
    if (unavailable) return acquireCore("js");
    try {
      return acquireCore("wasm");
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      unavailable = true;
      return acquireCore("js");
    }
  }
  return idle[kind].pop() ?? (kind === "wasm" ? new WasmCore() : new HeapCore());
}

/** Takes back a core that its loop is done with. */
export function releaseCore(core: Core): void {
  const pool = idle[core instanceof WasmCore ? "wasm" : "js"];
  if (pool.length >= MAX_IDLE || core.words.byteLength > MAX_BYTES || pool.includes(core)) return;
  core.reset();
  pool.push(core);
}

function isUnavailable(error: unknown): boolean {
  return typeof WebAssembly === "undefined" || error instanceof WebAssembly.CompileError;
}
