/**
 * Child processes in Deno, by `Deno.Command`.
 *
 * @module
 */
import type { ByteChannel } from "../bytes.ts";
import type { Child, Processes, SpawnRequest, Stdio } from "../processes.ts";

type Bytes = Uint8Array<ArrayBuffer>;

interface Reader {
  read(): Promise<{ done: boolean; value?: Bytes }>;
  cancel(): Promise<void>;
}

interface Writer {
  write(data: Bytes): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
}

interface DenoChild {
  readonly pid: number;
  readonly status: Promise<{ code: number; signal: string | null }>;
  readonly stdin: { getWriter(): Writer };
  readonly stdout: { getReader(): Reader };
  readonly stderr: { getReader(): Reader };
  kill(signal: string): void;
  unref(): void;
}

interface DenoHost {
  readonly build: { readonly os: string };
  readonly Command: new (program: string, options: object) => { spawn(): DenoChild };
}

const STDIO: Record<Stdio, string> = { inherit: "inherit", pipe: "piped", devnull: "null" };

/** What shells give for a child whose end nobody knows; CPython's asyncio does so, too. */
const UNKNOWN = 255;

/** Deno's child processes; `null` elsewhere. */
export function denoProcesses(): Processes | null {
  const { Deno } = globalThis as { Deno?: DenoHost };
  if (typeof Deno?.Command !== "function") return null;
  return {
    spawn: (request, onExit, done, failed) => spawn(Deno, request, onExit, done, failed),
    codeOf,
  };
}

function spawn(
  Deno: DenoHost,
  { program, args, stdin, stdout, stderr, cwd, env, clearEnv }: SpawnRequest,
  onExit: (returncode: number) => void,
  done: (child: Child) => void,
  failed: (error: unknown) => void,
): void {
  let child: DenoChild;
  try {
    child = new Deno.Command(args === null ? shellOf(Deno) : program, {
      ...(args === null ? shellArguments(Deno, program) : { args }),
      stdin: STDIO[stdin],
      stdout: STDIO[stdout],
      stderr: STDIO[stderr],
      env,
      clearEnv,
      ...(cwd === null ? {} : { cwd }),
    }).spawn();
  } catch (error) {
    failed(error);
    return;
  }
  let ended = false;
  const end = (returncode: number) => {
    ended = true;
    onExit(returncode);
  };
  done({
    pid: child.pid,
    stdin: stdin === "pipe" ? input(child.stdin.getWriter()) : null,
    stdout: stdout === "pipe" ? output(child.stdout.getReader()) : null,
    stderr: stderr === "pipe" ? output(child.stderr.getReader()) : null,
    kill(signal) {
      try {
        if (!ended) child.kill(signal);
      } catch (error) {
        // A child that has just ended is a TypeError, and one that the system has forgotten NotFound.
        if (codeOf(error) !== null) throw error;
      }
    },
    unref: () => child.unref(),
  });
  child.status.then(
    // Of a child that was killed, the code is 128 and the signal's number.
    ({ code, signal }) => end(signal === null ? code : 128 - code),
    // Deno has no names for real-time signals, and fails.
    (error) => {
      const number = /Invalid signal: (\d+)/.exec(error?.message)?.[1];
      end(number === undefined ? UNKNOWN : -number);
    },
  );
}

/** The program that runs command lines. */
function shellOf(Deno: DenoHost): string {
  return Deno.build.os === "windows" ? "cmd.exe" : "/bin/sh";
}

function shellArguments(Deno: DenoHost, command: string): object {
  return Deno.build.os === "windows"
    ? { args: ["/d", "/s", "/c", `"${command}"`], windowsRawArguments: true }
    : { args: ["-c", command] };
}

/** What the child prints. */
function output(reader: Reader): ByteChannel {
  /** What was read and had no room in the buffer. Deno reads as much as it likes. */
  let rest: Bytes | null = null;
  return {
    sink: null,
    source: {
      read(buffer, done, failed) {
        const take = (chunk: Bytes) => {
          const count = Math.min(chunk.length, buffer.length);
          buffer.set(chunk.subarray(0, count));
          rest = count < chunk.length ? chunk.subarray(count) : null;
          done(count);
        };
        if (rest !== null) {
          const chunk = rest;
          queueMicrotask(() => take(chunk));
          return;
        }
        reader.read().then((result) => {
          if (result.done) done(null);
          else take(result.value!);
        }, failed);
      },
    },
    close: () => void reader.cancel().catch(() => {}),
    codeOf,
  };
}

/** What the child reads. */
function input(writer: Writer): ByteChannel {
  return {
    source: null,
    sink: {
      write: (data, done, failed) => void writer.write(data).then(() => done(data.length), failed),
      end: (done, failed) => void writer.close().then(done, failed),
    },
    // The pipe stays open until a write that is under way has ended, which Deno can't take back.
    close: () => void writer.abort().catch(() => {}),
    codeOf,
  };
}

function codeOf(error: unknown): string | null {
  const { code, message } = error as { code?: unknown; message?: string };
  if (typeof code !== "string") return null;
  return message?.includes("is not a directory") ? "ENOTDIR" : code;
}
