/**
 * What one gets who takes a lock or a permit.
 *
 * @module
 */
import { makeDisposable } from "../portable.ts";

/** Gives back at the end of a block, by `using`, what was taken. */
export class Guard implements Disposable {
  declare readonly [Symbol.dispose]: () => void;
  readonly #taken: { release(): void };

  constructor(taken: { release(): void }) {
    makeDisposable(Guard.prototype, "dispose", Guard.prototype._release);
    this.#taken = taken;
  }

  /** What `using` calls. */
  private _release(): void {
    this.#taken.release();
  }
}
