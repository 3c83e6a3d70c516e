/**
 * What a host must give for child processes, and which host gives it.
 *
 * @module
 */
import { InvalidStateError } from "../errors.ts";
import type { ByteChannel } from "./bytes.ts";
import { denoProcesses } from "./deno/processes.ts";
import { nodeProcesses } from "./node/processes.ts";

/** What a child's standard stream is: this process's own, a pipe to this process, or nothing. */
export type Stdio = "inherit" | "pipe" | "devnull";

/** What to start, and how. */
export interface SpawnRequest {
  /** A path, or a name to look for in `PATH`; or else a command line. */
  readonly program: string;
  /** Its arguments; `null` where the program is a command line, for the system's shell. */
  readonly args: readonly string[] | null;
  readonly stdin: Stdio;
  readonly stdout: Stdio;
  readonly stderr: Stdio;
  /** The directory to start in; `null` for this process's own. */
  readonly cwd: string | null;
  /** Variables of the environment, besides this process's own. */
  readonly env: Readonly<Record<string, string>>;
  /** Whether to leave this process's own variables out. */
  readonly clearEnv: boolean;
}

/** A child process that was started. */
export interface Child {
  readonly pid: number;
  /** What to write its input to: a channel with a sink and no source; `null` unless piped. */
  readonly stdin: ByteChannel | null;
  /** What to read its output from: a channel with a source and no sink; `null` unless piped. */
  readonly stdout: ByteChannel | null;
  /** The same for its errors. */
  readonly stderr: ByteChannel | null;
  /**
   * Sends a signal; to a child that has ended, nothing happens.
   *
   * @param signal A name that {@linkcode Signals.numberOf} knows.
   * @throws The host's error when the system doesn't allow it.
   */
  kill(signal: string): void;
  /** Lets this process end before the child does. */
  unref(): void;
}

/** What a host must give for child processes. */
export interface Processes {
  /**
   * Starts a program. Unlike all else here, it calls `done` before it returns: hosts know at once of
   * success, and so nobody can have given up by then. Of failure they may know later.
   *
   * @param request What to start, and how.
   * @param onExit Is called once, after `done` and in a turn of the host's, when the child has ended,
   * whether or not its pipes have; with its exit code, or the negative number of the signal that has
   * killed it.
   * @param done Is called with the child.
   * @param failed Is called with the host's error.
   */
  spawn(
    request: SpawnRequest,
    onExit: (returncode: number) => void,
    done: (child: Child) => void,
    failed: (error: unknown) => void,
  ): void;
  /** The errno's name of an error of these; `null` where it isn't the operating system's. */
  codeOf(error: unknown): string | null;
}

/**
 * The child processes of the host that runs this.
 *
 * @throws {InvalidStateError} Where there is none, as in browsers.
 */
export function processes(): Processes {
  const found = denoProcesses() ?? nodeProcesses();
  if (found === null) throw new InvalidStateError("Cannot start a process: this host has none");
  return found;
}
