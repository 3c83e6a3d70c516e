/**
 * Runs an example as its reader would: in a process of its own.
 *
 * @module
 */

/** The folder of the examples. */
export const EXAMPLES = new URL("../../examples/", import.meta.url);

/** What a process left behind. */
export interface Ended {
  code: number;
  /** The signal that killed it, `null` when it ended by itself. */
  signal: Deno.Signal | null;
  stdout: string;
  stderr: string;
}

/** An example that runs; disposing of it kills it, if it hasn't ended. */
export interface Running extends AsyncDisposable {
  /** Sends it a signal. */
  kill(signal: Deno.Signal): void;
  /** Waits until something on its standard output matches. */
  stdoutMatches(pattern: RegExp): Promise<RegExpExecArray>;
  /** Waits until something on its standard error matches. */
  stderrMatches(pattern: RegExp): Promise<RegExpExecArray>;
  /** Waits for its end. */
  output(): Promise<Ended>;
}

/** Starts an example, without standard input, with the permissions given and no more. */
export function spawnExample(
  file: string,
  { args = [], permissions = [] }: { args?: string[]; permissions?: string[] } = {},
): Running {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      ...permissions,
      new URL(file, EXAMPLES).pathname,
      ...args,
    ],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();

  // An example that hangs shall fail its test, not keep the others from running.
  const watchdog = setTimeout(() => child.kill("SIGKILL"), 60_000);

  const stdout = new Output("standard output", child.stdout);
  const stderr = new Output("standard error", child.stderr);
  const output = async () => {
    const [{ code, signal }] = await Promise.all([child.status, stdout.ended, stderr.ended]);
    clearTimeout(watchdog);
    return { code, signal, stdout: stdout.text, stderr: stderr.text };
  };

  return {
    kill: (signal) => child.kill(signal),
    stdoutMatches: (pattern) => stdout.matches(pattern),
    stderrMatches: (pattern) => stderr.matches(pattern),
    output,
    async [Symbol.asyncDispose]() {
      try {
        child.kill("SIGKILL");
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // it has ended
      }
      await output();
    },
  };
}

/** What a process prints. */
class Output {
  text = "";
  readonly ended: Promise<void>;
  readonly #name: string;
  #hasEnded = false;
  readonly #listeners = new Set<() => void>();

  constructor(name: string, stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.#name = name;
    this.ended = this.#read(stream);
  }

  matches(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(this.text);
        if (match !== null) resolve(match);
        else if (this.#hasEnded) {
          reject(new Error(`It ended without ${pattern} on ${this.#name}:\n${this.text}`));
        } else return;
        this.#listeners.delete(look);
      };
      this.#listeners.add(look);
      look();
    });
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.text += text;
      for (const listener of this.#listeners) listener();
    }
    this.#hasEnded = true;
    for (const listener of this.#listeners) listener();
  }
}
