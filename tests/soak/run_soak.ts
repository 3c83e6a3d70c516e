/**
 * Puts the server under load, and says what is wrong afterwards.
 *
 * @module
 */
import type { Seen } from "./client.ts";
import type { Stock } from "./server.ts";
import { Talker } from "./talker.ts";

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

/** So many requests come first, for what a program makes once and keeps: a twentieth, or else these. */
const WARM_UP = 0.05;
const LEAST_WARM_UP = 1_500;

/** The heap may end this many bytes above where it was: what the engine learns meanwhile. */
const HEAP = 1_500_000;

/** After so many seconds, something keeps a process alive that has nothing to do. */
const EXIT = 10;

/** That clients have gone may take so many milliseconds to be noticed, on a busy machine several times. */
const REST = 300;
const LOOKS = 30;

/** A loop without clients holds these. */
const SERVERS = 2;

/** What Deno says once of the way in which most programs run. */
const WARNING = /^.*legacy.*$/gim;

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
      for (let looks = 0;; looks++) {
        await new Promise((resolve) => setTimeout(resolve, REST));
        await server.tell("");
        const stock = await server.hear<Stock>();
        if ((stock.tasks === 1 && stock.held === SERVERS) || looks === LOOKS) return [seen, stock];
      }
    };
    const early = Math.ceil(Math.max(requests * WARM_UP, LEAST_WARM_UP));
    const [first, before] = await load(early, seed + 1);
    const [second, after] = await load(Math.max(0, requests - early), seed);
    await server.end();
    const end = await server.hear<Stock>();
    const seen = {
      requests: first.requests + second.requests,
      lines: first.lines + second.lines,
      connections: first.connections + second.connections,
      late: first.late + second.late,
      wrong: [...first.wrong, ...second.wrong],
    };
    const wrong = [...seen.wrong, ...judge(before, after, end)];
    const exit = setTimeout(() => {
      wrong.push(`the server doesn't end by itself within ${EXIT} s`);
      server.kill();
    }, EXIT * 1000);
    const { code } = await server.status;
    clearTimeout(exit);
    const errors = (await server.errors).replace(WARNING, "").trim();
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
  equal("what the loop holds after the load", after.held, SERVERS);
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
