/**
 * The host's default loop: it serves whatever is called outside any other.
 *
 * @module
 */
// First in a bundle: in the middle, they would keep a compressor from finding what recurs around them.
import "../core/wasm_bytes.ts";
import { currentKernel, provideDefault } from "../kernel/current.ts";
import { EventLoop } from "./event_loop.ts";

// The one thing in src/ that acts at import: the kernel is too far down to know event loops.
provideDefault(() => {
  const loop = new EventLoop();
  loop["_beDefault"]();
  return loop["_kernel"];
});

/** The running loop; outside any loop, the host's default one, made on first use. */
export function currentLoop(): EventLoop {
  return currentKernel().loop as EventLoop;
}
