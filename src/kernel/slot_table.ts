/**
 * Who holds which slot.
 *
 * @module
 */
import type { Runnable } from "./kernel.ts";

/** A table of fewer slots than this is always looked through as a whole. */
const SCAN_UP_TO = 1024;

/**
 * A table of runnables by slot, and a list of the free ones that runs through it: a free slot's entry
 * is the next free slot, and -1 after the last.
 */
export class SlotTable {
  readonly holders: (Runnable | number)[] = [-1];
  private _free = 0;

  /*
   * A burst leaves a table of which hardly anything is in use, and whoever asked for all tasks would
   * have to look through all of it for good. So after one such search the slots from `_denseEnd` on
   * are set aside, but for the few listed that were in use.
   */
  private _denseEnd = Infinity;
  private _scattered: number[] = [];
  private _aside = -1;

  /** Whether there is a slot to take. */
  hasFree(): boolean {
    return this._free >= 0;
  }

  /** Gives a free slot to a runnable; there must be one. */
  take(runnable: Runnable): number {
    const slot = this._free;
    this._free = this.holders[slot] as number;
    this.holders[slot] = runnable;
    return slot;
  }

  /** Takes a slot back. */
  release(slot: number): void {
    this.holders[slot] = this._free;
    this._free = slot;
  }

  /** Puts another holder in the place of a slot's. */
  replace(slot: number, runnable: Runnable): void {
    this.holders[slot] = runnable;
  }

  /** Makes use of what was set aside; returns whether there was anything. */
  unlockAside(): boolean {
    if (this._aside < 0) return false;
    this._free = this._aside;
    this._aside = -1;
    this._denseEnd = Infinity;
    this._scattered = [];
    return true;
  }

  /** Adds a slot at the end of the table. */
  add(): void {
    this.holders.push(this._free);
    this._free = this.holders.length - 1;
  }

  /** How many slots are free, counted up to a limit. */
  countFree(limit: number): number {
    let count = 0;
    for (let slot = this._free; slot >= 0 && count < limit; count++) {
      slot = this.holders[slot] as number;
    }
    return count;
  }

  /** All who hold a slot. Takes time in proportion to their number, apart from the first time. */
  list(): Runnable[] {
    const { holders } = this;
    const end = Math.min(this._denseEnd, holders.length);
    const used: number[] = [];
    for (let slot = 0; slot < end; slot++) if (typeof holders[slot] === "object") used.push(slot);
    for (const slot of this._scattered) if (typeof holders[slot] === "object") used.push(slot);
    if (end > SCAN_UP_TO && used.length < end / 8) this._setAside(used);
    return used.map((slot) => holders[slot] as Runnable);
  }

  /** Empties the table. */
  clear(): void {
    this.holders.length = 0;
    this._free = this._aside = -1;
  }

  /** Threads the free slots anew: the low ones first, and the others for when those are used up. */
  private _setAside(used: number[]): void {
    const { holders } = this;
    const end = Math.max(SCAN_UP_TO / 2, 2 * used.length);
    const thread = (from: number, to: number): number => {
      let next = -1;
      for (let slot = to - 1; slot >= from; slot--) {
        if (typeof holders[slot] === "object") continue;
        holders[slot] = next;
        next = slot;
      }
      return next;
    };
    this._free = thread(0, end);
    this._aside = thread(end, holders.length);
    this._denseEnd = end;
    this._scattered = used.filter((slot) => slot >= end);
  }
}
