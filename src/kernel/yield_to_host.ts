/**
 * How a busy loop lets its host in: timers, sockets, rendering.
 *
 * @module
 */

type Callback = () => void;
declare const setImmediate: ((callback: Callback) => unknown) | undefined;
declare const Deno: { version: { deno: string } } | undefined;

/*
 * Deno polls its sockets only once in about 61 trips through setImmediate. After a single trip per
 * slice of 8 ms a request to a server in the same process was half a second late; 64 trips cost
 * some 60 µs, less than 1% of a slice, and a request comes through after every slice.
 */
const TRIPS = typeof Deno === "object" && Deno?.version ? 64 : 1;

/** Calls back after everything that the host has waiting has had its chance. */
export function afterHost(callback: Callback): void {
  if (typeof setImmediate !== "function") return throughChannel(callback);
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
