/**
 * Timers of the host's that keep nothing alive: for reports, which nobody waits for.
 *
 * @module
 */

declare const Deno: { unrefTimer?(id: number): void } | undefined;

/** How many milliseconds of the host's time may pass before something is reported. */
export const PATIENCE = 1000;

/** A timer that can be called off. */
export class QuietTimer {
  #id: ReturnType<typeof setTimeout> | undefined;

  /** Calls back once after so many milliseconds of the host's time; does nothing while it is set. */
  set(delay: number, callback: () => void): void {
    if (this.#id !== undefined) return;
    const id = setTimeout(() => {
      this.#id = undefined;
      callback();
    }, delay);
    this.#id = id;
    if (typeof id === "object") (id as { unref?(): void }).unref?.();
    else if (typeof Deno === "object") Deno.unrefTimer?.(id as number);
  }

  /** Calls it off. */
  clear(): void {
    clearTimeout(this.#id);
    this.#id = undefined;
  }
}
