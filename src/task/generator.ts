/**
 * Coroutines: the generators that generator functions return.
 *
 * @module
 */

/**
 * What a generator function returns: a coroutine that is ready to run.
 *
 * @example
 * ```ts
 * function* greet(name: string): Coroutine<string> {
 *   yield* sleep("1s");
 *   return `Hello, ${name}!`;
 * }
 * ```
 */
export type Coroutine<T> = Generator<unknown, T, unknown>;

/** What all generators inherit from. */
export const generatorPrototype: Generator<unknown, never, unknown> =
  Object.getPrototypeOf(function* () {}).prototype;

/** The language has no name for the class of generators; `instanceof` is what V8 makes quick. */
function AnyGenerator(): void {}
AnyGenerator.prototype = generatorPrototype;

/**
 * Whether `x` is a coroutine: what a generator function returns when it is called.
 *
 * @example
 * ```ts
 * isCoroutine(greet("Ada")); // true
 * isCoroutine(greet); // false: the function was not called
 * ```
 */
export function isCoroutine(x: unknown): x is Coroutine<unknown> {
  return x instanceof AnyGenerator;
}
