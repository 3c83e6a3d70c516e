/**
 * The AssemblyScript core, compiled once and instantiated for each loop.
 *
 * @module
 */

import { type Core, MASK } from "./core.ts";
import { WASM_BASE64 } from "./wasm_bytes.ts";

/** What `assembly/index.ts` exports. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  grow(): number;
  at(slot: number, tick: number): void;
  after(slot: number, ticks: number): void;
  settle(now: number): void;
  cancel(slot: number): number;
  expire(now: number): void;
  next(): number;
  reset(): void;
}

let compiled: WebAssembly.Module | undefined;

/**
 * Compiles on first use and not on import: a page whose Content-Security-Policy forbids it can then
 * still import the library.
 */
function compile(): WebAssembly.Module {
  return compiled ??= new WebAssembly.Module(decode(WASM_BASE64));
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  // Tens of times faster than going through a string of bytes, but not yet everywhere.
  const { fromBase64 } = Uint8Array as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };
  if (fromBase64) return fromBase64.call(Uint8Array, base64);
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** A core of its own WebAssembly instance. */
export class WasmCore implements Core {
  words!: Int32Array;
  doubles!: Float64Array;
  capacity!: number;
  readonly #exports: Exports;

  /** @throws {WebAssembly.CompileError} Where WebAssembly is forbidden. */
  constructor() {
    const { exports } = new WebAssembly.Instance(compile());
    this.#exports = exports as unknown as Exports;
    this.#exports.reset();
    this.#view();
  }

  #view(): void {
    const { buffer } = this.#exports.memory;
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.capacity = this.words[MASK] + 1;
  }

  grow(): void {
    if (!this.#exports.grow()) {
      throw new RangeError(`Cannot hold more than ${this.capacity} tasks and timers: no memory`);
    }
    this.#view();
  }

  at(slot: number, tick: number): void {
    this.#exports.at(slot, tick);
  }

  after(slot: number, ticks: number): void {
    this.#exports.after(slot, ticks);
  }

  settle(now: number): void {
    this.#exports.settle(now);
  }

  cancel(slot: number): boolean {
    return this.#exports.cancel(slot) !== 0;
  }

  expire(now: number): void {
    this.#exports.expire(now);
  }

  next(): number {
    return this.#exports.next();
  }

  reset(): void {
    this.#exports.reset();
  }
}
