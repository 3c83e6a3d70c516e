/**
 * What programs say about a child process before it starts, and what is wrong with it.
 *
 * @module
 */
import {
  checkFlag,
  checkNonEmptyText,
  checkOptions,
  checkStrings,
  checkText,
  describe,
} from "../check.ts";
import { type Duration, limitMilliseconds } from "../duration.ts";
import type { SpawnRequest, Stdio } from "../host/processes.ts";
import { checkLimit } from "../streams/check.ts";

export type { Stdio };

/**
 * How a child process is started.
 *
 * @example
 * ```ts
 * const options: SubprocessOptions = { stdout: "pipe", cwd: "/tmp", env: { LANG: "C" } };
 * ```
 */
export interface SubprocessOptions {
  /** What it reads: what this process reads (`"inherit"`, without it), a pipe, or nothing. */
  stdin?: Stdio;
  /** Where its output goes: where this process's goes (`"inherit"`, without it), a pipe, or nowhere. */
  stdout?: Stdio;
  /** The same for its errors. */
  stderr?: Stdio;
  /** The directory to start in; without it this process's own. */
  cwd?: string;
  /** Variables of the environment, besides this process's own. */
  env?: Record<string, string>;
  /** Whether to leave this process's own variables out. */
  clearEnv?: boolean;
  /** How many bytes a line of its output may have; 65,536 without it. */
  limit?: number;
  /**
   * How long a cancelled `communicate()` waits for the child to end by itself before it is killed; five
   * seconds without it, `null` for ever.
   */
  killAfter?: Duration | null;
}

/** The same, checked and complete. */
export interface SubprocessSettings {
  readonly request: SpawnRequest;
  readonly limit: number;
  readonly killAfter: number;
}

const STDIO: readonly unknown[] = ["inherit", "pipe", "devnull"];
const KILL_AFTER = "5s";

/**
 * Checks everything.
 *
 * @param program The program or the command line, which is checked.
 * @param args The arguments, which are; `null` for a command line.
 * @param options The options.
 * @param argument What `program` is called in errors.
 * @throws {TypeError | RangeError} When something is of the wrong type, or has a wrong value.
 */
export function settingsOf(
  program: string,
  args: readonly string[] | null,
  options: SubprocessOptions,
  argument: string,
): SubprocessSettings {
  checkOptions(options);
  const { cwd = null, env = {}, clearEnv = false, killAfter = KILL_AFTER } = options;
  if (cwd !== null) checkNonEmptyText(cwd, "cwd");
  return {
    request: {
      program: checkNonEmptyText(program, argument),
      args: args === null ? null : checkStrings(args, "args", checkText),
      stdin: checkStdio(options.stdin, "stdin"),
      stdout: checkStdio(options.stdout, "stdout"),
      stderr: checkStdio(options.stderr, "stderr"),
      cwd,
      env: checkEnv(env),
      clearEnv: checkFlag(clearEnv, "clearEnv"),
    },
    limit: checkLimit(options.limit),
    killAfter: limitMilliseconds(killAfter, "killAfter"),
  };
}

function checkStdio(stdio: Stdio = "inherit", argument: string): Stdio {
  if (STDIO.includes(stdio)) return stdio;
  const ErrorClass = typeof stdio === "string" ? RangeError : TypeError;
  throw new ErrorClass(
    `${argument} must be "inherit", "pipe" or "devnull", got ${describe(stdio)}`,
  );
}

function checkEnv(env: Record<string, string>): Record<string, string> {
  if (typeof env !== "object" || env === null || Array.isArray(env)) {
    throw new TypeError(`env must be an object of strings, got ${describe(env)}`);
  }
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (name === "" || name.includes("=")) {
      throw new RangeError(`env must have names without "=", got ${describe(name)}`);
    }
    own[checkText(name, "env")] = checkText(value, `env.${name}`);
  }
  return own;
}
