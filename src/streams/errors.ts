/**
 * What readers throw when the bytes don't come as they were asked for.
 *
 * @module
 */
import { named } from "../errors.ts";
import type { Bytes } from "../host/bytes.ts";

/**
 * Thrown when a stream ends before there were as many bytes as were asked for, or before the
 * separator. CPython's class of the same name.
 *
 * @example
 * ```ts
 * try {
 *   yield* reader.readexactly(4);
 * } catch (error) {
 *   if (!(error instanceof IncompleteReadError)) throw error;
 *   console.log(`only ${error.partial.length} of ${error.expected}`);
 * }
 * ```
 */
export class IncompleteReadError extends Error {
  static readonly #named = /* @__PURE__ */ named(this, "IncompleteReadError");
  /** What there was; the stream has nothing more. */
  readonly partial: Bytes;
  /** How many bytes were wanted; `null` where it was a separator. */
  readonly expected: number | null;

  /**
   * Makes an error.
   *
   * @param partial What there was.
   * @param expected How many bytes were wanted, or `null`.
   */
  constructor(partial: Bytes, expected: number | null) {
    const wanted = expected === null ? "before the separator" : `of ${expected}`;
    super(`The stream has ended after ${partial.length} bytes ${wanted}`);
    this.partial = partial;
    this.expected = expected;
  }
}

/**
 * Thrown when there are more bytes before the separator than the reader's limit allows. CPython's
 * class of the same name.
 *
 * @example
 * ```ts
 * try {
 *   yield* reader.readuntil("\r\n\r\n");
 * } catch (error) {
 *   if (!(error instanceof LimitOverrunError)) throw error;
 *   yield* reader.readexactly(error.consumed); // all of it is still there
 * }
 * ```
 */
export class LimitOverrunError extends RangeError {
  static readonly #named = /* @__PURE__ */ named(this, "LimitOverrunError");
  /** How many bytes there are that are surely not of the separator. */
  readonly consumed: number;

  /**
   * Makes an error.
   *
   * @param message What has happened.
   * @param consumed How many bytes there are.
   */
  constructor(message: string, consumed: number) {
    super(message);
    this.consumed = consumed;
  }
}
