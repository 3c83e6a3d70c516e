/**
 * Where the twin keeps what. Addresses are indices of words, but for the two doubles.
 *
 * @module
 */

/** Seven levels for each word of a tick; the seventh has the two bits that are left over. */
export const LEVELS = 14;
const BUCKETS = LEVELS * 32;

/** The heap's own time, a double. */
export const CURRENT = 5;
/** The same as two words. */
export const LOW = 12;
/** See {@linkcode LOW}. */
export const HIGH = 13;
/** Whether the bound, the other double, is only where the earliest bucket begins. */
export const VAGUE = 8;
/** Which levels of the heap hold a timer: bit n for level n. */
export const OCCUPIED = 9;
/** For each level, which of its buckets hold a timer. */
export const OCCUPANCY = 16;

/** A node's words: two for the deadline, a double, and two links. A list's head has the same. */
export const NODE = 4;
/** The link to the next node, and, in a list's head, to the first. */
export const NEXT = 2;
/** The link to the previous node, and, in a list's head, to the last. */
export const PREV = 3;
/** The next of a node whose slot has no timer. */
export const NONE = 0;

/** The heads of the buckets' lists. */
export const LISTS = 32;
/** The list of timers whose deadline had passed when they were set. */
export const LATE_LANE = LISTS + BUCKETS * NODE;
/** The list of timers that wait for a clock reading. */
export const FRESH_LANE = LATE_LANE + NODE;
/** The slots' nodes. The ring follows them. */
export const NODES = FRESH_LANE + NODE;

/** The capacity of a new core. */
export const INITIAL_CAPACITY = 256;

/** Times this, a fresh timer's ticks are below all deadlines, and nothing of them is lost. */
export const FRESH_SCALE = -(2 ** 63);
