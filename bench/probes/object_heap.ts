/**
 * A heap of objects, one for each timer: how schedulers in JavaScript keep theirs, from Node's own
 * priority queue to those of most libraries. It is here for what it costs the garbage collector.
 *
 * @module
 */

interface Timer {
  readonly deadline: number;
  readonly slot: number;
}

/** A binary heap of slots by deadline. */
export class ObjectHeap {
  readonly #timers: Timer[] = [];

  /** Adds a slot. */
  push(slot: number, deadline: number): void {
    const timers = this.#timers;
    const timer = { deadline, slot };
    let hole = timers.length;
    timers.push(timer);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (timers[parent].deadline <= deadline) break;
      timers[hole] = timers[parent];
      hole = parent;
    }
    timers[hole] = timer;
  }

  /** The earliest deadline, or `Infinity`. */
  next(): number {
    return this.#timers.length === 0 ? Infinity : this.#timers[0].deadline;
  }

  /** Removes the slot of the earliest deadline and returns it. The heap must not be empty. */
  pop(): number {
    const timers = this.#timers;
    const { slot } = timers[0];
    const last = timers.pop()!;
    const size = timers.length;
    if (size === 0) return slot;
    let hole = 0;
    for (let child = 1; child < size; child = 2 * hole + 1) {
      if (child + 1 < size && timers[child + 1].deadline < timers[child].deadline) child++;
      if (timers[child].deadline >= last.deadline) break;
      timers[hole] = timers[child];
      hole = child;
    }
    timers[hole] = last;
    return slot;
  }
}
