/**
 * The signal that a request is given: it is aborted by whoever waits, and by the program's own signal.
 *
 * @module
 */
import type { AbortSignalLike } from "../portable.ts";

/** A controller, and a signal that follows it and the program's own. */
export interface Following {
  /** Whose abort ends the request. */
  readonly controller: AbortController;
  /** What the request is to be given. */
  readonly signal: AbortSignalLike;
  /** Listens no more. */
  end(): void;
}

interface Signals {
  any?(signals: AbortSignalLike[]): AbortSignalLike;
}

/**
 * Makes a signal that is aborted when its controller or the program's own signal is.
 *
 * A response that was handed over still has a body on its way, which the program's signal shall abort
 * as it does without this library; nobody says when that is over, and a listener would stay. The host's
 * `AbortSignal.any` has none: it is held by those who wait. Node 18 hasn't got it; there the program's
 * signal reaches as far as the wait.
 */
export function follow(theirs: AbortSignalLike | null): Following {
  const controller = new AbortController();
  const { signal } = controller;
  if (theirs === null) return { controller, signal, end() {} };
  const { any } = AbortSignal as Signals;
  if (typeof any === "function") {
    return { controller, signal: any.call(AbortSignal, [theirs, signal]), end() {} };
  }
  const onAbort = () => controller.abort(theirs.reason);
  if (theirs.aborted) onAbort();
  theirs.addEventListener("abort", onAbort);
  return { controller, signal, end: () => theirs.removeEventListener("abort", onAbort) };
}
