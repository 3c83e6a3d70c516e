/**
 * Processes that talk with the one that has started them: a line there, a line back.
 *
 * @module
 */
import { fileURLToPath } from "node:url";

/** A process that prints lines, and is told some. */
export class Talker implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #name: string;
  /** The last that it has complained of; complete when it has ended. */
  readonly errors: Promise<string>;

  /**
   * Starts a program of this folder.
   *
   * @param flags For Deno.
   * @param args For the program.
   * @param onError Is told of each piece of what it complains of.
   */
  constructor(
    name: string,
    flags: string[],
    args: (string | number)[],
    onError: (text: string) => void = () => {},
  ) {
    this.#name = name;
    const path = fileURLToPath(new URL(name, import.meta.url));
    const all = ["--quiet", "--no-check", "--allow-all", ...flags, path];
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", ...all, ...args.map(String)],
      env: { NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#lines = lines(this.#child.stdout);
    this.errors = read(this.#child.stderr, onError);
  }

  /** Tells it a line. */
  tell(line: string): Promise<void> {
    return this.#input.write(new TextEncoder().encode(`${line}\n`));
  }

  /** The value of its next line, which is JSON. */
  async hear<T>(): Promise<T> {
    const next = await this.#lines.next();
    if (next.done) throw new Error(`${this.#name} has ended: ${await this.errors}`);
    return JSON.parse(next.value);
  }

  /** Tells it nothing more. */
  end(): Promise<void> {
    return this.#input.close();
  }

  /** How it ended. */
  get status(): Promise<Deno.CommandStatus> {
    return this.#child.status;
  }

  /** Ends it, whatever it does. */
  kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.#input.abort().catch(() => {});
    await this.#lines.return?.();
    await Promise.all([this.#child.status, this.errors]);
  }
}

async function* lines(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

/** Keeps what was said last, which is enough of it. */
async function read(stream: ReadableStream<Uint8Array<ArrayBuffer>>, told: (text: string) => void) {
  let all = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    all = (all + text).slice(-10_000);
    told(text);
  }
  return all;
}
