/**
 * The cells of a thread, as its pool sees them: memory that both share, with a place for each job in
 * flight. `protocol.ts` says what for.
 *
 * @module
 */
import { type Cells, PROTOCOL } from "./protocol.ts";

const { WINDOW, MAX_TEXT, SENT, BEGUN, CANCELLED, UNDEFINED, NUMBER, TEXT } = PROTOCOL;

/** What the states from `UNDEFINED` on stand for. */
const simpleValues = [undefined, null, false, true];

/** See the module's description. */
export class JobCells {
  /** What the thread gets. */
  readonly shared: Cells;

  private constructor(shared: Cells) {
    this.shared = shared;
  }

  /** Makes them; `null` where memory can't be shared, as in pages that aren't cross-origin isolated. */
  static make(): JobCells | null {
    try {
      return new JobCells({
        states: new Int32Array(new SharedArrayBuffer(4 * WINDOW)),
        numbers: new Float64Array(new SharedArrayBuffer(8 * WINDOW)),
        texts: new Uint16Array(new SharedArrayBuffer(2 * WINDOW * MAX_TEXT)),
      });
    } catch {
      return null;
    }
  }

  /** A job is about to be sent. */
  prepare(cell: number): void {
    Atomics.store(this.shared.states, cell, SENT);
  }

  /** Keeps the thread from beginning a job; false when it has begun it already. */
  revoke(cell: number): boolean {
    return Atomics.compareExchange(this.shared.states, cell, SENT, CANCELLED) === SENT;
  }

  /** Tells the job that it should stop; false when it doesn't run. */
  stop(cell: number): boolean {
    return Atomics.compareExchange(this.shared.states, cell, BEGUN, CANCELLED) === BEGUN;
  }

  /** Tells whatever runs that it should stop. */
  stopAll(): void {
    for (let cell = 0; cell < WINDOW; cell++) this.stop(cell);
  }

  /** Whether the job's result is in its cell. */
  hasResult(cell: number): boolean {
    return Atomics.load(this.shared.states, cell) >= UNDEFINED;
  }

  /** The job's result. */
  resultIn(cell: number): unknown {
    const { states, numbers, texts } = this.shared;
    const state = Atomics.load(states, cell);
    const read = (length: number) =>
      String.fromCharCode(...texts.subarray(cell * MAX_TEXT, cell * MAX_TEXT + length));
    if (state >= PROTOCOL.JSON) return JSON.parse(read(state - PROTOCOL.JSON));
    if (state >= TEXT) return read(state - TEXT);
    return state === NUMBER ? numbers[cell] : simpleValues[state - UNDEFINED];
  }
}
