/**
 * Connecting, and what comes of it when that fails or is given up.
 *
 * @module
 */

import { assert, assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import {
  createTask,
  InvalidStateError,
  run,
  sleep,
  TimeoutError,
  until,
  waitFor,
} from "../../../mod.ts";
import {
  openConnection,
  openUnixConnection,
  OSError,
  startServer,
  startUnixServer,
} from "../../../net.ts";
import { eventually, failure, ioTest, program, text } from "../support.ts";
import { connectedPair, countFiles, LOCALHOST, portOf } from "./support.ts";

ioTest("a client and a server talk, and know each other's addresses", function* () {
  const { client, served, server, leave } = yield* connectedPair();
  client.writer.write("hello\n");
  assertEquals(yield* text(served.reader.readline()), "hello\n");
  served.writer.writelines(["good ", new TextEncoder().encode("day"), "\n"]);
  assertEquals(yield* text(client.reader.readline()), "good day\n");
  assertEquals(client.writer.peername, server.sockname);
  assertEquals(served.writer.sockname, server.sockname);
  assertEquals(client.writer.sockname, served.writer.peername);
  assertEquals(
    String(client.writer),
    `StreamWriter to 127.0.0.1:${portOf(server)} open`,
  );
  leave();
  assertEquals(yield* text(client.reader.read()), "");
  client.writer.close();
  yield* client.writer.waitClosed();
  yield* server.shutdown();
});

ioTest("what the system refuses is an OSError that says what was refused", function* () {
  const listening = yield* startServer(() => {}, LOCALHOST, 0);
  const port = portOf(listening);
  listening.close();
  yield* listening.waitClosed();
  const refused = yield* failure(OSError, openConnection(LOCALHOST, port));
  assertEquals(refused.code, "ECONNREFUSED");
  assertEquals(refused.name, "OSError");
  assert(refused.message.startsWith(`Cannot connect to 127.0.0.1:${port}: `), refused.message);
  assertInstanceOf(refused.cause, Error);
  assert(refused.stack!.includes("open_connection_test"), refused.stack);
  for (const hostname of ["no-such-host.invalid", "no host", "x".repeat(300)]) {
    const unknown = yield* failure(OSError, openConnection(hostname, port));
    assertEquals(unknown.code, "ENOTFOUND");
  }
  const missing = yield* failure(OSError, openUnixConnection("/nowhere/at.all"));
  assertEquals(missing.code, "ENOENT");
});

ioTest("a connect that is cancelled leaves nothing open, even if it comes through", function* () {
  const server = yield* startServer((reader) => reader.read(), LOCALHOST, 0);
  const { port } = server.sockname as { port: number };
  for (let i = 0; i < 20; i++) {
    const task = createTask(openConnection(LOCALHOST, port));
    for (let turn = 0; turn < i % 4; turn++) yield;
    if (i >= 15) yield* sleep(i - 15);
    // Where it was done already, the connection is this test's to close.
    if (task.done()) task.result()[1].abort();
    else task.cancel();
  }
  // The server's handlers end when their clients are gone.
  server.close();
  yield* waitFor(server.waitClosed(), "10s");
});

ioTest("a time limit ends a connect to a server that accepts nobody", function* () {
  const silent = Deno.listen({ hostname: LOCALHOST, port: 0 });
  try {
    const { port } = silent.addr;
    // Its TLS handshake is never answered.
    const connect = openConnection(LOCALHOST, port, { tls: true });
    yield* failure(TimeoutError, waitFor(connect, 50));
  } finally {
    silent.close();
  }
});

ioTest(
  "Unix sockets do the same",
  function* () {
    const folder = yield* until(Deno.makeTempDir());
    const path = `${folder}/test.sock`;
    const server = yield* startUnixServer(function* (reader, writer) {
      assertEquals(writer.sockname, { path });
      writer.write(yield* reader.readline());
    }, path);
    assertEquals(server.sockname, { path });
    const taken = yield* failure(OSError, startUnixServer(() => {}, path));
    assertEquals(taken.code, "EADDRINUSE");
    const nowhere = yield* failure(OSError, startUnixServer(() => {}, `${folder}/no/test.sock`));
    assertEquals(nowhere.code, "ENOENT");
    const [reader, writer] = yield* openUnixConnection(path);
    assertEquals(writer.peername, { path });
    writer.write("hello\nand more");
    assertEquals(yield* text(reader.read()), "hello\n");
    writer.close();
    yield* server.shutdown();
    const gone = yield* failure(OSError, openUnixConnection(path));
    assert(["ENOENT", "ECONNREFUSED"].includes(gone.code), gone.code);
    yield* until(Deno.remove(folder, { recursive: true }));
  },
  { ignore: Deno.build.os === "windows" },
);

ioTest("connections leave no file descriptor", function* () {
  const server = yield* startServer((reader) => reader.read(), LOCALHOST, 0);
  const open = function* () {
    const [, writer] = yield* openConnection(LOCALHOST, portOf(server));
    return writer;
  };
  (yield* open()).close();
  yield* sleep(20);
  const before = countFiles();
  for (let i = 0; i < 30; i++) {
    const writer = yield* open();
    if (i % 2 === 0) writer.close();
    else writer.abort();
    yield* writer.waitClosed();
  }
  yield* eventually(() => countFiles() <= before);
  yield* server.shutdown();
  yield* eventually(() => countFiles() < before);
}, { ignore: Deno.build.os !== "linux" });

Deno.test("a loop that ends closes what is open, and then the process ends", async () => {
  const { code, out, err } = await program(
    `
      import { openConnection, startServer } from ${
      JSON.stringify(import.meta.resolve("../../../net.ts"))
    };
      let ended = 0;
      await asyncio.run(function* () {
        const server = yield* startServer(function* (reader) {
          try {
            yield* reader.read();
          } finally {
            ended++;
          }
        }, "127.0.0.1", 0);
        const [reader, writer] = yield* openConnection("127.0.0.1", server.sockname.port);
        asyncio.createTask(reader.readexactly(5));
        writer.write("abc");
        yield* asyncio.sleep(20);
        // Nobody will read what is sent here.
        writer.write(new Uint8Array(10_000_000));
      });
      console.log("ended", ended);
    `,
    ["--allow-net"],
  );
  assertEquals({ code, out, err }, { code: 0, out: "ended 1\n", err: "" });
});

Deno.test("a stream whose loop is closed keeps nobody waiting", async () => {
  const left = await run(function* () {
    const server = yield* startServer((reader) => reader.read(), LOCALHOST, 0);
    return yield* openConnection(LOCALHOST, portOf(server));
  });
  await run(function* () {
    const [reader, writer] = left;
    const { message } = yield* failure(InvalidStateError, reader.read());
    assertEquals(message, "The event loop of the stream is closed");
    yield* failure(InvalidStateError, writer.drain());
    yield* writer.waitClosed();
  });
});

Deno.test("what is no argument is refused at the call", () => {
  const wrong = <T>(value: unknown) => value as T;
  assertThrows(() => openConnection("", 1), RangeError, "hostname");
  assertThrows(() => openConnection(wrong(null), 1), TypeError, "hostname");
  assertThrows(
    () => openConnection(LOCALHOST, 0),
    RangeError,
    "port must be a whole number from 1",
  );
  assertThrows(() => openConnection("a\0b", 1), RangeError, "hostname must have no zero");
  assertThrows(() => openUnixConnection("/tmp/a\0b"), RangeError, "path must have no zero");
  assertThrows(() => startUnixServer(() => {}, "\0"), RangeError, "path");
  for (const port of [-1, 65_536, 1.5, NaN]) {
    assertThrows(() => openConnection(LOCALHOST, port), RangeError, "port");
    assertThrows(() => startServer(() => {}, LOCALHOST, port), RangeError, "port");
  }
  assertThrows(() => openConnection(LOCALHOST, wrong("80")), TypeError, "port");
  assertThrows(() => openConnection(LOCALHOST, 80, wrong(1)), TypeError, "options");
  assertThrows(() => openConnection(LOCALHOST, 80, { limit: 0 }), RangeError, "limit");
  assertThrows(() => openConnection(LOCALHOST, 80, { tls: wrong("yes") }), TypeError, "tls");
  assertThrows(
    () => openConnection(LOCALHOST, 80, { tls: { caCerts: wrong("pem") } }),
    TypeError,
    "tls.caCerts",
  );
  assertThrows(() => openUnixConnection(""), RangeError, "path");
  assertThrows(() => openUnixConnection(wrong({})), TypeError, "path");
  assertThrows(() => startServer(wrong(null), LOCALHOST, 0), TypeError, "handler");
  assertThrows(() => startServer(() => {}, "", 0), RangeError, "hostname");
  assertThrows(() => startServer(() => {}, null, 0, { backlog: 0 }), RangeError, "backlog");
  assertThrows(
    () => startServer(() => {}, null, 0, { reusePort: wrong(1) }),
    TypeError,
    "reusePort",
  );
  assertThrows(() => startServer(() => {}, null, 0, { tls: wrong(true) }), TypeError, "tls");
  assertThrows(
    () => startServer(() => {}, null, 0, { tls: { cert: "x", key: wrong(5) } }),
    TypeError,
    "tls.key",
  );
  assertThrows(() => startUnixServer(() => {}, wrong(5)), TypeError, "path");
});
