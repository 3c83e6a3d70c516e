/**
 * The program under load: an HTTP server and one of lines, with handlers that answer, wait, fail, are
 * cancelled and never end. It runs in a process of its own. To each line on its standard input it
 * answers with what it has at that time; when that ends, it shuts down, says what is left, and ends.
 *
 * @module
 */
import { takeStock } from "./ledger.ts";

import { serve, stream, upgradeWebSocket, type WebSocketStream } from "../../http.ts";
import {
  allTasks,
  CancelledError,
  type Coroutine,
  currentTask,
  getRunningLoop,
  iterate,
  run,
  sleep,
  TimeoutError,
  until,
  waitFor,
} from "../../mod.ts";
import {
  IncompleteReadError,
  OSError,
  startServer,
  type StreamReader,
  type StreamWriter,
} from "../../net.ts";

/** What the server has at a time. */
export interface Stock extends Awaited<ReturnType<typeof takeStock>> {
  /** Tasks that have not ended, itself among them. */
  tasks: number;
  /** What the loop holds of the host's. */
  held: number;
  /** Handlers that were begun. */
  begun: number;
  /** Handlers that have come to their end. */
  ended: number;
  /** Handlers that were cancelled. */
  cancelled: number;
  /** Reports to the exception handler, by their text. */
  reports: Record<string, number>;
}

const [deadline] = Deno.args.map(Number);

/**
 * No pings: Deno's timer for them outlives a socket whose client has vanished, by half of this time,
 * and keeps the process for so long; and a close that meets a ping loses its code now and then.
 */
const idleTimeout = null;

/** Longer than anybody waits. */
const FOREVER = "1h";

const counts = { begun: 0, ended: 0, cancelled: 0 };
const reports: Record<string, number> = {};

/** Counts a handler, whatever becomes of it. */
function* counted<T>(body: Iterable<unknown, T, unknown>): Coroutine<T> {
  counts.begun++;
  try {
    return yield* body;
  } catch (error) {
    if (error instanceof CancelledError) counts.cancelled++;
    throw error;
  } finally {
    counts.ended++;
  }
}

function* answer(request: Request): Coroutine<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const amount = Number(searchParams.get("n"));
  switch (pathname) {
    case "/turn":
      yield* sleep(0);
      break;
    case "/wait":
      yield* sleep(amount);
      break;
    case "/timeout":
      try {
        yield* waitFor(sleep(FOREVER), amount);
      } catch (error) {
        if (!(error instanceof TimeoutError)) throw error;
      }
      break;
    case "/fail":
      throw new Error("as told");
    case "/own":
      currentTask()!.cancel();
      yield* sleep(FOREVER);
      break;
    case "/never":
      yield* sleep(FOREVER);
      break;
    case "/body":
      return new Response(yield* until(request.bytes()));
    case "/stream":
      return new Response(stream(function* (write) {
        yield* counted(chunks(write, amount));
      }));
    case "/socket":
      return upgradeWebSocket(request, (socket) => counted(messages(socket)), { idleTimeout });
    case "/broken":
      return new Response(stream(function* (write) {
        yield* write("x".repeat(amount));
        throw new Error("as told");
      }));
  }
  return new Response("hello");
}

function* chunks(write: (chunk: string) => Iterable<unknown, void, unknown>, count: number) {
  for (let i = 0; i < count; i++) {
    yield* write("x".repeat(1000));
    if (i % 8 === 0) yield* sleep(0);
  }
}

function* messages(socket: WebSocketStream): Coroutine<void> {
  yield* iterate(socket, function* (message) {
    yield* socket.send(message);
  });
}

function* lines(reader: StreamReader, writer: StreamWriter): Coroutine<void> {
  try {
    while (true) {
      const line = new TextDecoder().decode(yield* waitFor(reader.readline(), "30s"));
      if (line === "fail\n") throw new Error("as told");
      if (line === "cancel\n") currentTask()!.cancel();
      if (line === "brief\n") yield* waitFor(reader.readexactly(1000), 5);
      if (line === "flood\n") {
        while (true) {
          writer.write(new Uint8Array(50_000));
          yield* writer.drain();
        }
      }
      if (!line.endsWith("\n")) return;
      writer.write(line);
      yield* writer.drain();
    }
  } catch (error) {
    // A client that leaves, amid a line or a thousand bytes, is none of the handler's failures.
    const expected = [OSError, TimeoutError, IncompleteReadError];
    if (!expected.some((kind) => error instanceof kind)) throw error;
  }
}

function* inputLines(): Coroutine<void> {
  const reader = Deno.stdin.readable.getReader();
  while (!(yield* until(reader.read())).done) print(yield* until(stock()));
}

async function stock(): Promise<Stock> {
  const loop = getRunningLoop();
  const [tasks, held] = [allTasks().size, loop["_kernel"]["_resources"].size];
  return { ...await takeStock(), tasks, held, ...counts, reports };
}

function print(value: unknown): void {
  console.log(JSON.stringify(value));
}

await run(function* () {
  const http = yield* serve((request) => counted(answer(request)), {
    port: 0,
    deadline,
    maxConcurrency: 2_000,
    backlog: 4096,
    onError: () => new Response("failed", { status: 500 }),
  });
  const tcp = yield* startServer(
    (reader, writer) => counted(lines(reader, writer)),
    "127.0.0.1",
    0,
    { backlog: 4096 },
  );
  print([http.sockname, tcp.sockname]);
  yield* inputLines();
  yield* http.shutdown("1s");
  yield* tcp.shutdown("1s");
}, {
  exceptionHandler: ({ message, exception }) => {
    const text = `${message}: ${exception}`.replace(/127\.0\.0\.1:\d+/, "a client");
    reports[text] = (reports[text] ?? 0) + 1;
  },
});

print({ ...await takeStock(), tasks: 0, held: 0, ...counts, reports } satisfies Stock);
