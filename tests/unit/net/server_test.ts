/**
 * Servers: their handlers, and how they end.
 *
 * @module
 */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import net from "node:net";
import {
  allTasks,
  CancelledError,
  ContextVar,
  createTask,
  currentTask,
  type ExceptionContext,
  InvalidStateError,
  iterate,
  run,
  sleep,
  until,
  waitFor,
} from "../../../mod.ts";
import {
  type ConnectionHandler,
  LimitOverrunError,
  openConnection,
  OSError,
  type Server,
  startServer,
  type StreamWriter,
} from "../../../net.ts";
import { eventually, failure, ioTest, program, text } from "../support.ts";
import { connectedPair, countFiles, LOCALHOST, portOf, rudeClient } from "./support.ts";

/** Answers each line with itself. */
const echo: ConnectionHandler = function* (reader, writer) {
  yield* iterate(reader, function* (line) {
    writer.write(line);
    yield* writer.drain();
  });
};

/** Takes the reports of handlers whose clients have reset their connections: it is what asyncio says, too. */
function takeResets(reports: ExceptionContext[]): void {
  for (const { exception } of reports.splice(0)) {
    assert(["ECONNRESET", "EPIPE"].includes((exception as OSError).code), `${exception}`);
  }
}

/** More than all buffers on the way can hold. */
const MUCH = 30_000_000;

ioTest("coroutine functions, async functions and plain ones do as a handler", function* () {
  const handlers: ConnectionHandler[] = [
    function* (_reader, writer) {
      yield* sleep(1);
      writer.write(`${currentTask()?.name}`);
    },
    async (_reader, writer) => {
      writer.write(`${currentTask()?.name}`);
      await sleep(1);
    },
    (_reader, writer) => writer.write(`${currentTask()?.name}`),
    (_reader, writer) => [writer.write(`${currentTask()?.name}`)],
  ];
  for (const handler of handlers) {
    const server = yield* startServer(handler, LOCALHOST, 0);
    const [reader, writer] = yield* openConnection(LOCALHOST, portOf(server));
    const answer = yield* text(reader.read());
    assert(/^Task-\d+$/.test(answer), answer);
    writer.close();
    yield* server.shutdown();
  }
});

ioTest("handlers see a copy of the context in which their server was started", function* () {
  const variable = new ContextVar("variable", { defaultValue: "none" });
  variable.set("at the start");
  const server = yield* startServer(
    (_reader, writer) => {
      writer.write(variable.get());
      variable.set("by a handler");
    },
    LOCALHOST,
    0,
  );
  variable.set("later");
  for (let i = 0; i < 2; i++) {
    const [reader, writer] = yield* openConnection(LOCALHOST, portOf(server));
    assertEquals(yield* text(reader.read()), "at the start");
    writer.close();
  }
  assertEquals(variable.get(), "later");
});

ioTest("connections and servers are no tasks, handlers are", function* () {
  const server = yield* startServer((reader) => reader.read(), LOCALHOST, 0);
  const [, writer] = yield* openConnection(LOCALHOST, portOf(server));
  yield* eventually(() => allTasks().size === 2);
  writer.close();
  yield* eventually(() => allTasks().size === 1);
});

ioTest("what a handler throws is reported once, and its connection closed", function* (reports) {
  const error = new Error("mine");
  const server = yield* startServer(
    function* (reader, writer) {
      yield* reader.readline();
      writer.write("before");
      throw error;
    },
    LOCALHOST,
    0,
  );
  const [reader, writer] = yield* openConnection(LOCALHOST, portOf(server));
  writer.write("\n");
  assertEquals(yield* text(reader.read()), "before");
  writer.close();
  yield* server.shutdown();
  assertEquals(reports.length, 1);
  const [{ message, exception, task }] = reports.splice(0);
  assertStrictEquals(exception, error);
  assert(/^Exception in the handler of 127\.0\.0\.1:\d+$/.test(message), message);
  assert(task !== undefined);
});

