/**
 * What a pool and its threads say to one another.
 *
 * To a thread go one {@linkcode StartMessage} and then {@linkcode JobsMessage}s; from it come
 * {@linkcode ResultsMessage}s, in the order of the jobs, and perhaps one {@linkcode DeathMessage}. A
 * message has everything of one turn, because messages are what is dear. One job for each message took
 * 8 µs in Deno, ten times as much as 64 in one, and nearly all of it where the result arrives.
 *
 * So results wait for one another in the thread, and that is a danger: a job that never ends would keep
 * those from arriving that ended before it. Where memory can be shared, each job in flight has a *cell* of it.
 * There the thread says what the job has come to, and leaves a copy of the result if that is small and plain; others it
 * sends at once. Whoever can't wait for the message reads the cell.
 *
 * @module
 */

/** The numbers that both sides know. A thread gets them as they stand here. */
export const PROTOCOL = {
  /** With what a thread's messages begin: jobs may send messages of their own, which nobody hears. */
  TAG: "wasyncio",
  /** How many jobs may be in flight to one thread. */
  WINDOW: 256,
  /** Texts up to this length fit into a cell. */
  MAX_TEXT: 128,

  // States of a cell.
  /** The thread may begin the job, or the pool may take it back: whoever is first. */
  SENT: 0,
  /** The thread runs it. */
  BEGUN: 1,
  /** It must not begin, or should stop. */
  CANCELLED: 2,
  /** It is done, and its result is in a message. */
  DONE: 3,
  /** It is done, and so are those below; its result is in the cell, too. */
  UNDEFINED: 4,
  NULL: 5,
  FALSE: 6,
  TRUE: 7,
  NUMBER: 8,
  /** A text; its length is added. */
  TEXT: 16,
  /** An object or an array, as JSON; the length of the text is added. */
  JSON: 256,

  // Outcomes of a job, in a message.
  RETURNED: 0,
  THREW: 1,
  /** It was cancelled before it began. */
  SKIPPED: 2,
  /** The page's policy forbids to make a function of a text. */
  REFUSED: 3,

  /** Results may wait for so many milliseconds, while the thread has more to do. */
  PATIENCE: 0.2,
} as const;

/** The module whose exports are called, and the cells. */
export type StartMessage = [module: string | null, cells: Cells | null];

/** What to call: the name of an export, or the number of a function. */
export type JobKey = string | number;

/** Three for each job: what to call, that function's text unless the thread has it, the arguments. */
export type JobsMessage = (JobKey | string | null | unknown[])[];

/** The tag, and three for each job: the outcome, a value or an {@linkcode EncodedError}, and the milliseconds it took. */
export type ResultsMessage = unknown[];

/** The thread is to be given up: of an error that nobody caught, or because its module can't be loaded. */
export type DeathMessage = [tag: string, how: "died" | "unloadable", error: EncodedError];

/** An error, as it travels: a kind of `null` stands for a value that is none. */
export type EncodedError = [
  kind: string | null,
  nameOrValue: unknown,
  message?: string,
  stack?: string,
  extras?: Record<string, unknown>,
  cause?: EncodedError | null,
  errors?: EncodedError[] | null,
  parts?: [key: string, error: EncodedError][],
];

/** The cells of a thread, in memory that both sides see. */
export interface Cells {
  states: Int32Array;
  numbers: Float64Array;
  texts: Uint16Array;
}
