/**
 * Coroutine functions that async functions can call.
 *
 * @module
 */
import { checkFunction } from "./awaitable.ts";
import { type Operation, Routine } from "./operation.ts";
import type { Coroutine } from "./generator.ts";

/**
 * Wraps a generator function so that its calls return operations, which may be awaited by `yield*`
 * and by `await` alike.
 *
 * @param fn A generator function.
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
export function coroutine<A extends unknown[], T>(
  fn: (...args: A) => Coroutine<T>,
): (...args: A) => Operation<T> {
  checkFunction(fn, "fn");
  return (...args) => new Routine(fn, args);
}
