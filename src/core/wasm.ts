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

/** Compiles on first use: where that is forbidden, importing the library still works. */
function compile(): WebAssembly.Module {
  return compiled ??= new WebAssembly.Module(decode(WASM_BASE64));
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  const bytes: { fromBase64?(text: string): Uint8Array<ArrayBuffer> } = Uint8Array;
  // Takes a twentieth of the time, but not every runtime has it.
  if (bytes.fromBase64) return bytes.fromBase64(base64);
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** A core in a WebAssembly instance of its own. */
export class WasmCore implements Core {
  words!: Int32Array;
  doubles!: Float64Array;
  capacity!: number;
  readonly #exports: Exports;

  /**
   * Makes an empty core.
   *
   * @throws {WebAssembly.CompileError} Where a Content-Security-Policy forbids WebAssembly.
   */
  constructor() {
    const { exports } = new WebAssembly.Instance(compile());
    this.#exports = exports as unknown as Exports;
    this.#exports.reset();
    this.#view();
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

  #view(): void {
    const { buffer } = this.#exports.memory;
    this.words = new Int32Array(buffer);
    this.doubles = new Float64Array(buffer);
    this.capacity = this.words[MASK] + 1;
  }
}
