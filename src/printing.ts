/**
 * How tasks, futures and primitives print: as one line, wherever they are printed.
 *
 * @module
 */

import { cut } from "./check.ts";

const deno: unique symbol = /* @__PURE__ */ Symbol.for("Deno.customInspect") as never;
const node: unique symbol = /* @__PURE__ */ Symbol.for("nodejs.util.inspect.custom") as never;

/**
 * Has `console.log` and `JSON.stringify` print what `toString` says.
 *
 * @example
 * ```ts
 * console.log(new Lock({ name: "ledger" })); // Lock "ledger" unlocked, 0 waiting
 * ```
 */
export abstract class Printable {
  /** Its kind, its name and its state. */
  abstract toString(): string;

  /** The same, for `JSON.stringify`. */
  toJSON(): string {
    return this.toString();
  }

  /**
   * The same, for `console.log` in Deno.
   *
   * @ignore
   */
  [deno](): string {
    return this.toString();
  }

  /**
   * The same, for `console.log` in Node.
   *
   * @ignore
   */
  [node](): string {
    return this.toString();
  }
}

/** A kind and, where there is one, a name: `lock "ledger"`. */
export function labelled(kind: string, name: string): string {
  return name === "" ? kind : `${kind} ${JSON.stringify(cut(name))}`;
}
