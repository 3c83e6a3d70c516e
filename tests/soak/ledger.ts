/**
 * Keeps account of what a program has with the host: timers, listeners of signals, open files. To be
 * imported before anything that sets them; what the host itself sets, it doesn't see.
 *
 * @module
 */

/** How many there are. */
export interface Account {
  /** Timers that have neither fired nor been cleared. */
  timers: number;
  /** Listeners of abort signals, and handlers of the operating system's, that were not removed. */
  listeners: number;
  /** Files and sockets that are open; 0 where the system doesn't tell. */
  files: number;
  /** Bytes on the heap that are no garbage. */
  heap: number;
}

declare function gc(): void;

/** The listeners of a signal; the number is apart, since what they refer to must not be kept alive. */
interface Entry {
  readonly listeners: Map<unknown, boolean>;
  readonly number: { value: number };
}

const timers = new Set<unknown>();
const entries = new WeakMap<EventTarget, Entry>();
const collected = new FinalizationRegistry<Entry["number"]>(({ value }) => listeners -= value);
let listeners = 0;
let signalHandlers = 0;

const { setTimeout, clearTimeout, setInterval, clearInterval } = globalThis;
globalThis.setTimeout = ((callback: (...args: unknown[]) => void, ...rest: [number]) => {
  const id = setTimeout((...args: unknown[]) => {
    timers.delete(id);
    callback(...args);
  }, ...rest);
  timers.add(id);
  return id;
}) as typeof setTimeout;
globalThis.setInterval = ((...args: Parameters<typeof setInterval>) => {
  const id = setInterval(...args);
  timers.add(id);
  return id;
}) as typeof setInterval;
globalThis.clearTimeout = globalThis.clearInterval = (id?: Parameters<typeof clearTimeout>[0]) => {
  timers.delete(id);
  clearTimeout(id);
  clearInterval(id);
};

const { addEventListener, removeEventListener } = EventTarget.prototype;
AbortSignal.prototype.addEventListener = function (
  this: AbortSignal,
  type: string,
  listener: EventListenerOrEventListenerObject | null,
  options?: boolean | AddEventListenerOptions,
) {
  let entry = entries.get(this);
  if (entry === undefined) {
    const made = entry = { listeners: new Map(), number: { value: 0 } };
    entries.set(this, entry);
    collected.register(this, entry.number);
    // Those that are called once only are gone after that.
    addEventListener.call(this, "abort", () => {
      for (const [listener, once] of made.listeners) if (once) forget(made, listener);
    });
  }
  if (type === "abort" && listener !== null && !entry.listeners.has(listener)) {
    entry.listeners.set(listener, typeof options === "object" && options.once === true);
    entry.number.value++;
    listeners++;
  }
  addEventListener.call(this, type, listener, options);
};
AbortSignal.prototype.removeEventListener = function (
  this: AbortSignal,
  type: string,
  listener: EventListenerOrEventListenerObject | null,
  options?: boolean | EventListenerOptions,
) {
  const entry = entries.get(this);
  if (type === "abort" && entry !== undefined) forget(entry, listener);
  removeEventListener.call(this, type, listener, options);
};

function forget(entry: Entry, listener: unknown): void {
  if (!entry.listeners.delete(listener)) return;
  entry.number.value--;
  listeners--;
}

const { addSignalListener, removeSignalListener } = Deno;
Deno.addSignalListener = (...args) => {
  signalHandlers++;
  addSignalListener(...args);
};
Deno.removeSignalListener = (...args) => {
  signalHandlers--;
  removeSignalListener(...args);
};

/** Collects garbage, and counts. */
export async function takeStock(): Promise<Account> {
  // What finalizers let go is garbage of the next round.
  for (let i = 0; i < 3; i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    timers: timers.size,
    listeners: listeners + signalHandlers,
    files: openFiles(),
    heap: Deno.memoryUsage().heapUsed,
  };
}

function openFiles(): number {
  // Reading the folder opens it.
  return Deno.build.os === "linux" ? [...Deno.readDirSync("/proc/self/fd")].length - 1 : 0;
}
