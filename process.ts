/**
 * Child processes, and signals of the operating system.
 *
 * @module
 */
import "./src/loop/default_loop.ts";

export type { Bytes } from "./src/host/bytes.ts";
export type { Output } from "./src/process/communicate.ts";
export { createSubprocessExec, createSubprocessShell } from "./src/process/create.ts";
export { interrupted } from "./src/process/interrupted.ts";
export type { Stdio, SubprocessOptions } from "./src/process/options.ts";
export { Process } from "./src/process/process.ts";
export { addSignalHandler, removeSignalHandler } from "./src/process/signal_handlers.ts";
export { IncompleteReadError, LimitOverrunError } from "./src/streams/errors.ts";
export { OSError } from "./src/streams/os_error.ts";
export type { StreamReader } from "./src/streams/reader.ts";
export type { StreamWriter } from "./src/streams/writer.ts";
