/**
 * What a job throws whose thread has died.
 *
 * @module
 */
import { named } from "../errors.ts";

/**
 * Thrown by a job whose thread has died under it: of an error that nobody caught, or because it closed
 * itself. The `cause` says which. CPython's counterpart is `BrokenProcessPool`, but only this job fails;
 * the pool goes on with a new thread.
 *
 * @example
 * ```ts
 * try {
 *   yield* pool.run("convert", picture);
 * } catch (error) {
 *   if (!(error instanceof WorkerError)) throw error;
 *   console.log("the thread has died:", error.cause);
 * }
 * ```
 */
export class WorkerError extends Error {
  static readonly #named = /* @__PURE__ */ named(this, "WorkerError");
}
