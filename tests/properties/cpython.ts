/**
 * A CPython that runs programs: interpreter.py in a process of its own.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import type { Python } from "../python/find.ts";
import type { Program } from "./program.ts";

const SCRIPT = fileURLToPath(new URL("interpreter.py", import.meta.url));

/** A running interpreter. */
export class CPython implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #output: ReadableStreamDefaultReader<string>;
  #buffer = "";

  constructor({ command: [command, ...args] }: Python) {
    this.#process = new Deno.Command(command, {
      args: [...args, SCRIPT],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#output = this.#process.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** What asyncio does with a program. */
  async trace(program: Program): Promise<string[]> {
    const request = new TextEncoder().encode(JSON.stringify(program) + "\n");
    await this.#input.write(request).catch(() => {}); // Where it has ended, no answer comes either.
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
