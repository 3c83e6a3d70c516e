/**
 * Operations that were made and never awaited, which is what a forgotten `yield*` comes to.
 *
 * @module
 */
import type { Kernel } from "../kernel/kernel.ts";
import { frames, ownFrames } from "../kernel/stack.ts";
import type { OperationState } from "../task/operation.ts";
import { madeAt } from "./report.ts";

/** So many are noted before those are dropped that were awaited. */
const FIRST = 64;

/**
 * The operations of a loop: in debug mode all, with where they were made. Without it the first ones,
 * since a program's first mistakes are among them, and to note all would cost each of them time.
 */
export class OperationLog {
  readonly #made = new Map<OperationState, string>();
  #sweepAt = FIRST;

  constructor(kernel: Kernel, debug: boolean) {
    kernel.onOperation = (operation) => {
      this.#made.set(operation as OperationState, debug ? creationSite() : "");
      if (this.#made.size < this.#sweepAt) return;
      this.#sweep();
      if (!debug) kernel.onOperation = null;
    };
  }

  /** What to say of those that were never awaited; forgets them. */
  takeForgotten(): string[] {
    this.#sweep();
    const messages = [...this.#made].map(([operation, where]) =>
      neverAwaited(operation) + madeAt(where)
    );
    this.#made.clear();
    return messages;
  }

  #sweep(): void {
    for (const operation of this.#made.keys()) {
      if (operation._awaited) this.#made.delete(operation);
    }
    this.#sweepAt = FIRST + 2 * this.#made.size;
  }
}

/** Where the program called into this library. */
export function creationSite(): string {
  return ownFrames(frames(new Error().stack))[0] ?? "";
}

function neverAwaited(operation: OperationState): string {
  const label = operation._label();
  const name = label === "a coroutine"
    ? "A coroutine"
    : label.endsWith(")")
    ? label
    : `The wait for ${label}`;
  return `${name} was made and never awaited: write yield* before it`;
}
