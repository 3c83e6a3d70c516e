/**
 * Child processes in Node, by `node:child_process`.
 *
 * @module
 */
import type { ByteChannel } from "../bytes.ts";
import type { Child, Processes, SpawnRequest, Stdio } from "../processes.ts";
import { builtin, isNode } from "./builtin.ts";
import { NodeChannel, NodeSink, NodeSource } from "./channel.ts";
import { codeOf } from "./codes.ts";
import type { ChildProcess, ChildProcessModule, Duplex } from "./modules.ts";
import { signalNumbers } from "./signals.ts";

const STDIO: Record<Stdio, string> = { inherit: "inherit", pipe: "pipe", devnull: "ignore" };

/**
 * Node's child processes; `null` in other hosts.
 *
 * @throws {InvalidStateError} Where Node is too old.
 */
export function nodeProcesses(): Processes | null {
  if (!isNode()) return null;
  const module = builtin<ChildProcessModule>("node:child_process");
  return {
    spawn: (request, onExit, done, failed) => spawn(module, request, onExit, done, failed),
    codeOf,
  };
}

function spawn(
  module: ChildProcessModule,
  { program, args, stdin, stdout, stderr, cwd, env, clearEnv }: SpawnRequest,
  onExit: (returncode: number) => void,
  done: (child: Child) => void,
  failed: (error: unknown) => void,
): void {
  let child: ChildProcess;
  try {
    child = module.spawn(program, args ?? [], {
      shell: args === null,
      stdio: [STDIO[stdin], STDIO[stdout], STDIO[stderr]],
      env: clearEnv ? env : { ...environment(), ...env },
      ...cwd !== null && { cwd },
    });
  } catch (error) {
    failed(error);
    return;
  }
  const { pid } = child;
  if (pid === undefined) {
    child.once("error", (error: Error) => failed(error));
    return;
  }
  let refusal: Error | null = null;
  child.on("error", (error: Error) => refusal = error);
  done({
    pid,
    stdin: child.stdin && input(child.stdin),
    stdout: child.stdout && output(child.stdout),
    stderr: child.stderr && output(child.stderr),
    kill(signal) {
      refusal = null;
      child.kill(signal);
      if (refusal !== null) throw refusal;
    },
    unref: () => child.unref(),
  });
  // Of real-time signals Node doesn't tell: it says 0.
  child.once("exit", (code: number | null, signal: string | null) => {
    onExit(signal === null ? code! : -signalNumbers()[signal]);
  });
}

function environment(): Record<string, string> {
  return (globalThis as unknown as { process: { env: Record<string, string> } }).process.env;
}

/** What the child prints. */
function output(stream: Duplex): ByteChannel {
  return new NodeChannel(new NodeSource(stream), null, () => stream.destroy());
}

/** What the child reads. */
function input(stream: Duplex): ByteChannel {
  return new InputChannel(null, new NodeSink(stream), () => stream.destroy());
}

/** Node's pipes are sockets, which a child that leaves some of its input unread resets. */
class InputChannel extends NodeChannel {
  override codeOf(error: unknown): string | null {
    const code = codeOf(error);
    return code === "ECONNRESET" ? "EPIPE" : code;
  }
}
