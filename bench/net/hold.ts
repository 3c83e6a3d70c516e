/**
 * Whether anything grows while a server is under load for long: its heap after a collection of
 * garbage, its memory, its open files, its tasks.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { markdown } from "../report/markdown.ts";
import { Program } from "./processes.ts";
import { wrk } from "./wrk.ts";

/** How many connections there are. */
export const HELD = 4_000;

/** How many seconds pass between two looks. */
const EVERY = 10;

/** How often the load pauses, for a look at what stays, and clients come back with new connections. */
const PAUSES = 12;

/** Milliseconds for a server to notice that all of its clients have gone. */
const REST = 2000;

/** What was seen at a time. */
export interface Look {
  /** Seconds since the load began. */
  at: number;
  /** Whether the load had paused. */
  isPause: boolean;
  /** Bytes on the heap, after garbage was collected. */
  heap: number;
  /** Bytes of memory of the whole process. */
  memory: number;
  /** Open files and sockets. */
  files: number;
  /** Tasks that have not ended. */
  tasks: number;
}

/** What a server under load is judged by. */
export interface Held {
  looks: Look[];
  /** How many requests it has answered. */
  requests: number;
  /** What was wrong with the load, in a line each. */
  failures: string[];
}

/**
 * Loads a server for so many seconds.
 *
 * @param progress Is told of each look.
 */
export async function hold(seconds: number, progress: (look: Look) => void): Promise<Held> {
  const path = fileURLToPath(new URL("contenders/wasyncio_held.ts", import.meta.url));
  const flags = ["run", "--quiet", "--no-check", "--allow-all", "--v8-flags=--expose-gc"];
  await using server = new Program([Deno.execPath(), ...flags, path]);
  const port = Number(await server.line());
  const start = performance.now();
  const looks: Look[] = [];
  const look = async (isPause: boolean) => {
    await server.tell("");
    const { heap, tasks } = JSON.parse(await server.line());
    const at = Math.round((performance.now() - start) / 1000);
    const seen = { at, isPause, heap, tasks, memory: server.memory(), files: server.files() };
    looks.push(seen);
    progress(seen);
  };
  const failures: string[] = [];
  let requests = 0;
  for (let i = 0; i < PAUSES; i++) {
    const part = Math.max(1, Math.round(seconds / PAUSES - REST / 1000));
    const end = performance.now() + 1000 * part;
    const load = wrk(port, HELD, part).then(
      ({ count }) => void (requests += count),
      ({ message }: Error) => void failures.push(message),
    );
    while (end - performance.now() > 1000 * EVERY) {
      await pause(1000 * EVERY);
      await look(false);
    }
    await load;
    await pause(REST);
    await look(true);
  }
  return { looks, requests, failures };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Growth by less than this share, from the second third of the time to the last, is none. */
const GROWTH = 0.05;

/** What moves anyway, in bytes. */
const SLACK = 2 ** 20;

/** Files that a process has anyway, and tasks: the main one, and the one that looks. */
const FILES = 50;
const TASKS = 2;

/** What has grown or gone wrong, in a line each; nothing at best. */
export function growthOf({ looks, failures }: Held): string[] {
  // Under load, what is in flight at the time comes on top of what stays.
  const pauses = looks.filter(({ isPause }) => isPause);
  const third = Math.ceil(pauses.length / 3);
  const grown = (["heap", "memory"] as const).flatMap((what) => {
    const [before, after] = [pauses.slice(third, 2 * third), pauses.slice(2 * third)].map((some) =>
      Math.min(...some.map((look) => look[what]))
    );
    if (!(after - before > Math.max(SLACK, GROWTH * before))) return [];
    return [`${what} grew from ${megabytes(before)} to ${megabytes(after)} MB`];
  });
  const { files, tasks } = looks.at(-1)!;
  if (files > FILES) grown.push(`${files} files are still open`);
  if (tasks > TASKS) grown.push(`${tasks - TASKS} tasks of handlers are left`);
  return [...grown, ...failures];
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

/** What was seen, as Markdown, and the judgement. */
export function holdText(held: Held): string {
  const { looks, requests } = held;
  const grown = growthOf(held);
  return [
    `${HELD.toLocaleString("en")} connections for ${looks.at(-1)!.at} seconds, with ${PAUSES} ` +
    `pauses, after which new connections come; ${
      requests.toLocaleString("en")
    } requests, each with ` +
    `\`sleep(5)\` under a deadline. ${grown.length === 0 ? "Nothing grows" : grown.join("; ")}. ` +
    "What the server has in each pause:",
    markdown([
      ["seconds", "heap, MB", "memory, MB", "files", "tasks"],
      ...looks.filter(({ isPause }) => isPause).map(({ at, heap, memory, files, tasks }) => [
        `${at}`,
        megabytes(heap),
        megabytes(memory),
        files.toLocaleString("en"),
        tasks.toLocaleString("en"),
      ]),
    ], 0),
  ].join("\n\n");
}
