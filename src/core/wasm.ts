/**
 * The AssemblyScript core, compiled once and instantiated for each loop.
 *
 * @module
 */

import type { Core, Word } from "./core.ts";
import { WASM_HEX } from "./wasm_bytes.ts";

const MASK: typeof Word.MASK = 2;

/** What `assembly/index.ts` exports. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  grow(): number;
  at(slot: number, tick: number): void;
  after(slot: number, ticks: number): void;
  anchor(now: number): void;
  cancel(slot: number): number;
  expire(now: number): void;
  next(): number;
  deadline(slot: number): number;
  reset(): void;
}

let compiled: WebAssembly.Module | undefined;

/**
 * Compiles on first use and not on import: a page whose Content-Security-Policy forbids it can then
 * still import the library.
 */
function compile(): WebAssembly.Module {
  return compiled ??= new WebAssembly.Module(decode(WASM_HEX));
}

function decode(hex: string): Uint8Array<ArrayBuffer> {
  // Many times faster than a pair of digits at a time, but not yet everywhere.
  const { fromHex } = Uint8Array as { fromHex?: (text: string) => Uint8Array<ArrayBuffer> };
  if (fromHex) return fromHex.call(Uint8Array, hex);
  return Uint8Array.from(hex.match(/../g)!, (pair) => parseInt(pair, 16));
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

  anchor(now: number): void {
    this.#exports.anchor(now);
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

  deadline(slot: number): number {
    return this.#exports.deadline(slot);
  }

  reset(): void {
    this.#exports.reset();
  }
}
