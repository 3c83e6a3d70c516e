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

/** After how many seconds clients come back with new connections. */
const CHURN = 30;

/** What was seen at a time. */
export interface Look {
  /** Seconds since the load began. */
  at: number;
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
  /** A look after the load has gone. */
  last: Look;
}

/**
 * Loads a server for so many seconds.
 *
 * @param progress Is told of each look.
 */
export async function hold(seconds: number, progress: (look: Look) => void): Promise<Held> {
  const path = fileURLToPath(new URL("contenders/wasyncio_held.ts", import.meta.url));
  const flags = ["run", "--quiet", "--no-check", "--allow-all", "--v8-flags=--expose-gc"];
  await using server = new Program([Deno.execPath(), ...flags, path, `${EVERY}`]);
  const port = Number(await server.line());
  const start = performance.now();
  const elapsed = () => (performance.now() - start) / 1000;
  const look = async (): Promise<Look> => {
    const { heap, tasks } = JSON.parse(await server.line());
    const [memory, files] = [server.memory(), server.files()];
    return { at: Math.round(elapsed()), heap, tasks, memory, files };
  };
  const looks: Look[] = [];
  let requests = 0;
  let loading = true;
  const load = async () => {
    while (elapsed() < seconds) {
      const left = Math.ceil(seconds - elapsed());
      requests += (await wrk(port, HELD, Math.min(CHURN, left))).count;
    }
    loading = false;
  };
  const watch = async () => {
    while (loading) {
      const seen = await look();
      if (!loading) break;
      looks.push(seen);
      progress(seen);
    }
  };
  await Promise.all([load(), watch()]);
  return { looks, requests, last: await look() };
}

/** Growth by less than this share from the second third of the time to the last is none. */
const GROWTH = 0.05;

/** What moves anyway, in bytes. */
const SLACK = 2 ** 20;

/** What has grown, in a line each; nothing at best. */
export function growthOf({ looks, last }: Held): string[] {
  // Whatever is in flight at a time comes on top of what stays, so the least counts.
  const third = Math.ceil(looks.length / 3);
  const grown = (["heap", "memory"] as const).flatMap((what) => {
    const [before, after] = [looks.slice(third, 2 * third), looks.slice(2 * third)].map((some) =>
      Math.min(...some.map((look) => look[what]))
    );
    if (!(after - before > Math.max(SLACK, GROWTH * before))) return [];
    return [`${what} grew from ${megabytes(before)} to ${megabytes(after)} MB`];
  });
  // Its own, and one for each of a few files that a process always has.
  if (last.files > 100) grown.push(`${last.files} files are still open`);
  if (last.tasks > 2) grown.push(`${last.tasks - 2} tasks of the handlers' are left`);
  return grown;
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

/** What was seen, as Markdown: ten looks or so, and the judgement. */
export function holdText(held: Held): string {
  const { looks, requests, last } = held;
  const step = Math.ceil(looks.length / 10);
  const shown = [...looks.filter((_, i) => i % step === 0), last];
  const seconds = looks.at(-1)?.at ?? 0;
  const grown = growthOf(held);
  return [
    `${HELD.toLocaleString("en")} connections for ${seconds} seconds, new ones every ${CHURN}; ` +
    `${
      requests.toLocaleString("en")
    } requests, each with \`sleep(5)\` under a deadline. The last ` +
    "line is after the load. " + (grown.length === 0 ? "Nothing grows." : `${grown.join("; ")}.`),
    markdown([
      ["seconds", "heap, MB", "memory, MB", "files", "tasks"],
      ...shown.map(({ at, heap, memory, files, tasks }) => [
        `${at}`,
        megabytes(heap),
        megabytes(memory),
        files.toLocaleString("en"),
        tasks.toLocaleString("en"),
      ]),
    ], 0),
  ].join("\n\n");
}
