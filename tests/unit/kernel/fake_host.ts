/**
 * A host whose time is simulated: timers, messages, immediates and frames that cost what they cost
 * elsewhere, in an order that is always the same. For tests of how waits are divided among them.
 *
 * @module
 */

/** What kind of host. */
export interface FakeHostOptions {
  /** Whether it is a page: it has messages and frames instead of `setImmediate`. */
  page?: boolean;
  /** How much later than asked a native timer fires, in milliseconds; below zero: earlier. */
  lag?: () => number;
}

/** A visible or hidden page's document, as far as anybody looks at it. */
interface FakeDocument {
  visibilityState: "visible" | "hidden";
}

interface Event {
  id: number;
  due: number;
  callback: () => void;
  isTimer: boolean;
}

/** How long a turn of the host takes, in milliseconds. */
const TURN = 0.02;

/** What browsers make a timer take that a timer's callback sets. */
const CLAMPED = 4;

const globals = globalThis as unknown as Record<string, unknown>;

/** The one that stands in at the moment: a channel that was made once serves all of them. */
let current: FakeHost | undefined;

class FakeMessageChannel {
  port1: { onmessage: () => void } = { onmessage() {} };
  port2 = { postMessage: () => current!.message(() => this.port1.onmessage()) };
}

/** Stands in for the host from when it is made until it is disposed of. */
export class FakeHost implements Disposable {
  now = 1000;
  /** The delays of all native timers that were set. */
  readonly timers: number[] = [];
  /** How many turns of the host were asked for. */
  turns = 0;
  /** How many frames were asked for. */
  framesAsked = 0;
  readonly document: FakeDocument = { visibilityState: "visible" };
  #events: Event[] = [];
  #ids = 0;
  #inTimer = false;
  #frames: (() => void)[] = [];
  #real = new Map<string, PropertyDescriptor | undefined>();

  constructor({ page = false, lag = () => 0 }: FakeHostOptions = {}) {
    current = this;
    this.#replace("performance", { now: () => this.now });
    this.#replace("setTimeout", (callback: () => void, delay = 0) => {
      this.timers.push(delay);
      const clamped = page && this.#inTimer ? Math.max(delay, CLAMPED) : delay;
      return this.#push(callback, Math.max(0, clamped + lag()), true);
    });
    this.#replace("clearTimeout", (id: number) => {
      this.#events = this.#events.filter((event) => event.id !== id);
    });
    this.#replace("setImmediate", page ? undefined : (fn: () => void) => this.message(fn));
    if (!page) return;
    this.#replace("MessageChannel", FakeMessageChannel);
    this.#replace("document", this.document);
    this.#replace("requestAnimationFrame", (callback: () => void) => {
      this.framesAsked++;
      this.#frames.push(callback);
    });
  }

  message(callback: () => void): void {
    this.turns++;
    this.#push(callback, TURN, false);
  }

  /** Whether something is under way. */
  get busy(): boolean {
    return this.#events.length > 0;
  }

  /** What is under way: a timer or a turn. */
  get waitsForTimer(): boolean {
    return this.#events.some(({ isTimer }) => isTimer);
  }

  /** Lets what comes next happen; time passes until then. */
  step(): void {
    this.#events.sort((a, b) => a.due - b.due || a.id - b.id);
    const { due, callback, isTimer } = this.#events.shift()!;
    this.now = Math.max(this.now, due);
    this.#inTimer = isTimer;
    callback();
    this.#inTimer = false;
  }

  /** Draws a frame. */
  draw(): void {
    for (const callback of this.#frames.splice(0)) callback();
  }

  [Symbol.dispose](): void {
    for (const [name, property] of this.#real) {
      if (property === undefined) delete globals[name];
      else Object.defineProperty(globalThis, name, property);
    }
  }

  #push(callback: () => void, delay: number, isTimer: boolean): number {
    this.#events.push({ id: ++this.#ids, due: this.now + delay, callback, isTimer });
    return this.#ids;
  }

  #replace(name: string, value: unknown): void {
    this.#real.set(name, Object.getOwnPropertyDescriptor(globalThis, name));
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  }
}
