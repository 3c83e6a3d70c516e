/**
 * Writing: what is kept, what waits, and what a broken connection says.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  CancelledError,
  createTask,
  gather,
  InvalidStateError,
  sleep,
  until,
  waitFor,
} from "../../../mod.ts";
import {
  openConnection,
  OSError,
  startServer,
  type StreamReader,
  type StreamWriter,
} from "../../../net.ts";
import { eventually, failure, ioTest, text, TurnCounter, turns } from "../support.ts";
import { connectedPair, LOCALHOST, portOf, rudeClient } from "./support.ts";

/** More than all buffers on the way can hold. */
const MUCH = 30_000_000;

/** Reads up to the end, and counts. */
function* countBytes(reader: StreamReader) {
  let count = 0;
  for (;;) {
    const { length } = yield* reader.read(100_000);
    if (length === 0) return count;
    count += length;
  }
}

ioTest("data may be changed as soon as it is written", function* () {
  const { client, served } = yield* connectedPair();
  const data = new Uint8Array(100_000).fill(1);
  for (let i = 1; i <= 5; i++) {
    data.fill(i);
    client.writer.write(data);
  }
  data.fill(9);
  for (let i = 1; i <= 5; i++) {
    const bytes = yield* served.reader.readexactly(data.length);
    assert(bytes.every((byte) => byte === i));
  }
});

ioTest("many small writes arrive in their order", function* () {
  const { client, served } = yield* connectedPair();
  const written: string[] = [];
  for (let i = 0; i < 5000; i++) {
    written.push(`${i},`);
    client.writer.write(written[i]);
  }
  client.writer.close();
  assertEquals(yield* text(served.reader.read()), written.join(""));
});

ioTest("drain() gives up no turn when it needn't wait", function* () {
  const { client } = yield* connectedPair();
  using counter = new TurnCounter();
  client.writer.write(new Uint8Array(65_536));
  assertEquals(yield* counter.during(() => client.writer.drain()), 0);
});

ioTest("drain() waits for a peer that doesn't read, as many tasks as want", function* () {
  const { client, served } = yield* connectedPair();
  client.writer.write(new Uint8Array(MUCH));
  const drains = [1, 2, 3].map(() => createTask(client.writer.drain()));
  yield* sleep(50);
  assert(drains.every((task) => !task.done()));
  drains[1].cancel();
  yield* failure(CancelledError, drains[1]);
  const counting = createTask(countBytes(served.reader));
  yield* gather(drains[0], drains[2]);
  client.writer.close();
  assertEquals(yield* counting, MUCH);
});

ioTest("a writer that drains goes no faster than its reader", function* () {
  const { client, served } = yield* connectedPair();
  let written = 0;
  const writing = createTask(function* () {
    for (;;) {
      client.writer.write(new Uint8Array(50_000));
      written += 50_000;
      yield* client.writer.drain();
    }
  });
  let before = -1;
  while (written !== before) {
    before = written;
    yield* sleep(50);
  }
  assert(written < MUCH);
  // The reader has taken no more than twice its limit, and what one more read may bring.
  assert(served.reader["_buffer"].length <= 3 * 65_536);
  yield* served.reader.readexactly(written - 100_000);
  yield* eventually(() => written > before);
  writing.cancel();
});

ioTest("abort() frees those who wait, and drops what is unsent", function* () {
  const { client, served } = yield* connectedPair();
  client.writer.write(new Uint8Array(MUCH));
  const draining = createTask(client.writer.drain());
  const reading = createTask(client.reader.read());
  const closed = createTask(client.writer.waitClosed());
  yield* sleep(20);
  client.writer.abort();
  client.writer.abort();
  assertEquals((yield* failure(OSError, draining)).code, "ECONNABORTED");
  assertEquals((yield* failure(OSError, client.writer.drain())).code, "ECONNABORTED");
  assertEquals(yield* text(reading), "");
  yield* closed;
  assert(client.writer.isClosing());
  assertThrows(() => client.writer.write("x"), InvalidStateError, "aborted");
  // The other side sees an end or a reset, and not all of it.
  try {
    assert((yield* countBytes(served.reader)) < MUCH);
  } catch (error) {
    assertEquals((error as OSError).code, "ECONNRESET");
  }
});

ioTest("close() delivers what is buffered, however long that takes", function* () {
  const { client, served } = yield* connectedPair();
  client.writer.write(new Uint8Array(MUCH));
  client.writer.close();
  client.writer.close();
  assert(client.writer.isClosing());
  assertThrows(() => client.writer.write("x"), InvalidStateError, "closed");
  assertEquals(yield* text(client.reader.read()), "");
  const closed = [1, 2].map(() => createTask(client.writer.waitClosed()));
  yield* sleep(50);
  assert(closed.every((task) => !task.done()));
  closed[0].cancel();
  assertEquals(yield* countBytes(served.reader), MUCH);
  yield* closed[1];
  yield* client.writer.drain();
});

ioTest("writeEof() ends one direction only, after what is buffered", function* () {
  const { client, served } = yield* connectedPair();
  assert(client.writer.canWriteEof());
  client.writer.write(new Uint8Array(1_000_000));
  client.writer.writeEof();
  client.writer.writeEof();
  assertThrows(() => client.writer.write("x"), InvalidStateError, "writeEof");
  assertEquals(yield* countBytes(served.reader), 1_000_000);
  served.writer.write("still here\n");
  assertEquals(yield* text(client.reader.readline()), "still here\n");
  assert(!client.writer.isClosing() && !served.writer.isClosing());
  yield* served.writer.drain();
  served.writer.write("bye");
  served.writer.close();
  assertEquals(yield* text(client.reader.read()), "bye");
  client.writer.close();
  yield* client.writer.waitClosed();
});

