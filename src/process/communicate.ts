/**
 * A whole conversation with a child process: CPython's `Process.communicate()`, of
 * `asyncio/subprocess.py`.
 *
 * There a task feeds the input, and one reads each output, until all of them are through. Here nobody
 * needs one: writers deliver and readers fill by themselves. The readers only have to be told that they
 * have no limit, or a child that waits for one of its pipes would never close the other.
 *
 * @module
 */
import { describe } from "../check.ts";
import { isCancelledError } from "../errors.ts";
import type { Bytes } from "../host/bytes.ts";
import { OSError } from "../streams/os_error.ts";
import type { StreamReader } from "../streams/reader.ts";
import type { StreamWriter } from "../streams/writer.ts";
import type { Coroutine } from "../task/generator.ts";
import { waitFor } from "../time/wait_for.ts";
import type { Process } from "./process.ts";

/** What a process has printed: its output and its errors; `null` for what is no pipe. */
export type Output = [stdout: Bytes | null, stderr: Bytes | null];

/** What is said and heard. */
export interface Pipes {
  readonly stdin: StreamWriter | null;
  readonly stdout: StreamReader | null;
  readonly stderr: StreamReader | null;
  readonly input: Uint8Array | string | null;
  /** How many milliseconds the child has left after SIGTERM. */
  readonly killAfter: number;
}

/**
 * The input, if it is one.
 *
 * @throws {TypeError} When it is neither bytes nor text.
 */
export function checkInput(input: Uint8Array | string | null = null): Uint8Array | string | null {
  if (input === null || typeof input === "string" || input instanceof Uint8Array) return input;
  throw new TypeError(`input must be a string or a Uint8Array, got ${describe(input)}`);
}

/** See {@linkcode Process.communicate}. */
export function* communicate(
  process: Process,
  { stdin, stdout, stderr, input, killAfter }: Pipes,
): Coroutine<Output> {
  if (stdin !== null) {
    // What has gone before may have closed it, and then there is nobody to be told.
    if (input !== null && !stdin.isClosing()) stdin.write(input);
    stdin.close();
  }
  stdout?.["_lift"]();
  stderr?.["_lift"]();
  let out: Bytes | null = null;
  let err: Bytes | null = null;
  try {
    if (stdout !== null) out = yield* stdout.read();
    if (stderr !== null) err = yield* stderr.read();
    if (stdin !== null) yield* delivered(stdin);
    yield* process.wait();
  } catch (error) {
    if (out !== null) stdout!["_putBack"](out);
    if (err !== null) stderr!["_putBack"](err);
    if (isCancelledError(error)) yield* end(process, killAfter);
    throw error;
  }
  return [out, err];
}

/** Waits until the input is delivered, or nobody is there to read it. */
function* delivered(stdin: StreamWriter): Coroutine<void> {
  try {
    yield* stdin.waitClosed();
  } catch (error) {
    if (!(error instanceof OSError)) throw error;
  }
}

/** Ends the process, politely at first, and waits until it is gone. */
function* end(process: Process, killAfter: number): Coroutine<void> {
  try {
    process.terminate();
    yield* waitFor(process.wait(), killAfter);
  } catch {
    // Its time is up, or whoever has cancelled does so again.
    process.kill();
    yield* process.wait();
  }
}
