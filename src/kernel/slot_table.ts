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
   * have to look through all of it for good. So after one such search the slots that may be in use are
   * listed, and the others set aside: one that is taken from there joins the list.
   */
  private _listed: number[] | null = null;
  /** Whether hardly anything was in use when it was last looked through. */
  private _wasSparse = false;
  private _aside = -1;

  /** Gives a free slot to a runnable; -1 where none is free. */
  take(runnable: Runnable): number {
    const slot = this._free;
    if (slot < 0) return -1;
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

  /** Gets a free slot from those set aside, if there are any. */
  fetch(): boolean {
    const slot = this._aside;
    if (slot < 0) return false;
    this._aside = this.holders[slot] as number;
    this._listed!.push(slot);
    this.release(slot);
    return true;
  }

  /** Adds a slot at the end of the table. */
  add(): void {
    this._listed = null;
    this.release(this.holders.length);
  }

  /** How many slots are free, counted up to a limit. */
  countFree(limit: number): number {
    let count = 0;
    for (let slot = this._free; slot >= 0 && count < limit; count++) {
      slot = this.holders[slot] as number;
    }
    return count;
  }

  /** All who hold a slot. Takes time in proportion to their number, apart from the first times. */
  list(): Runnable[] {
    const used = this._usedSlots();
    const seen = (this._listed ?? this.holders).length;
    const isSparse = seen > SCAN_UP_TO && used.length < seen / 8;
    // A loop that is about to close is looked through once, and needs no order after that.
    if (isSparse && this._wasSparse) this._setAside(used);
    this._wasSparse = isSparse;
    return used.map((slot) => this.holders[slot] as Runnable);
  }

  /** Empties the table; returns all who held a slot. */
  clear(): Runnable[] {
    const held = this._usedSlots().map((slot) => this.holders[slot] as Runnable);
    this.holders.length = 0;
    this._free = this._aside = -1;
    return held;
  }

  private _usedSlots(): number[] {
    const { holders } = this;
    const isUsed = (slot: number) => typeof holders[slot] === "object";
    if (this._listed !== null) return this._listed.filter(isUsed);
    const used: number[] = [];
    for (let slot = 0; slot < holders.length; slot++) if (isUsed(slot)) used.push(slot);
    return used;
  }

  /** Sets all free slots aside. */
  private _setAside(used: number[]): void {
    const { holders } = this;
    this._free = this._aside = -1;
    for (let slot = holders.length - 1; slot >= 0; slot--) {
      if (typeof holders[slot] === "object") continue;
      holders[slot] = this._aside;
      this._aside = slot;
    }
    this._listed = used;
  }
}