ioTest("a connection that a peer resets says so to everybody", function* () {
  const served = Promise.withResolvers<[StreamReader, StreamWriter]>();
  const server = yield* startServer(
    (reader, writer) => {
      served.resolve([reader, writer]);
      return new Promise(() => {});
    },
    LOCALHOST,
    0,
  );
  const client = yield* rudeClient(portOf(server));
  const [reader, writer] = yield* until(served.promise);
  client.send("abc");
  assertEquals(yield* text(reader.read(3)), "abc");
  writer.write(new Uint8Array(MUCH));
  const waits = [createTask(reader.readexactly(5)), createTask(writer.drain())];
  const closed = createTask(writer.waitClosed());
  yield* sleep(20);
  client.reset();
  for (const task of [...waits, closed]) {
    const { code } = yield* failure(OSError, task as typeof closed);
    assert(["ECONNRESET", "EPIPE"].includes(code), code);
  }
  // Written into the void, as in asyncio: drain() tells.
  writer.write("x");
  yield* failure(OSError, writer.drain());
  yield* failure(OSError, reader.read());
  yield* failure(OSError, writer.waitClosed());
  assert(writer.isClosing());
  writer.close();
  assertThrows(() => writer.write("x"), InvalidStateError);
  yield* server.shutdown(0);
});

ioTest("a peer that goes after all was delivered is no error for waitClosed()", function* () {
  const { client, served } = yield* connectedPair();
  client.writer.write("all of it\n");
  assertEquals(yield* text(served.reader.readline()), "all of it\n");
  served.writer.close();
  yield* served.writer.waitClosed();
  assertEquals(yield* text(client.reader.read()), "");
  client.writer.close();
  yield* client.writer.waitClosed();
});

ioTest(
  "a reset after that is none either, until a read has thrown it or a write was lost",
  function* () {
    const ends: [StreamReader, StreamWriter][] = [];
    const server = yield* startServer(
      (reader, writer) => {
        ends.push([reader, writer]);
        return new Promise(() => {});
      },
      LOCALHOST,
      0,
    );
    for (let i = 0; i < 3; i++) {
      const client = yield* rudeClient(portOf(server));
      yield* eventually(() => ends.length > i);
      const [reader, writer] = ends[i];
      writer.write("all of it\n");
      yield* sleep(10);
      client.reset();
      yield* eventually(() => writer.isClosing());
      if (i === 1) yield* failure(OSError, reader.read());
      if (i === 2) writer.write("lost");
      if (i === 0) yield* writer.waitClosed();
      else assertEquals((yield* failure(OSError, writer.waitClosed())).code, "ECONNRESET");
      assertEquals((yield* failure(OSError, writer.drain())).code, "ECONNRESET");
      writer.close();
    }
    yield* server.shutdown(0);
  },
);

ioTest("an end that the peer has sent leaves this direction open", function* () {
  const { client, served } = yield* connectedPair();
  client.writer.writeEof();
  assertEquals(yield* text(served.reader.read()), "");
  assert(served.reader.atEof() && !served.writer.isClosing());
  for (let i = 0; i < 10; i++) {
    served.writer.write(`${i}\n`);
    yield* served.writer.drain();
    assertEquals(yield* text(client.reader.readline()), `${i}\n`);
  }
});

ioTest("a read that is cancelled in the middle loses no byte of the network's", function* () {
  const { client, served } = yield* connectedPair();
  const sent = new Uint8Array(200_000).map((_, i) => i % 251);
  const sending = createTask(function* () {
    for (let i = 0; i < sent.length; i += 997) {
      client.writer.write(sent.subarray(i, i + 997));
      if (i % 7 === 0) yield* sleep(1);
    }
    client.writer.close();
  });
  const received: number[] = [];
  while (received.length < sent.length) {
    const count = Math.min(3000, sent.length - received.length);
    const task = createTask(served.reader.readexactly(count));
    yield* turns(2);
    task.cancel();
    try {
      received.push(...yield* task);
    } catch (error) {
      assert(error instanceof CancelledError);
      received.push(...yield* waitFor(served.reader.readexactly(count), "10s"));
    }
  }
  yield* sending;
  assertEquals(received, [...sent]);
});

ioTest("what has come is kept up to twice the limit while nobody reads", function* () {
  const { client, served } = yield* connectedPair({ limit: 1000 });
  client.writer.write(new Uint8Array(MUCH / 10));
  yield* eventually(() => served.reader["_paused"]);
  const { length } = served.reader["_buffer"];
  assert(length > 2000 && length < 200_000, `${length}`);
  client.writer.close();
  assertEquals(yield* countBytes(served.reader), MUCH / 10);
});

ioTest("await using closes a writer and waits for that", function* () {
  const { client, served, server, leave } = yield* connectedPair();
  yield* until((async () => {
    await using writer = client.writer;
    writer.write("bye");
  })());
  assertEquals(yield* text(served.reader.read()), "bye");
  assert(client.writer.isClosing());
  leave();
  const [, writer] = yield* openConnection(LOCALHOST, portOf(server));
  writer.close();
  yield* until((async () => {
    await using closing = server;
    assert(closing.isServing());
  })());
  assert(!server.isServing());
});

ioTest("what is no data is refused at the call", function* () {
  const { client } = yield* connectedPair();
  const wrong = (data: unknown) => data as string;
  for (const data of [5, null, undefined, [1], new ArrayBuffer(1)]) {
    assertThrows(() => client.writer.write(wrong(data)), TypeError, "data");
  }
  assertThrows(() => client.writer.writelines(["a", wrong(5)]), TypeError, "data");
  assertThrows(() => client.writer.writelines(wrong("text")), TypeError, "list");
  assertThrows(() => client.writer.writelines(wrong(5) as never), TypeError, "list");
});
