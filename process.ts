/**
 * Signals of the operating system, and child processes.
 *
 * @module
 */
import "./src/loop/default_loop.ts";

export { interrupted } from "./src/process/interrupted.ts";
export { addSignalHandler, removeSignalHandler } from "./src/process/signal_handlers.ts";
