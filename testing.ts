/**
 * For tests: virtual time.
 *
 * @module
 */
import "./src/loop/default_loop.ts";

export { VirtualClock, type VirtualClockOptions } from "./src/testing/virtual_clock.ts";
export type { Clock } from "./src/kernel/clock.ts";