ioTest("a handler whose parameters can't be bound fails as any other", function* (reports) {
  const handler = function* ({ missing: { more } }: never) {
    yield* sleep(more);
  } as unknown as ConnectionHandler;
  const server = yield* startServer(handler, LOCALHOST, 0);
  const [reader, writer] = yield* openConnection(LOCALHOST, portOf(server));
  assertEquals(yield* text(reader.read()), "");
  writer.close();
  yield* server.shutdown();
  assert(reports.splice(0)[0].exception instanceof TypeError);
});

Deno.test("what a handler throws while its loop ends is reported once, too", async () => {
  const reports: ExceptionContext[] = [];
  await run(function* () {
    const server = yield* startServer(
      function* (reader) {
        try {
          yield* reader.read();
        } catch (cause) {
          throw new Error("mine", { cause });
        }
      },
      LOCALHOST,
      0,
    );
    yield* openConnection(LOCALHOST, portOf(server));
    yield* eventually(() => allTasks().size === 2);
  }, { exceptionHandler: (context) => void reports.push(context) });
  assertEquals(reports.map(({ exception }) => (exception as Error).message), ["mine"]);
});

Deno.test("a handler that begins while its loop ends is cancelled, too", async () => {
  let ended = 0;
  await run(function* () {
    const server = yield* startServer(
      function* (reader) {
        try {
          yield* reader.read();
        } finally {
          ended++;
        }
      },
      LOCALHOST,
      0,
    );
    createTask(function* () {
      try {
        yield* sleep("1h");
      } finally {
        yield* openConnection(LOCALHOST, portOf(server));
        yield* eventually(() => allTasks().size === 2);
        yield* sleep(5);
      }
    });
    yield* sleep(1);
  });
  assertEquals(ended, 1);
});

ioTest("a handler that is cancelled has its connection aborted", function* () {
  const { served, client, server } = yield* connectedPair();
  served.writer.write(new Uint8Array(MUCH));
  for (const task of allTasks()) if (task !== currentTask()) task.cancel();
  yield* served.writer.waitClosed();
  assertEquals((yield* failure(OSError, served.writer.drain())).code, "ECONNABORTED");
  client.writer.close();
  yield* server.shutdown();
});

ioTest("close() refuses newcomers and lets the others live on", function* () {
  const server = yield* startServer(echo, LOCALHOST, 0);
  const port = portOf(server);
  const [reader, writer] = yield* openConnection(LOCALHOST, port);
  writer.write("1\n");
  assertEquals(yield* text(reader.readline()), "1\n");
  assert(server.isServing());
  server.close();
  server.close();
  assert(!server.isServing());
  const closed = createTask(server.waitClosed());
  yield* sleep(10);
  assertEquals((yield* failure(OSError, openConnection(LOCALHOST, port))).code, "ECONNREFUSED");
  assertEquals(portOf(server), port);
  writer.write("2\n");
  assertEquals(yield* text(reader.readline()), "2\n");
  assert(!closed.done());
  writer.close();
  yield* waitFor(closed, "10s");
});

ioTest("the port is free when waitClosed() is over", function* () {
  let port = 0;
  for (let i = 0; i < 20; i++) {
    const server: Server = yield* startServer(echo, LOCALHOST, port);
    port = portOf(server);
    server.close();
    yield* server.waitClosed();
  }
  const taken = yield* startServer(echo, LOCALHOST, port);
  const error = yield* failure(OSError, startServer(echo, LOCALHOST, port));
  assertEquals(error.code, "EADDRINUSE");
  assert(error.message.startsWith(`Cannot listen at 127.0.0.1:${port}: `), error.message);
  taken.close();
});

ioTest("closeClients() flushes, and the handlers' readers end", function* () {
  const ends: string[] = [];
  const server = yield* startServer(
    function* (reader, writer) {
      writer.write(new Uint8Array(MUCH / 10));
      ends.push(yield* text(reader.read()));
    },
    LOCALHOST,
    0,
  );
  const [reader, writer] = yield* openConnection(LOCALHOST, portOf(server));
  yield* reader.read(1);
  server.closeClients();
  server.closeClients();
  assertEquals((yield* reader.read()).length, MUCH / 10 - 1);
  assertEquals(ends, [""]);
  assert(server.isServing());
  writer.close();
  yield* server.shutdown();
});

