/**
 * The cases that every contender runs: how many operations of each, and what an operation is.
 *
 * @module
 */

/** A case of one contender: does `n` operations, and resolves to `n` if it did them right. */
export type Case = (n: number) => Promise<number>;

/** What each case is run with, and what its checksum must be. */
export const sizes = {
  spawn_join: 10_000,
  spawn_join_eager: 10_000,
  spawn_join_gen: 10_000,
  gather: 10_000,
  fan_in: 10_000,
  yield_2: 20_000,
  yield_100: 100_000,
  ping_pong: 20_000,
  sleep_n: 10_000,
  cancel_n: 10_000,
  timeout_win: 10_000,
  timeout_win_conc: 10_000,
  queue_unbounded: 20_000,
  queue_pileup: 20_000,
  queue_bounded_64: 20_000,
  queue_bounded_1: 20_000,
  queue_takeall: 20_000,
  mutex_free: 20_000,
  mutex_contended: 10_000,
} as const;

/** The name of a case. */
export type CaseName = keyof typeof sizes;

/** The names of all cases, in the order of the report. */
export const caseNames = Object.keys(sizes) as CaseName[];

/** What one operation of a case is. */
export const operations: Record<CaseName, string> = {
  spawn_join: "start a child that never waits, and join it",
  spawn_join_eager: "the same, with the child's first step taken at once",
  spawn_join_gen: "start a child that gives up one turn, and join it",
  gather: "one child, which gives up one turn, of a gather of all of them",
  fan_in: "a future that a task of its own sets after one turn, of a gather of all of them",
  yield_2: "a switch between 2 tasks",
  yield_100: "a switch among 100 tasks",
  ping_pong: "a token's round trip between two tasks through two queues",
  sleep_n: "a sleep of 1 to 16 ms, all of them at once",
  cancel_n: "a task put to sleep for a minute, and cancelled",
  timeout_win: "a timeout around a child that needs one turn, one after another",
  timeout_win_conc: "the same, all of them at once",
  queue_unbounded: "an item through an unbounded queue; the producer gives up its turn after each",
  queue_pileup: "the same, but the producer keeps its turn, and items pile up",
  queue_bounded_64: "an item through a queue of 64 places",
  queue_bounded_1: "an item through a queue of one place",
  queue_takeall: "the same as queue_pileup, with a consumer that takes all there is at once",
  mutex_free: "a free lock taken and released",
  mutex_contended: "a lock that 100 tasks want, held for one turn",
};

/** A contender's cases; what its library has no way to do is left out. */
export interface Contender {
  /** By name. */
  readonly cases: Partial<Record<CaseName, Case>>;
  /** Parks `n` tasks for good and hands back a function that lets them go, for bytes per task. */
  readonly park: (n: number) => Promise<() => Promise<unknown>>;
}

/** Fixed, well-mixed delays of 1 to 16 ms: the same timers for every contender. */
export function delay(i: number): number {
  return 1 + ((Math.imul(i + 1, 0x9e3779b1) >>> 28) & 15);
}
