/**
 * A pipeline of programs, as in a shell, but watched: this process passes the bytes on and counts them,
 * the whole of it has a time limit, a program that fails stops the others, and whichever way it ends,
 * none of them is left running. Ctrl-C and SIGTERM stop it cleanly.
 *
 *     deno run --allow-run examples/pipeline.ts
 *     deno run --allow-run examples/pipeline.ts --timeout 5s cat access.log '|' sort '|' uniq -c
 *
 * @module
 */

import {
  CancelledError,
  type Coroutine,
  type Duration,
  gather,
  run,
  taskGroup,
  TimeoutError,
  waitFor,
} from "../mod.ts";
import { createSubprocessExec, interrupted, OSError, type Process } from "../process.ts";

/** How long programs may clean up before they are killed. */
const GRACE = "2s";

/** The exit codes of shells, and of timeout(1). */
const MISUSED = 2;
const TIMED_OUT = 124;
const NOT_FOUND = 127;
const KILLED = 128;

/** What programs die of that write to nobody: no failure, if the next one has read enough. */
const SIGPIPE = -13;

const CHUNK = 65_536;

/** One program of the pipeline. */
interface Stage {
  readonly command: string[];
  process: Process | null;
  /** How many bytes it has passed on. */
  bytes: number;
}

/** Runs the stages, each reading what the one before it prints; returns when all have ended. */
function* pipeline(stages: Stage[]): Coroutine<void> {
  try {
    for (const [i, stage] of stages.entries()) {
      const [program, ...args] = stage.command;
      stage.process = yield* createSubprocessExec(program, args, {
        stdin: i === 0 ? "inherit" : "pipe",
        stdout: i === stages.length - 1 ? "inherit" : "pipe",
      });
    }
    yield* taskGroup(function* (group) {
      for (const [i, stage] of stages.entries()) {
        group.createTask(watch(stage));
        if (i > 0) group.createTask(pass(stages[i - 1], stage));
      }
    });
  } finally {
    yield* end(stages.flatMap(({ process }) => process ?? []));
  }
}

/** Passes on what one program prints to the next, no faster than that one reads. */
function* pass(from: Stage, to: Stage): Coroutine<void> {
  const { stdout } = from.process!;
  const { stdin } = to.process!;
  try {
    for (;;) {
      const chunk = yield* stdout!.read(CHUNK);
      if (chunk.length === 0) break;
      stdin!.write(chunk);
      yield* stdin!.drain();
      from.bytes += chunk.length;
    }
  } catch (error) {
    if (!(error instanceof OSError) || error.code !== "EPIPE") throw error;
    from.process!.sendSignal("SIGPIPE"); // `head` has enough: in a shell, the next write would say so
  }
  stdin!.close();
}

/** Waits for a program's end; fails if it has failed, which stops the others. */
function* watch({ command, process }: Stage): Coroutine<void> {
  const code = yield* process!.wait();
  if (code !== 0 && code !== SIGPIPE) throw new StageFailed(command[0], code);
}

class StageFailed extends Error {
  readonly code: number;

  constructor(program: string, code: number) {
    super(code < 0 ? `${program} was killed by signal ${-code}` : `${program} failed with ${code}`);
    this.code = code < 0 ? KILLED - code : code;
  }
}

/** Ends programs, politely at first. Those that have ended don't mind. */
function* end(processes: Process[]): Coroutine<void> {
  const gone = () => gather(processes.map((process) => process.wait()));
  for (const process of processes) process.terminate();
  try {
    yield* waitFor(gone(), GRACE);
  } catch (error) {
    if (!(error instanceof TimeoutError)) throw error;
  } finally {
    for (const process of processes) process.kill();
    yield* gone();
  }
}

class UsageError extends Error {}

/** Splits arguments at each "|". */
function parse(args: string[]): { timeout: Duration | null; stages: Stage[] } {
  const timeout = args[0] === "--timeout" ? args[1] as Duration : null;
  const commands: string[][] = [[]];
  for (const arg of timeout === null ? args : args.slice(2)) {
    if (arg === "|") commands.push([]);
    else commands.at(-1)!.push(arg);
  }
  if (commands.some(({ length }) => length === 0)) throw new UsageError("A program is missing");
  return { timeout, stages: commands.map((command) => ({ command, process: null, bytes: 0 })) };
}

/** The words that this file has most of. */
const DEMO = ["cat", import.meta.filename!].concat(
  ["|", "tr", "-cs", "A-Za-z", "\n", "|", "sort", "|", "uniq", "-c", "|", "sort", "-rn"],
  ["|", "head", "-n", "3"],
);

/** The whole program; what it returns is the exit code. */
function* main(args: string[]): Coroutine<number> {
  let stages: Stage[] = [];
  try {
    const parsed = parse(args.length === 0 ? DEMO : args);
    stages = parsed.stages;
    yield* waitFor(pipeline(stages), parsed.timeout);
    return 0;
  } catch (error) {
    if (error instanceof CancelledError) throw error; // by Ctrl-C or SIGTERM, which `run` knows
    // Of several that fail, the first is why; the others were stopped.
    const cause = error instanceof AggregateError ? error.errors[0] : error;
    const code = exitCodeOf(cause);
    if (code === null) throw error;
    console.error(`pipeline: ${cause.message}`);
    return code;
  } finally {
    for (const stage of stages) console.error(describe(stage));
  }
}

function exitCodeOf(error: unknown): number | null {
  if (error instanceof StageFailed) return error.code;
  if (error instanceof TimeoutError) return TIMED_OUT;
  if (error instanceof OSError) return NOT_FOUND;
  // waitFor's word for a limit that is no duration is a RangeError.
  return error instanceof UsageError || error instanceof RangeError ? MISUSED : null;
}

function describe({ command, process, bytes }: Stage): string {
  const words = command.map((word) => /^[\w./-]+$/.test(word) ? word : JSON.stringify(word));
  return `${process?.returncode ?? "not started"}, ${bytes} bytes: ${words.join(" ")}`;
}

if (import.meta.main) {
  Deno.exitCode = await run(() => main(Deno.args), { signal: interrupted() });
}
