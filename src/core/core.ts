/**
 * The border between the kernel and its scheduling core.
 *
 * A core orders integers and nothing else. A *slot* is a small integer that the kernel hands out to
 * whatever can be run: a task, a callback. The core keeps slots in two structures, a run queue and a
 * timer heap, and moves those that come due from the second to the first.
 *
 * Two implementations stand behind this interface: the AssemblyScript core in `assembly/`, and a small
 * one in TypeScript, `heap.ts`. They are interchangeable, down to the last tie.
 *
 * @module
 */

/*
 * Where the core's state is published. The kernel pushes to the run queue and pops from it through
 * these words, because a call into WebAssembly costs four times as much as a read through a view.
 *
 * Who uses them writes the numbers once more, as constants that must have these types: V8 reads what
 * is imported from memory each time, which took 1 of 16 ns.
 */

/** Indices into `Core.words`. */
export const Word = {
  /** How many slots were ever popped from the run queue, modulo 2³². */
  HEAD: 0,
  /** How many slots were ever pushed to it, modulo 2³². */
  TAIL: 1,
  /** The ring's capacity less one; the capacity is a power of two and equals that of the slots. */
  MASK: 2,
  /** The index in `words` of the ring's first cell. */
  RING: 3,
  /** How many timers stand, those included that wait for the clock to be read. */
  TIMERS: 4,
  /** How many of them were set by `after` and wait for the clock to be read. */
  UNANCHORED: 5,
} as const;

/** Indices into `Core.doubles`. */
export const Double = {
  /** A tick before which no anchored timer is due. */
  NEXT_LOWER_BOUND: 3,
} as const;

/**
 * The tick that never comes: 2⁶² microseconds, some 146,000 years.
 */
export const NEVER = 2 ** 62;

/**
 * A run queue and a timer heap over slots.
 *
 * All times are ticks, whole microseconds held in a double, between -{@linkcode NEVER} and
 * {@linkcode NEVER}; `kernel/ticks.ts` converts and sees to that. Each slot is in the run queue at most
 * once and has at most one timer, so the ring never needs more cells than there are slots.
 */
export interface Core {
  /** The core's memory as 32-bit words; a new view after {@linkcode grow}. */
  readonly words: Int32Array;
  /** The same memory as doubles; a new view after {@linkcode grow}. */
  readonly doubles: Float64Array;
  /** How many slots there is room for: slots are `0 … capacity - 1`. */
  readonly capacity: number;
  /** Doubles the capacity. The only operation that moves memory and replaces the views. */
  grow(): void;
  /** Sets the slot's timer to a tick, past or future. */
  at(slot: number, tick: number): void;
  /** Sets the slot's timer to fire `ticks` (at least one) after the next clock reading. */
  after(slot: number, ticks: number): void;
  /** Gives the timers set by `after` their deadlines, from `now`, NEVER at most; makes nothing ready. */
  anchor(now: number): void;
  /** Removes the slot's timer; returns whether it had one. */
  cancel(slot: number): boolean;
  /** Anchors, then moves every timer due at `now` to the run queue by deadline, then by insertion. */
  expire(now: number): void;
  /** The earliest deadline, or a tick before it where that timer was cancelled; NEVER without one. */
  next(): number;
  /** The deadline of the slot's timer, which must be anchored. */
  deadline(slot: number): number;
  /** Empties both structures and keeps the memory. */
  reset(): void;
}
