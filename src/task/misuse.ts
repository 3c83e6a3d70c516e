/**
 * What coroutines get wrong at a `yield`, and what to write instead.
 *
 * @module
 */
import { describe } from "../check.ts";
import { Future } from "./future.ts";
import { Operation } from "./operation.ts";

/** The error of a wrong yield; whatever was yielded, it is one. */
export function misuseError(yielded: unknown): TypeError {
  try {
    return new TypeError(misuseText(yielded));
  } catch {
    return new TypeError(`Cannot yield ${describe(yielded)}`);
  }
}

function misuseText(yielded: unknown): string {
  const thenable = typeof (yielded as { then?: unknown } | null)?.then === "function";
  if (yielded instanceof Future || yielded instanceof Operation) {
    const article = yielded instanceof Operation ? "an" : "a";
    return `Cannot yield ${article} ${describe(yielded)}: write yield* instead of yield`;
  }
  if (thenable) return "Cannot yield a promise: write yield* until(promise)";
  if (typeof (yielded as { next?: unknown } | null)?.next === "function") {
    return "Cannot yield a coroutine: write yield* instead of yield";
  }
  return `Cannot yield ${
    describe(yielded)
  }: a coroutine yields nothing, and waits with yield* for a coroutine, future or operation`;
}

/** What to write where the engine refuses to iterate a promise or a function. */
const FOR_ONE = " (behind yield*, write until(promise) for a promise, and call what is a function)";
/** What to write where it can't throw into the iterator of a list. */
const FOR_LISTS = " (yield* waits for one thing; for a list, write yield* gather(list))";

/** Adds to the engine's own error of a wrong `yield*` what to write instead. */
export function explain(error: unknown): void {
  try {
    if (!(error instanceof TypeError)) return;
    const { message } = error;
    const cure = / is not iterable/.test(message)
      ? FOR_ONE
      : /'throw' method/.test(message)
      ? FOR_LISTS
      : "";
    if (!message.includes(cure)) error.message = message + cure;
  } catch { /* It is as it was. */ }
}
