/**
 * Starting what is measured, looking at it from outside, and ending it in any case.
 *
 * @module
 */

/** A program and its arguments. */
export type Command = readonly [program: string, ...args: string[]];

/** A program that isn't ready after so many milliseconds hangs. */
const PATIENCE = 20_000;

/** Linux counts the time of processes in these, a hundred a second on all processors. */
const MICROSECONDS_PER_TICK = 10_000;

/** How many files a process may have open: connections, and some more. */
const FILES = 16_384;

/** Raises the limit of open files as far as it goes, and becomes the program. */
const RAISED = `ulimit -n ${FILES} 2>/dev/null || ulimit -n "$(ulimit -Hn)"; exec "$@"`;

const running = new Set<Program>();

/** How many connections a process of this machine may have. */
export async function mostConnections(): Promise<number> {
  const files = await ask(["sh", "-c", "ulimit -n"]);
  return (files === "unlimited" ? FILES : Number(files)) - 100;
}

/** Kills all that is running, for those who must leave at once. */
export function killAll(): void {
  for (const program of running) program.kill();
}

/** What a program prints until its end; null where it fails or isn't there. */
export async function ask(command: Command, patience = 3 * PATIENCE): Promise<string | null> {
  await using program = new Program(command);
  try {
    return await program.rest(patience);
  } catch {
    return null;
  }
}

/** A program that runs, and prints lines. */
export class Program implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #what: string;
  readonly #lines: AsyncIterator<string>;
  readonly #errors: Promise<string>;

  /** Starts it; its standard input stays open until it is stopped. */
  constructor(command: Command) {
    this.#what = command.slice(0, 4).join(" ");
    this.#child = new Deno.Command("sh", {
      args: ["-c", RAISED, "sh", ...command],
      env: { NO_COLOR: "1" }, // what it says may become part of a message
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    running.add(this);
    this.#lines = linesOf(this.#child.stdout);
    this.#errors = new Response(this.#child.stderr).text();
  }

  /** Its next line. */
  async line(patience = PATIENCE): Promise<string> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const error = new Error(`${this.#what} has said nothing for ${patience / 1000} s`);
      timer = setTimeout(() => reject(error), patience);
    });
    try {
      const next = await Promise.race([this.#lines.next(), late]);
      if (!next.done) return next.value;
    } finally {
      clearTimeout(timer);
    }
    const said = (await this.#errors).trim().split("\n");
    throw new Error(`${this.#what} has ended: ${said.find((line) => /error/i.test(line)) ?? said}`);
  }

  /** Tells it a line. */
  async tell(line: string): Promise<void> {
    const writer = this.#child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(`${line}\n`));
    writer.releaseLock();
  }

  /** All that it prints from here on. */
  async rest(patience = PATIENCE): Promise<string> {
    const lines: string[] = [];
    const killer = setTimeout(() => this.kill(), patience);
    for (let next; !(next = await this.#lines.next()).done;) lines.push(next.value);
    clearTimeout(killer);
    const { success } = await this.#child.status;
    if (!success) throw new Error(`${this.#what} has failed: ${(await this.#errors).trim()}`);
    return lines.join("\n");
  }

  /** Microseconds of CPU time that it has used, in all of its threads. */
  cpu(): number {
    const stat = Deno.readTextFileSync(`/proc/${this.#child.pid}/stat`);
    // Its name, in parentheses, may contain anything.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * MICROSECONDS_PER_TICK;
  }

  /** Bytes of memory that it has. */
  memory(): number {
    const status = Deno.readTextFileSync(`/proc/${this.#child.pid}/status`);
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)![1]) * 1024;
  }

  /** How many files and sockets it has open. */
  files(): number {
    return [...Deno.readDirSync(`/proc/${this.#child.pid}/fd`)].length;
  }

  /** Kills it, and doesn't wait. */
  kill(): void {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
  }

  /** Kills it, and waits for its end. */
  async stop(): Promise<void> {
    this.kill();
    running.delete(this);
    await this.#child.stdin.close().catch(() => {});
    await this.#lines.return?.();
    await Promise.all([this.#child.status, this.#errors]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}
