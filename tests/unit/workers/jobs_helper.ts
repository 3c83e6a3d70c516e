/**
 * What the tests' module of jobs imports.
 *
 * @module
 */

/** Twice the number. */
export function twice(n: number): number {
  return 2 * n;
}
