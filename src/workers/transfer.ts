/**
 * What is handed over to another thread instead of being cloned.
 *
 * @module
 */
import { describe } from "../check.ts";

/** What a value carries that was given to `transfer`; in the threads, too, and for all copies of this. */
const MARK: unique symbol = /* @__PURE__ */ Symbol.for("wasyncio.transfer") as never;

interface Marked {
  readonly [MARK]: object[];
  readonly value: unknown;
}

/** What is transferred without being asked, since it can't be cloned, by what it says that it is. */
const TRANSFERRED = /^\[object (MessagePort|ReadableStream|WritableStream|TransformStream)\]$/;

/**
 * Has parts of a value handed over instead of cloned: as an argument of a job, or as what a job returns.
 * They can't be used any more where they came from; buffers are not copied. In a job that is a function,
 * `transfer` is a global function, so that this import is not missed there.
 *
 * @param value The argument, or the result.
 * @param list What to hand over: buffers, message ports, streams and so on, which are in the value.
 * @returns Something that stands for the value; it has its type, and is good for nothing else.
 * @throws {TypeError} When `list` is no array of objects.
 *
 * @example
 * ```ts
 * const pixels = new Uint8Array(1_000_000);
 * const grey = yield* pool.run("desaturate", transfer(pixels, [pixels.buffer]));
 * ```
 */
export function transfer<T>(value: T, list: object[]): T {
  if (!Array.isArray(list) || list.some((each) => typeof each !== "object" || each === null)) {
    throw new TypeError(`list must be an array of what to transfer, got ${describe(list)}`);
  }
  const marked: Marked = { [MARK]: list, value };
  return marked as never;
}

/**
 * Whether the job that calls it was cancelled, and should stop. It is false outside a job, and
 * everywhere in a page that isn't cross-origin isolated, which shares no memory with its threads. In a job
 * that is a function, `cancelled` is a global function, so that this import is not missed there.
 *
 * @example
 * ```ts
 * function search(from: number, to: number): number[] {
 *   const found = [];
 *   for (let n = from; n < to && !cancelled(); n++) if (isPrime(n)) found.push(n);
 *   return found;
 * }
 * ```
 */
export function cancelled(): boolean {
  const global = globalThis as { cancelled?: unknown };
  return typeof global.cancelled === "function" && global.cancelled !== cancelled &&
    global.cancelled() === true;
}

/** Takes the arguments out of what `transfer` has returned, and notes what is to be transferred. */
export function unwrap(args: unknown[], list: object[]): unknown[] {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (typeof arg !== "object" || arg === null) continue;
    if (MARK in arg) {
      const marked = arg as Marked;
      list.push(...marked[MARK]);
      args[i--] = marked.value; // And once more, since that may be marked, too.
    } else if (TRANSFERRED.test(Object.prototype.toString.call(arg))) list.push(arg);
  }
  return args;
}
