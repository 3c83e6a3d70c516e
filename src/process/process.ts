/**
 * A child process, as programs see it: asyncio's `Process`, of `asyncio/subprocess.py`, and what is
 * below it there.
 *
 * @module
 */
import type { ByteChannel } from "../host/bytes.ts";
import type { Child, Processes, SpawnRequest } from "../host/processes.ts";
import type { HostResource, Kernel } from "../kernel/kernel.ts";
import { makeDisposable } from "../portable.ts";
import { Printable } from "../printing.ts";
import { Connection } from "../streams/connection.ts";
import { errorOf, OSError } from "../streams/os_error.ts";
import type { StreamReader } from "../streams/reader.ts";
import type { StreamWriter } from "../streams/writer.ts";
import { WaitQueue } from "../sync/wait_queue.ts";
import { GeneratorOperation, type Operation } from "../task/operation.ts";
import { checkInput, communicate, type Output } from "./communicate.ts";
import { signalNumber } from "./signal_names.ts";

/** What a process is made of. */
export interface ProcessParts {
  /** The loop that has started it. */
  readonly kernel: Kernel;
  readonly host: Processes;
  readonly request: SpawnRequest;
  readonly child: Child;
  /** The limit of its readers, in bytes. */
  readonly limit: number;
  /** How many milliseconds a cancelled `communicate()` leaves it after SIGTERM. */
  readonly killAfter: number;
}

/**
 * A child process; {@linkcode createSubprocessExec} and {@linkcode createSubprocessShell} start them.
 * When its loop closes, it is killed. CPython's `asyncio.subprocess.Process`.
 *
 * @example
 * ```ts
 * const sort = yield* createSubprocessExec("sort", [], { stdin: "pipe", stdout: "pipe" });
 * const [sorted] = yield* sort.communicate("b\na\n");
 * console.log(sort.returncode, new TextDecoder().decode(sorted!));
 * ```
 */
export class Process extends Printable implements AsyncDisposable {
  /** For `await using`: kills the process, and waits for its end. */
  declare readonly [Symbol.asyncDispose]: () => Promise<void>;
  /** The number that the system knows it by. */
  readonly pid: number;
  /** What it reads, where that is a pipe; otherwise `null`. */
  readonly stdin: StreamWriter | null;
  /** What it prints, where that is a pipe; otherwise `null`. It may go on after the process's end. */
  readonly stdout: StreamReader | null;
  /** What it prints as errors, where that is a pipe; otherwise `null`. */
  readonly stderr: StreamReader | null;
  readonly #host: Processes;
  readonly #child: Child;
  readonly #program: string;
  readonly #killAfter: number;
  readonly #stdin: Connection | null;
  readonly #stdout: Connection | null;
  readonly #stderr: Connection | null;
  readonly #kernel: Kernel;
  readonly #resource: HostResource;
  readonly #waiters: WaitQueue<number>;
  #returncode: number | null = null;
  /** Is called at its end, where its loop waits for that. */
  #onEnd: (() => void) | null = null;

  /** @internal Use {@linkcode createSubprocessExec} or {@linkcode createSubprocessShell}. */
  constructor(parts: ProcessParts) {
    super();
    const { kernel, host, request, child, limit, killAfter } = parts;
    makeDisposable(Process.prototype, "asyncDispose", dispose);
    this.pid = child.pid;
    this.#host = host;
    this.#child = child;
    this.#program = request.program;
    this.#killAfter = killAfter;
    this.#kernel = kernel;
    const connect = (channel: ByteChannel | null, name: string) =>
      channel && new Connection(kernel, channel, { limit, what: `${request.program}'s ${name}` });
    this.#stdin = connect(child.stdin, "stdin");
    this.#stdout = connect(child.stdout, "stdout");
    this.#stderr = connect(child.stderr, "stderr");
    this.stdin = this.#stdin && this.#stdin.writer;
    this.stdout = this.#stdout && this.#stdout.reader;
    this.stderr = this.#stderr && this.#stderr.reader;
    const takeReturncode = (waiter: { result: number }) => {
      if (this.#returncode === null) return false;
      waiter.result = this.#returncode;
      return true;
    };
    this.#waiters = new WaitQueue({
      tryAcquire: takeReturncode,
      onWoken: takeReturncode,
      onAbandoned: () => {},
      label: () => `process ${this.pid} to end`,
    });
    this.#resource = { _onLoopClosed: () => this.#abandon() };
    kernel.hold(this.#resource);
  }

