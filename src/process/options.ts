/**
 * What programs say about a child process before it starts, and what is wrong with it.
 *
 * @module
 */
import { checkOptions, describe } from "../check.ts";
import { type Duration, limitMilliseconds } from "../duration.ts";
import type { SpawnRequest, Stdio } from "../host/processes.ts";
import { checkLimit, DEFAULT_LIMIT } from "../streams/reader.ts";

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
  // Hosts have an error each for that.
  if (program === "") throw new RangeError(`${argument} must not be empty`);
  const { cwd = null, env = {}, clearEnv = false, killAfter = KILL_AFTER } = options;
  if (cwd !== null) checkText(cwd, "cwd");
  if (cwd === "") throw new RangeError("cwd must not be empty");
  if (typeof clearEnv !== "boolean") {
    throw new TypeError(`clearEnv must be true or false, got ${describe(clearEnv)}`);
  }
  return {
    request: {
      program: checkText(program, argument),
      args: args === null ? null : checkArgs(args),
      stdin: checkStdio(options.stdin, "stdin"),
      stdout: checkStdio(options.stdout, "stdout"),
      stderr: checkStdio(options.stderr, "stderr"),
      cwd,
      env: checkEnv(env),
      clearEnv,
    },
    limit: checkLimit(options.limit ?? DEFAULT_LIMIT),
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

function checkArgs(args: readonly string[]): string[] {
  if (!Array.isArray(args)) {
    throw new TypeError(`args must be an array of strings, got ${describe(args)}`);
  }
  return Array.from(args, (arg, index) => checkText(arg, `args[${index}]`));
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

/** Systems end texts with a zero. */
function checkText(text: string, argument: string): string {
  if (typeof text !== "string") {
    throw new TypeError(`${argument} must be a string, got ${describe(text)}`);
  }
  if (text.includes("\0")) {
    throw new RangeError(`${argument} must have no zero character, got ${describe(text)}`);
  }
  return text;
}
