/**
 * Puts the server under load, and says what is wrong afterwards.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Seen } from "./client.ts";
import type { Stock } from "./server.ts";

/** How hard and how long. */
export interface SoakOptions {
  /** How many requests. */
  requests: number;
  /** How many clients send them at a time; as many as a tenth send lines. */
  connections: number;
  /** Where chance begins. */
  seed: number;
  /** How many milliseconds a handler has. */
  deadline: number;
  /** Whether the server runs with `--unstable-no-legacy-abort`; without it most programs run. */
  flag: boolean;
  /** After how many seconds it is called off. */
  patience: number;
  /** Is told how many requests have been sent. */
  progress?: (requests: number) => void;
}

/** What came out. */
export interface SoakResult {
  seen: Seen;
  /** What the server had before the load, after it, and after its own end. */
  before: Stock;
  after: Stock;
  end: Stock;
  /** What is wrong, in a line each; nothing at best. */
  wrong: string[];
}

/** A twentieth of the requests come first, for what a program makes once and keeps. */
const WARM_UP = 0.05;

/** The heap may end this many bytes above where it was: what the engine learns meanwhile. */
const HEAP = 1_500_000;

/** A connection of a client that has gone may take so many milliseconds to be noticed. */
const REST = 500;

/** What Deno says once of the way in which most programs run. */
const WARNING = /^.*legacy.*$/gim;

/** A process that prints lines, and is told some. */
class Talker implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #name: string;
  readonly errors: Promise<string>;

  constructor(
    name: string,
    flags: string[],
    args: (string | number)[],
    onError: (text: string) => void = () => {},
  ) {
    this.#name = name;
    const path = fileURLToPath(new URL(name, import.meta.url));
    const all = [
      "run",
      "--quiet",
      "--no-check",
      "--allow-all",
      ...flags,
      path,
      ...args.map(String),
    ];
    this.#child = new Deno.Command(Deno.execPath(), {
      args: all,
      env: { NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#child.stdin.getWriter();
    this.#lines = lines(this.#child.stdout);
    this.errors = read(this.#child.stderr, onError);
  }

  tell(line: string): Promise<void> {
    return this.#input.write(new TextEncoder().encode(`${line}\n`));
  }

  async hear<T>(): Promise<T> {
    const next = await this.#lines.next();
    if (next.done) throw new Error(`${this.#name} has ended: ${await this.errors}`);
    return JSON.parse(next.value);
  }

  /** Ends its input, and waits until it ends by itself. */
  async end(): Promise<void> {
    await this.#input.close();
  }

  get status(): Promise<Deno.CommandStatus> {
    return this.#child.status;
  }

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

async function read(stream: ReadableStream<Uint8Array<ArrayBuffer>>, told: (text: string) => void) {
  let all = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    all = (all + text).slice(-10_000);
    told(text);
  }
  return all;
}

/** Puts the server under load. */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const { requests, connections, seed, deadline, flag, patience } = options;
  let done = 0;
  const flags = ["--v8-flags=--expose-gc", ...flag ? ["--unstable-no-legacy-abort"] : []];
  await using server = new Talker("server.ts", flags, [deadline]);
  const [http, tcp] = await server.hear<{ port: number }[]>();
  const args = [http.port, tcp.port, connections];
  await using client = new Talker("client.ts", [], args, (text) => {
    const count = Number(text.trim().split("\n").at(-1));
    if (count > 0) options.progress?.(done + count);
  });
  let calledOff = false;
  const timer = setTimeout(() => {
    calledOff = true;
    server.kill();
    client.kill();
  }, patience * 1000);
  try {
    const load = async (requests: number, seed: number): Promise<[Seen, Stock]> => {
      await client.tell(`${requests} ${seed}`);
      const seen = await client.hear<Seen>();
      done += requests;
      await new Promise((resolve) => setTimeout(resolve, REST));
      await server.tell("");
      return [seen, await server.hear<Stock>()];
    };
    const early = Math.ceil(requests * WARM_UP);
    const [first, before] = await load(early, seed + 1);
    const [seen, after] = await load(requests - early, seed);
    await server.end();
    const end = await server.hear<Stock>();
    const { code } = await server.status;
    const errors = (await server.errors).replace(WARNING, "").trim();
    const wrong = [...first.wrong, ...seen.wrong, ...judge(before, after, end)];
    if (code !== 0) wrong.push(`the server's exit code is ${code}`);
    if (errors !== "") wrong.push(`the server said: ${errors}`);
    return { seen, before, after, end, wrong };
  } catch (error) {
    throw calledOff ? new Error(`Not done after ${patience} seconds`) : error;
  } finally {
    clearTimeout(timer);
  }
}

function judge(before: Stock, after: Stock, end: Stock): string[] {
  const wrong: string[] = [];
  const equal = (what: string, got: number, expected: number) => {
    if (got !== expected) wrong.push(`${what}: ${got}, where ${expected} are right`);
  };
  equal("tasks after the load", after.tasks, 1);
  equal("what the loop holds after the load", after.held, before.held);
  equal("handlers that came to their end", after.ended, after.begun);
  equal("open files after the load", after.files, before.files);
  equal("listeners of signals after the load", after.listeners, before.listeners);
  equal("timers at the end", end.timers, 0);
  equal("listeners of signals at the end", end.listeners, 0);
  const grown = after.heap - before.heap;
  if (grown > HEAP) wrong.push(`the heap has grown by ${grown} bytes, where ${HEAP} may be`);
  for (const [text, count] of Object.entries(end.reports)) {
    if (!/Error: as told$/.test(text)) wrong.push(`reported ${count} times: ${text}`);
  }
  return wrong;
}
