/**
 * Starting child processes.
 *
 * @module
 */
import { processes } from "../host/processes.ts";
import { current } from "../kernel/current.ts";
import { type Start, Suspension } from "../kernel/suspend.ts";
import { errorOf } from "../streams/os_error.ts";
import { withCleanup } from "../task/awaitable.ts";
import { GeneratorOperation, type Operation } from "../task/operation.ts";
import { settingsOf, type SubprocessOptions, type SubprocessSettings } from "./options.ts";
import { Process } from "./process.ts";

/**
 * Starts a program. CPython's `asyncio.create_subprocess_exec()`.
 *
 * @param program Its path, or its name in `PATH`.
 * @param args Its arguments, which no shell looks at.
 * @param options See {@linkcode SubprocessOptions}.
 * @returns An operation of the process.
 * @throws {TypeError | RangeError} When an argument or option is of the wrong kind.
 * @throws {OSError} When awaited: `ENOENT` where there is no such program or directory, `EACCES` where
 * it may not be executed.
 * @throws {InvalidStateError} When the host has no processes, as browsers have none.
 *
 * @example
 * ```ts
 * const git = yield* createSubprocessExec("git", ["rev-parse", "HEAD"], { stdout: "pipe" });
 * const [head] = yield* git.communicate();
 * ```
 */
export function createSubprocessExec(
  program: string,
  args: readonly string[] = [],
  options: SubprocessOptions = {},
): Operation<Process> {
  const start = starting(settingsOf(program, args, options, "program"));
  return new GeneratorOperation(function createSubprocessExec() {
    return withCleanup(new Suspension(start, `the start of ${program}`));
  }, []);
}

/**
 * Runs a command line in the system's shell. CPython's `asyncio.create_subprocess_shell()`.
 *
 * @param command The command line. Never put a stranger's text into it: {@linkcode createSubprocessExec}
 * takes arguments as they are.
 * @param options See {@linkcode SubprocessOptions}.
 * @returns An operation of the shell's process.
 * @throws {TypeError | RangeError} When an argument or option is of the wrong kind.
 * @throws {OSError} When awaited: `ENOENT` where there is no such directory. A program that there is
 * not is the shell's affair, which ends with 127.
 * @throws {InvalidStateError} When the host has no processes, as browsers have none.
 *
 * @example
 * ```ts
 * const count = yield* createSubprocessShell("ls | wc -l", { stdout: "pipe" });
 * const [lines] = yield* count.communicate();
 * ```
 */
export function createSubprocessShell(
  command: string,
  options: SubprocessOptions = {},
): Operation<Process> {
  const start = starting(settingsOf(command, null, options, "command"));
  return new GeneratorOperation(function createSubprocessShell() {
    return withCleanup(new Suspension(start, "the start of a shell"));
  }, []);
}

/** How to wait for the start; the host is asked for at the call. */
function starting({ request, limit, killAfter }: SubprocessSettings): Start<Process> {
  const host = processes();
  return (wake, fail) => {
    const kernel = current.kernel!;
    let process: Process | null = null;
    host.spawn(
      request,
      (returncode) => process!["_exited"](returncode),
      (child) => wake(process = new Process({ kernel, host, request, child, limit, killAfter })),
      (error) => fail(errorOf(host, error, `Cannot start ${request.program}`)),
    );
  };
}
