/**
 * What not every host has, or not every program's types: signals, and the symbols behind `using`.
 *
 * @module
 */

/** What the library needs of a signal that it is given: the host's own fit, and so do substitutes. */
export interface AbortSignalLike {
  /** Whether it was aborted already. */
  readonly aborted: boolean;
  /** Why it was aborted. */
  readonly reason?: unknown;
  /**
   * Has a function called when it is aborted.
   *
   * @param type The event.
   * @param listener The function.
   */
  addEventListener(type: "abort", listener: () => void): void;
  /**
   * Takes that back.
   *
   * @param type The event.
   * @param listener The function.
   */
  removeEventListener(type: "abort", listener: () => void): void;
}

/**
 * The type of the signals that the library makes: the host's `AbortSignal`, if the program knows its
 * type, by the compiler's `lib: ["dom"]` or by Node's types, for example. A program that knows none
 * compiles as well, and sees what is in {@linkcode AbortSignalLike}.
 */
export type HostAbortSignal = typeof globalThis extends { AbortSignal: { prototype: infer S } } ? S
  : AbortSignalLike;

/**
 * Gives objects the method that `using` or `await using` calls at the end of a block. Where the host
 * has no symbol for it, that is the one which compilers look for in its place, `Symbol.for` of its name.
 *
 * A class calls this with its prototype whenever it makes an instance, and not once when it is defined,
 * which would keep it in every bundle. Besides, a symbol that was added to the host later is seen.
 */
export function makeDisposable<T extends object>(
  object: T,
  name: "dispose" | "asyncDispose",
  dispose: (this: T) => unknown,
): void {
  const symbol = Symbol[name] ?? Symbol.for(`Symbol.${name}`);
  (object as Record<symbol, unknown>)[symbol] ??= dispose;
}
