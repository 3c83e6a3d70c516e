/**
 * Coroutine functions that async functions can call.
 *
 * @module
 */
import { checkFunction } from "../check.ts";
import { toIterator } from "./awaitable.ts";
import type { Coroutine } from "./generator.ts";
import { GeneratorOperation, type Operation } from "./operation.ts";

/**
 * Wraps a generator function so that its calls return operations, which may be awaited by `yield*`
 * and by `await` alike. It wraps methods, too: `this` is passed on.
 *
 * @param fn A generator function.
 * @returns A function of the same arguments.
 * @throws {TypeError} When `fn` is no function.
 *
 * @example
 * ```ts
 * const greet = coroutine(function* (name: string) {
 *   yield* sleep("1s");
 *   return `Hello, ${name}!`;
 * });
 * console.log(await greet("Ada"));
 * ```
 */
export function coroutine<A extends unknown[], T, This = void>(
  fn: (this: This, ...args: A) => Coroutine<T>,
): (this: This, ...args: A) => Operation<T> {
  checkFunction(fn, "fn");
  return function (...args) {
    const call = (...args: A) => toIterator(() => fn.apply(this, args), "fn");
    Object.defineProperty(call, "name", { get: () => fn.name });
    return new GeneratorOperation(call, args);
  };
}
