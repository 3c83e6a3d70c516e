/**
 * How a busy loop lets its host in: timers, sockets, rendering.
 *
 * @module
 */

type Callback = () => void;
declare const setImmediate: ((callback: Callback) => unknown) | undefined;
declare const Deno: { version: { deno: string } } | undefined;
declare const document: { visibilityState: string } | undefined;
declare const requestAnimationFrame: ((callback: Callback) => unknown) | undefined;

const IN_DENO = typeof Deno === "object" && !!Deno?.version;

/*
 * Deno polls its sockets only once in about 61 trips through setImmediate. After a single trip per
 * slice of 8 ms a request to a server in the same process was half a second late; 64 trips cost
 * some 60 µs, less than 1% of a slice, and a request comes through after every slice.
 */
const TRIPS = IN_DENO ? 64 : 1;

/**
 * By how many milliseconds native timers are late on a quiet machine. Deno rounds the deadline up to
 * whole milliseconds, and then the time until it once more: `setTimeout(4)` takes 5.1 ms whenever it is
 * called.
 */
export const TIMERS_LAG = IN_DENO ? 1.1 : 0;

/** Whether native timers that a native timer sets are made to wait, as browsers do it. */
export function clampsTimers(): boolean {
  return typeof setImmediate !== "function";
}

/** Calls back after everything that the host has waiting has had its chance. */
export function afterHost(callback: Callback): void {
  if (typeof setImmediate !== "function") return afterFrame(callback);
  let trips = TRIPS;
  const trip = () => {
    if (--trips > 0) setImmediate!(trip);
    else callback();
  };
  setImmediate(trip);
}

/** Calls back once, soon, after the host has had a turn: the shortest wait there is. */
export function afterHostTurn(callback: Callback): void {
  if (typeof setImmediate === "function") setImmediate(callback);
  else throughChannel(callback);
}

/** How many milliseconds may pass without a frame. */
const LONGEST_FRAME = 24;

/** When the last frame came, or since when one is missed. */
let lastFrame = -Infinity;
let frameAsked = false;

/**
 * Firefox draws when a page has an idle moment, and one that sends itself messages has none: 13 frames
 * a second. A page that misses its frames is left idle until a native timer fires. That one must take
 * a millisecond: beside one of zero there were 15 frames a second, beside this one 55. Frames are only
 * asked for here, where a loop is busy, and a page that nobody sees gets none.
 */
function afterFrame(callback: Callback): void {
  if (
    typeof requestAnimationFrame !== "function" || typeof document !== "object" ||
    document.visibilityState !== "visible"
  ) return throughChannel(callback);
  const now = performance.now();
  const missed = now - lastFrame > LONGEST_FRAME;
  if (missed) lastFrame = now;
  // Where none was asked for, the loop wasn't busy until now.
  if (missed && frameAsked) setTimeout(callback, 1);
  else throughChannel(callback);
  if (frameAsked) return;
  frameAsked = true;
  requestAnimationFrame(() => {
    frameAsked = false;
    lastFrame = performance.now();
  });
}

/*
 * In browsers setTimeout(0) waits 4 ms once it is nested; a message does not. The channel is made
 * on first use and stays: a page is not kept open by it.
 */
let port: MessagePort | undefined;
const callbacks: Callback[] = [];

function throughChannel(callback: Callback): void {
  if (port === undefined) {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => callbacks.shift()!();
    port = channel.port2;
  }
  callbacks.push(callback);
  port.postMessage(null);
}