ioTest("abortClients() doesn't flush", function* () {
  const ends: string[] = [];
  const writers: StreamWriter[] = [];
  const server = yield* startServer(
    function* (reader, writer) {
      writers.push(writer);
      writer.write(new Uint8Array(MUCH));
      ends.push(yield* text(reader.read()));
    },
    LOCALHOST,
    0,
  );
  const [reader] = yield* openConnection(LOCALHOST, portOf(server));
  yield* reader.read(1);
  server.close();
  server.abortClients();
  server.abortClients();
  yield* waitFor(server.waitClosed(), "10s");
  assertEquals(ends, [""]);
  yield* writers[0].waitClosed();
});

ioTest("shutdown() without a limit waits for the handlers", function* () {
  const server = yield* startServer(
    function* (reader, writer) {
      yield* reader.readline();
      writer.write("answer");
    },
    LOCALHOST,
    0,
  );
  const [reader, writer] = yield* openConnection(LOCALHOST, portOf(server));
  yield* eventually(() => allTasks().size === 2);
  const shutdown = createTask(server.shutdown());
  yield* sleep(20);
  assert(!shutdown.done() && !server.isServing());
  writer.write("\n");
  assertEquals(yield* text(reader.read()), "answer");
  writer.close();
  yield* shutdown;
  yield* server.shutdown();
});

ioTest("shutdown() cancels handlers after a while, and waits for their clean-up", function* () {
  const log: string[] = [];
  const server = yield* startServer(
    function* (reader, writer) {
      try {
        yield* reader.read();
      } catch (error) {
        assert(error instanceof CancelledError);
        yield* sleep(20);
        writer.write("goodbye");
        yield* writer.drain();
        log.push("cleaned up");
        throw error;
      }
    },
    LOCALHOST,
    0,
  );
  const [reader] = yield* openConnection(LOCALHOST, portOf(server));
  yield* eventually(() => allTasks().size === 2);
  yield* server.shutdown("10ms");
  assertEquals(log, ["cleaned up"]);
  assertEquals(yield* text(reader.read()), "goodbye");
});

ioTest("shutdown() aborts what nobody reads, and is done then", function* () {
  const server = yield* startServer(
    (_reader, writer) => {
      writer.write(new Uint8Array(MUCH));
    },
    LOCALHOST,
    0,
  );
  const client = yield* rudeClient(portOf(server));
  yield* sleep(20);
  yield* waitFor(server.shutdown(20), "10s");
  client.end();
  yield* until(client.closed);
});

ioTest("a shutdown() that is cancelled leaves the handlers alone", function* () {
  const server = yield* startServer(echo, LOCALHOST, 0);
  const [reader, writer] = yield* openConnection(LOCALHOST, portOf(server));
  writer.write("1\n");
  yield* reader.readline();
  const shutdown = createTask(server.shutdown("1h"));
  yield* sleep(5);
  shutdown.cancel();
  yield* failure(CancelledError, shutdown);
  writer.write("2\n");
  assertEquals(yield* text(reader.readline()), "2\n");
  yield* server.shutdown(0);
});

ioTest("clients that come and go while a server drains don't keep it", function* (reports) {
  const server = yield* startServer(echo, LOCALHOST, 0);
  const port = portOf(server);
  const clients = [];
  for (let i = 0; i < 20; i++) clients.push(yield* rudeClient(port));
  yield* eventually(() => allTasks().size === 21);
  const shutdown = createTask(server.shutdown(200));
  for (const [i, client] of clients.entries()) {
    client.send("half a line");
    if (i % 3 === 0) client.reset();
    if (i % 3 === 1) client.end();
    yield* sleep(1);
  }
  yield* waitFor(shutdown, "10s");
  assertEquals(allTasks().size, 1);
  takeResets(reports);
  for (const client of clients) client.end();
});

