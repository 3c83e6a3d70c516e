/**
 * For tests: virtual time.
 *
 * @module
 */
export { VirtualClock, type VirtualClockOptions } from "./src/virtual_clock.ts";
export type { Clock } from "./src/clock.ts";
