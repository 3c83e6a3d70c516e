/**
 * Operations that were made and never awaited, which is what a forgotten `yield*` comes to.
 *
 * @module
 */
import type { Kernel, OperationHooks } from "../kernel/kernel.ts";
import { callSite } from "../kernel/stack.ts";
import type { OperationState } from "../task/operation.ts";
import { madeAt } from "./report.ts";

/** So many are looked at without debug mode; in debug mode, so many at least before some are dropped. */
const FIRST = 64;

/**
 * The operations of a loop: in debug mode all, with where they were made. Without it the first ones,
 * since a program's first mistakes are among them, and to note all would cost each of them time.
 */
export class OperationLog implements OperationHooks {
  readonly #kernel: Kernel;
  readonly #debug: boolean;
  readonly #made = new Map<OperationState, string>();
  #left = FIRST;

  constructor(kernel: Kernel, debug: boolean) {
    this.#kernel = kernel;
    this.#debug = debug;
    kernel.operations = this;
  }

  _onMade(operation: OperationState): void {
    if (this.#left === 0) return;
    this.#made.set(operation, this.#debug ? callSite() : "");
    if (--this.#left > 0) return;
    this._onIdle();
    if (this.#debug) this.#left = FIRST + 2 * this.#made.size;
  }

  /** Drops those that were awaited: nothing is kept alive while a loop waits. */
  _onIdle(): void {
    for (const operation of this.#made.keys()) {
      if (operation._awaited) this.#made.delete(operation);
    }
    if (this.#left === 0 && this.#made.size === 0) this.#kernel.operations = null;
  }

  /** What to say of those that were never awaited; forgets them. */
  takeForgotten(): string[] {
    this._onIdle();
    const messages = [...this.#made].map(([operation, where]) =>
      neverAwaited(operation) + madeAt(where)
    );
    this.#made.clear();
    return messages;
  }
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
