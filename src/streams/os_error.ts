/**
 * Errors of the operating system, under one name on every host.
 *
 * @module
 */

import { named, withoutFrames } from "../errors.ts";

/**
 * Thrown when the operating system refuses or breaks off what was asked of it. CPython's class of the
 * same name has a number for `errno`; hosts differ in numbers, and so this one has the errno's name.
 *
 * @example
 * ```ts
 * try {
 *   yield* openConnection("127.0.0.1", 1);
 * } catch (error) {
 *   if (!(error instanceof OSError) || error.code !== "ECONNREFUSED") throw error;
 *   console.log("nobody listens there");
 * }
 * ```
 */
export class OSError extends Error {
  static readonly #named = /* @__PURE__ */ named(this, "OSError");
  /** The errno's name, such as "ECONNRESET". */
  readonly code: string;

  /**
   * Makes an error.
   *
   * @param code The errno's name.
   * @param message What was being done to what.
   * @param options The `cause` is the host's own error.
   */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What says which errno an error of the host's stands for. */
export interface ErrorCodes {
  /** The errno's name; `null` where it isn't the operating system's. */
  codeOf(error: unknown): string | null;
}

/** The error that a program gets for one of the host's, which is passed on where it has no errno. */
export function errorOf(host: ErrorCodes, error: unknown, what: string): unknown {
  const code = host.codeOf(error);
  if (code === null) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return withoutFrames(() => new OSError(code, `${what}: ${reason}`, { cause: error }));
}
