/**
 * A CPython that runs programs: interpreter.py in a process of its own.
 *
 * @module
 */

import type { Program } from "./program.ts";

// asyncio.timeout() and TaskGroup came with Python 3.11; what comes after 3.13 has yet to be compared.
const OLDEST = 11;
const NEWEST = 13;
const SCRIPT = new URL("interpreter.py", import.meta.url);

/** The newest comes first: it has the most to compare. */
const NAMES = ["python3.13", "python3.12", "python3.11", "python3"];

/** A running interpreter. */
export class Python implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;
  #buffer = "";
  /** 13 stands for Python 3.13. */
  version = 0;

  private constructor(command: string) {
    this.#process = new Deno.Command(command, {
      args: ["-B", SCRIPT.pathname],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#output = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Starts the newest fitting Python, or the one named; null if there is none. */
  static async start(name?: string): Promise<Python | null> {
    for (const command of name === undefined ? NAMES : [name]) {
      try {
        const python = new Python(command);
        python.version = Number(await python.#line());
        if (OLDEST <= python.version && python.version <= NEWEST) return python;
        await python[Symbol.asyncDispose]();
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
    return null;
  }

  /** What asyncio does with a program. */
  async trace(program: Program): Promise<string[]> {
    await this.#input.write(new TextEncoder().encode(JSON.stringify(program) + "\n"));
    const line = await this.#line();
    if (line === "") throw new Error("CPython's interpreter has died");
    return JSON.parse(line);
  }

  /** The next line, or nothing when the process has ended. */
  async #line(): Promise<string> {
    let end: number;
    while ((end = this.#buffer.indexOf("\n")) < 0) {
      const { done, value } = await this.#output.read();
      if (done) return "";
      this.#buffer += value;
    }
    const line = this.#buffer.slice(0, end);
    this.#buffer = this.#buffer.slice(end + 1);
    return line;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#input.close().catch(() => {}); // It may have ended by itself.
    await this.#output.cancel();
    await this.#process.status;
  }
}
