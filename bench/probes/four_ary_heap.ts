/**
 * The usual way to order timers: a heap of four children a node, on typed arrays.
 *
 * It is here to be measured against, at its best: unlike a core it neither cancels nor keeps equal
 * deadlines in order, which would cost it an index and a second comparison.
 *
 * @module
 */

/** A priority queue of slots by deadline. */
export class FourAryHeap {
  readonly #deadlines: Float64Array;
  readonly #slots: Int32Array;
  #size = 0;

  constructor(capacity: number) {
    this.#deadlines = new Float64Array(capacity);
    this.#slots = new Int32Array(capacity);
  }

  /** Adds a slot. */
  push(slot: number, deadline: number): void {
    const deadlines = this.#deadlines;
    const slots = this.#slots;
    let hole = this.#size++;
    while (hole > 0) {
      const parent = (hole - 1) >> 2;
      if (deadlines[parent] <= deadline) break;
      deadlines[hole] = deadlines[parent];
      slots[hole] = slots[parent];
      hole = parent;
    }
    deadlines[hole] = deadline;
    slots[hole] = slot;
  }

  /** The earliest deadline, or `Infinity`. */
  next(): number {
    return this.#size === 0 ? Infinity : this.#deadlines[0];
  }

  /** Removes the slot of the earliest deadline and returns it. The heap must not be empty. */
  pop(): number {
    const deadlines = this.#deadlines;
    const slots = this.#slots;
    const earliest = slots[0];
    const size = --this.#size;
    const deadline = deadlines[size];
    const slot = slots[size];
    let hole = 0;
    let child = 1;
    while (child < size) {
      let least = child;
      const end = Math.min(child + 4, size);
      for (let other = child + 1; other < end; other++) {
        if (deadlines[other] < deadlines[least]) least = other;
      }
      if (deadlines[least] >= deadline) break;
      deadlines[hole] = deadlines[least];
      slots[hole] = slots[least];
      hole = least;
      child = hole * 4 + 1;
    }
    deadlines[hole] = deadline;
    slots[hole] = slot;
    return earliest;
  }
}