ioTest("serveForever() ends by a cancel only, and then the server is closed", function* () {
  const server = yield* startServer(echo, LOCALHOST, 0);
  const serving = createTask(server.serveForever());
  yield* sleep(2);
  yield* failure(InvalidStateError, server.serveForever());
  const [reader, writer] = yield* openConnection(LOCALHOST, portOf(server));
  writer.write("1\n");
  assertEquals(yield* text(reader.readline()), "1\n");
  serving.cancel();
  yield* sleep(10);
  assert(!server.isServing() && !serving.done());
  writer.close();
  yield* failure(CancelledError, serving);
  yield* failure(InvalidStateError, server.serveForever());
});

ioTest(
  "serveForever() of a server that is closed meanwhile is cancelled, as in asyncio",
  function* () {
    const server = yield* startServer(echo, LOCALHOST, 0);
    const serving = createTask(server.serveForever());
    yield* sleep(2);
    server.close();
    yield* failure(CancelledError, serving);
  },
);

ioTest("clients that reset at any moment cost nobody else anything", function* (reports) {
  const server = yield* startServer(echo, LOCALHOST, 0);
  const [reader, writer] = yield* openConnection(LOCALHOST, portOf(server));
  for (let i = 0; i < 30; i++) {
    const client = yield* rudeClient(portOf(server));
    if (i % 3 > 0) client.send("a line\nand ");
    if (i % 3 > 1) yield* sleep(2);
    client.reset();
    writer.write(`${i}\n`);
    assertEquals(yield* text(reader.readline()), `${i}\n`);
  }
  yield* eventually(() => allTasks().size === 2);
  takeResets(reports);
  writer.close();
  yield* server.shutdown();
});

ioTest("clients that have reset before they are accepted are no failure to accept", function* () {
  const server = yield* startServer(echo, LOCALHOST, 0);
  const source = `
    import net from "node:net";
    for (let i = 0; i < 20; i++) {
      const socket = net.connect(${portOf(server)}, "${LOCALHOST}");
      socket.on("connect", () => socket.resetAndDestroy());
    }
  `;
  // Nothing is accepted until it has ended.
  const args = [
    "run",
    "--no-config",
    "--allow-net",
    "data:text/javascript," + encodeURIComponent(source),
  ];
  assertEquals(new Deno.Command(Deno.execPath(), { args }).outputSync().code, 0);
  const [reader, writer] = yield* openConnection(LOCALHOST, portOf(server));
  writer.write("here\n");
  assertEquals(yield* text(reader.readline()), "here\n");
  writer.close();
  yield* eventually(() => allTasks().size === 1);
  yield* server.shutdown();
});

ioTest("an answer to a request that is too long to be read gets through", function* (reports) {
  const server = yield* startServer(
    function* (reader, writer) {
      try {
        yield* reader.readline();
      } catch (error) {
        assert(error instanceof LimitOverrunError);
        writer.write(new Uint8Array(MUCH / 10));
      }
    },
    LOCALHOST,
    0,
  );
  for (let i = 0; i < 5; i++) {
    const [reader, writer] = yield* openConnection(LOCALHOST, portOf(server));
    writer.write(new Uint8Array(MUCH / 10));
    writer.writeEof();
    assertEquals((yield* reader.read()).length, MUCH / 10);
    writer.close();
    yield* writer.waitClosed();
  }
  yield* server.shutdown();
  assertEquals(reports, []);
});

ioTest("a client that goes on sending has a closed connection for a while only", function* () {
  const server = yield* startServer(() => {}, LOCALHOST, 0, { limit: 1 });
  const [, writer] = yield* openConnection(LOCALHOST, portOf(server));
  const sending = createTask(function* () {
    for (;;) {
      writer.write(new Uint8Array(10_000));
      yield* writer.drain();
      yield* sleep(5);
    }
  });
  const { code } = yield* failure(OSError, sending);
  assert(["ECONNRESET", "EPIPE"].includes(code), code);
  yield* server.shutdown();
});

