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

/** An example that runs. */
export interface Running {
  /** Sends it a signal. */
  kill(signal: Deno.Signal): void;
  /** Waits until a line on its standard error matches. */
  stderrMatches(pattern: RegExp): Promise<void>;
  /** Waits for its end. */
  output(): Promise<Ended>;
}

/** Starts an example, without standard input, with the permissions given and no more. */
export function spawnExample(
  file: string,
  { args = [], permissions = [] }: { args?: string[]; permissions?: string[] } = {},
): Running {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", ...permissions, new URL(file, EXAMPLES).pathname, ...args],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();

  // An example that hangs shall fail its test, not keep the others from running.
  const watchdog = setTimeout(() => child.kill("SIGKILL"), 60_000);

  let stderr = "";
  let ended = false;
  const listeners = new Set<() => void>();
  const readStderr = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      stderr += text;
      for (const listener of listeners) listener();
    }
    ended = true;
    for (const listener of listeners) listener();
  })();
  const readStdout = new Response(child.stdout).text();

  return {
    kill: (signal) => child.kill(signal),
    stderrMatches(pattern) {
      return new Promise((resolve, reject) => {
        const look = () => {
          if (pattern.test(stderr)) resolve();
          else if (ended) reject(new Error(`It ended without ${pattern} on stderr:\n${stderr}`));
          else return;
          listeners.delete(look);
        };
        listeners.add(look);
        look();
      });
    },
    async output() {
      const [{ code, signal }, stdout] = await Promise.all([child.status, readStdout, readStderr]);
      clearTimeout(watchdog);
      return { code, signal, stdout, stderr };
    },
  };
}
