/**
 * What the tests of types share. They are checked by the compiler; a wrong type is a compile error.
 *
 * @module
 */

/** Whether two types are the same, `any` and optional or readonly parts included. */
export type Equals<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2)
  ? true
  : false;

export type IsAny<T> = 0 extends 1 & T ? true : false;

/** Compiles if its argument is the type `true`. */
export function expect<_Truth extends true>(): void {}

expect<Equals<[1, "a"], [1, "a"]>>();
expect<IsAny<ReturnType<typeof JSON.parse>>>();
// @ts-expect-error -- `any` equals nothing but itself
expect<Equals<ReturnType<typeof JSON.parse>, string>>();
// @ts-expect-error -- a tuple is not an array of its elements
expect<Equals<[string, number], (string | number)[]>>();
// @ts-expect-error -- string is not any
expect<IsAny<string>>();