ioTest("all interfaces are those of IPv4, too", function* () {
  const server = yield* startServer(
    (_reader, writer) => {
      writer.write(JSON.stringify(writer.peername));
    },
    null,
    0,
    { backlog: 50 },
  );
  const [reader, writer] = yield* openConnection(LOCALHOST, portOf(server));
  assertEquals(yield* text(reader.read()), JSON.stringify(writer.sockname));
  writer.close();
  yield* server.shutdown();
});

ioTest("half-open connections live until the loop ends", function* () {
  const server = yield* startServer(echo, LOCALHOST, 0);
  const socket = net.connect({ port: portOf(server), host: LOCALHOST, allowHalfOpen: true });
  socket.end("the last line\n");
  const bytes: string[] = [];
  yield* until(
    new Promise<void>((resolve) => {
      socket.on("data", (data) => bytes.push(String(data)));
      socket.on("close", () => resolve());
      socket.on("end", () => socket.destroy());
    }),
  );
  assertEquals(bytes.join(""), "the last line\n");
  yield* server.shutdown();
});

ioTest("a server and its clients leave no file descriptor", function* (reports) {
  const server = yield* startServer(echo, LOCALHOST, 0);
  const client = yield* rudeClient(portOf(server));
  client.end();
  yield* until(client.closed);
  yield* eventually(() => allTasks().size === 1);
  const before = countFiles();
  for (let i = 0; i < 30; i++) {
    const client = yield* rudeClient(portOf(server));
    if (i % 2 === 0) client.send("line\n");
    if (i % 3 === 0) client.end();
    else client.reset();
    yield* until(client.closed);
  }
  yield* eventually(() => allTasks().size === 1 && countFiles() <= before);
  yield* server.shutdown();
  yield* eventually(() => countFiles() < before);
  takeResets(reports);
}, { ignore: Deno.build.os !== "linux" });

Deno.test({
  name: "a server that is out of file descriptors says so, and tries again",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const source = `
      import { openConnection, startServer } from ${
      JSON.stringify(import.meta.resolve("../../../net.ts"))
    };
      const messages = new Set();
      await asyncio.run(function* () {
        const server = yield* startServer((reader) => reader.read(), "127.0.0.1", 0);
        const files = [];
        const first = yield* openConnection("127.0.0.1", server.sockname.port);
        yield* asyncio.sleep(50);
        // One is left, for the client.
        for (;;) {
          try {
            files.push(Deno.openSync("/dev/null"));
          } catch {
            files.pop().close();
            break;
          }
        }
        const connected = yield* openConnection("127.0.0.1", server.sockname.port);
        while (messages.size === 0) yield* asyncio.sleep(10);
        for (const file of files) file.close();
        const handlers = asyncio.allTasks().size;
        while (asyncio.allTasks().size === handlers) yield* asyncio.sleep(10);
      }, {
        exceptionHandler({ message, exception }) {
          messages.add(message + ": " + exception.name + " " + exception.code);
        },
      });
      console.log(...messages);
    `;
    const { out, err } = await program(
      `if (Deno.args.length === 0) {
        const child = new Deno.Command("sh", {
          args: ["-c", 'ulimit -n 128; exec "$0" run --no-check --no-config -A --ext=ts - x', Deno.execPath()],
          stdin: "piped",
          stdout: "inherit",
        }).spawn();
        const input = child.stdin.getWriter();
        await input.write(new TextEncoder().encode(${
        JSON.stringify(
          `import * as asyncio from ${
            JSON.stringify(import.meta.resolve("../../../mod.ts"))
          };\n${source}`,
        )
      }));
        await input.close();
        await child.status;
      }`,
      ["-A"],
    );
    assertEquals(
      out + err,
      "A server could not accept a connection, and will try again: OSError EMFILE\n",
    );
  },
});