  /**
   * How it has ended: its exit code, or the negative number of the signal that has killed it, such as
   * -9. `null` while it runs.
   */
  get returncode(): number | null {
    return this.#returncode;
  }

  /**
   * Waits for its end. Any number of tasks may wait; a wait that is cancelled leaves the process alone.
   * A child whose output nobody reads waits for ever once a pipe is full: {@linkcode communicate} reads
   * it. CPython's `wait`.
   *
   * @returns An operation of the {@linkcode returncode}.
   *
   * @example
   * ```ts
   * const code = yield* waitFor(process.wait(), "10s");
   * ```
   */
  wait(): Operation<number> {
    return this.#waiters.wait();
  }

  /**
   * Writes the input, closes `stdin`, reads the output to its end, and waits for the end of the process.
   * A child that doesn't read all of its input is no error. CPython's `communicate`.
   *
   * When it is cancelled, by a time limit for example, it ends the child: by SIGTERM, and after
   * `killAfter` by SIGKILL; a second cancel does that at once. The cancel goes on when the child is gone.
   * What it had printed by then can still be read.
   *
   * @param input What the child reads; nothing happens to it where `stdin` is no pipe.
   * @returns An operation of the whole output and of the errors; `null` for what is no pipe.
   * @throws {TypeError} When `input` is neither bytes nor text.
   * @throws {InvalidStateError} When awaited while another task reads the output.
   *
   * @example
   * ```ts
   * const [out, err] = yield* waitFor(process.communicate("input"), "10s");
   * ```
   */
  communicate(input?: Uint8Array | string | null): Operation<Output> {
    const bytes = checkInput(input);
    const { stdin, stdout, stderr } = this;
    const pipes = { stdin, stdout, stderr, input: bytes, killAfter: this.#killAfter };
    return new GeneratorOperation(communicate, [this, pipes]);
  }

  /**
   * Sends a signal. To a process that has ended, nothing happens. CPython's `send_signal`.
   *
   * @param signal Its name, such as "SIGHUP".
   * @throws {TypeError} When it is no string.
   * @throws {RangeError} When there is no such signal.
   * @throws {OSError} When the system doesn't allow it, as `EPERM`.
   *
   * @example
   * ```ts
   * process.sendSignal("SIGHUP");
   * ```
   */
  sendSignal(signal: string): void {
    signalNumber(signal, "signal");
    try {
      this.#child.kill(signal);
    } catch (error) {
      throw errorOf(this.#host, error, `Cannot send ${signal} to process ${this.pid}`);
    }
  }

  /** Asks it to end, by SIGTERM. To a process that has ended, nothing happens. */
  terminate(): void {
    this.sendSignal("SIGTERM");
  }

  /** Ends it, by SIGKILL. To a process that has ended, nothing happens. */
  kill(): void {
    this.sendSignal("SIGKILL");
  }

  /** Its number, program and state, in a line. */
  override toString(): string {
    const code = this.#returncode;
    const state = code === null
      ? "running"
      : code < 0
      ? `killed by signal ${-code}`
      : `ended with ${code}`;
    return `Process ${this.pid} ${this.#program} ${state}`;
  }

  /** It has ended. */
  private _exited(returncode: number): void {
    this.#returncode = returncode;
    // A write would tell, and nothing else does: the pipe would stay open until the loop closes.
    this.#stdin?.lose(new OSError("EPIPE", `Cannot write to ${this.#stdin.what}: it has ended`));
    this.#kernel.letGo(this.#resource);
    this.#waiters.wakeAll();
    this.#onEnd?.();
  }

  /** Ends it and lets go of its pipes: nobody will ask for either any more. */
  private _discard(): void {
    for (const pipe of [this.#stdin, this.#stdout, this.#stderr]) pipe?.abort();
    this.kill();
  }

  /** The loop is closed; it has closed the pipes. What is killed is gone when the promise is kept. */
  #abandon(): Promise<void> | void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // Of another user's child we can be rid, if not it of us.
      this.#child.unref();
      return;
    }
    return new Promise((resolve) => this.#onEnd = resolve);
  }
}

async function dispose(this: Process): Promise<void> {
  this["_discard"]();
  await this.wait();
}
