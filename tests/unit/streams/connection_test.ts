/**
 * What a connection asks of the host, and when: over a channel that the test moves by hand.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { createTask, DeadlockError, Event, type Operation, run, until } from "../../../mod.ts";
import type { ByteChannel, Bytes } from "../../../src/host/bytes.ts";
import { currentKernel } from "../../../src/kernel/current.ts";
import { Connection } from "../../../src/streams/connection.ts";
import { VirtualClock } from "../../../testing.ts";
import { failure, test, turns } from "../support.ts";
import { OSError } from "../../../src/streams/os_error.ts";

/** The host's side of a channel: what it was asked for, to be answered by hand. */
class Hand implements ByteChannel {
  readonly source = this;
  readonly sink = this;
  reading:
    | { buffer: Bytes; done: (count: number | null) => void; fail: (e: unknown) => void }
    | null = null;
  writing: { data: Bytes; done: (count: number) => void } | null = null;
  ending: (() => void) | null = null;
  isClosed = false;

  read(buffer: Bytes, done: (count: number | null) => void, fail: (error: unknown) => void): void {
    assert(this.reading === null, "One read at a time");
    this.reading = { buffer, done, fail };
  }

  write(data: Bytes, done: (count: number) => void): void {
    assert(this.writing === null, "One write at a time");
    this.writing = { data, done };
  }

  end(done: () => void): void {
    this.ending = done;
  }

  close(): void {
    this.isClosed = true;
  }

  codeOf(error: unknown): string | null {
    return typeof error === "string" ? error : null;
  }

  /** Has so many bytes arrive; returns how many there was room for. */
  receive(count: number): number {
    const { buffer, done } = this.reading!;
    this.reading = null;
    const received = Math.min(count, buffer.length);
    done(received);
    return received;
  }

  /** Takes so many bytes; without a number all that it was given. */
  take(count = this.writing!.data.length): Bytes {
    const { data, done } = this.writing!;
    const taken = data.slice(0, count);
    this.writing = null;
    done(count);
    return taken;
  }
}

function connect(limit = 1000): { host: Hand } & Connection {
  const host = new Hand();
  const connection = new Connection(currentKernel(), host, { limit, what: "the test" });
  return Object.assign(connection, { host });
}

/** Has the host do what it has to do once this slice of the loop is over. */
function hostTurn(): Operation<unknown> {
  return until(new Promise((resolve) => setTimeout(resolve)));
}

test("drain() waits above 65,536 bytes, and until there are 16,384", function* () {
  const { writer, host } = connect();
  writer.write(new Uint8Array(65_536));
  yield* writer.drain();
  writer.write("x");
  const task = createTask(writer.drain());
  yield* turns(3);
  host.take(49_152);
  yield* turns(3);
  // There are 16,385 left.
  assert(!task.done());
  host.take(1);
  yield* turns(3);
  assert(task.done());
  writer.abort();
});

test("what is written while the host is busy goes in few pieces, each byte once", function* () {
  const { writer, host } = connect();
  const sent: number[] = [];
  for (let i = 0; i < 250; i++) writer.write(Uint8Array.of(i, i, i));
  assertEquals(host.writing!.data.length, 3);
  sent.push(...host.take(1));
  let writes = 1;
  for (; host.writing !== null; writes++) sent.push(...host.take());
  assertEquals(sent, Array.from({ length: 750 }, (_, i) => Math.floor(i / 3)));
  assert(writes <= 3, `${writes} writes`);
  yield* hostTurn();
  writer.abort();
});

test("reading stops above twice the limit, and goes on at the limit", function* () {
  const { reader, host } = connect(1000);
  yield* hostTurn();
  let received = 0;
  while (host.reading !== null) {
    received += host.receive(700);
    yield* hostTurn();
  }
  assertEquals(received, 2100);
  yield* reader.readexactly(1099);
  assertEquals(host.reading, null);
  yield* reader.readexactly(1);
  assert(host.reading !== null);
  // Who waits for more gets it.
  const task = createTask(reader.readexactly(5000));
  for (; received < 6100; yield* hostTurn()) received += host.receive(700);
  assertEquals((yield* task).length, 5000);
});

test("a task that was woken has its turn before the host is asked for more", function* () {
  const { reader, writer, host } = connect();
  const log: string[] = [];
  createTask(function* () {
    yield* reader.read(10);
    log.push(`answers while ${host.reading === null ? "nothing" : "something"} is asked for`);
    writer.write("answer");
  });
  yield* hostTurn();
  host.receive(5);
  yield* turns(2);
  assertEquals(log, ["answers while nothing is asked for"]);
  writer.abort();
});

test("an end, a failure and a close each say so to whoever waits", function* () {
  const ended = connect();
  yield* hostTurn();
  ended.host.reading!.done(null);
  assertEquals((yield* ended.reader.read()).length, 0);
  assert(!ended.writer.isClosing());

  const broken = connect();
  yield* hostTurn();
  broken.host.receive(3);
  yield* hostTurn();
  broken.host.reading!.fail("ECONNRESET");
  assert(broken.host.isClosed);
  const error = yield* failure(OSError, broken.reader.read(1));
  assertEquals([error.code, error.message], [
    "ECONNRESET",
    "Cannot read from the test: ECONNRESET",
  ]);
  yield* failure(OSError, broken.writer.waitClosed());

  const closed = connect();
  closed.writer.write("abc");
  closed.writer.writeEof();
  closed.writer.close();
  assert(!closed.host.isClosed && closed.host.ending === null);
  closed.host.take();
  assert(!closed.host.isClosed && closed.host.ending !== null);
  closed.host.ending!();
  assert(closed.host.isClosed);
  yield* closed.writer.waitClosed();
});

Deno.test("a loop waits for its connections while they are open, and no longer", async () => {
  const kernels: number[] = [];
  const main = function* () {
    const kernel = currentKernel();
    const { writer } = connect();
    kernels.push(kernel.hostWaits);
    writer.close();
    kernels.push(kernel.hostWaits);
    yield* new Event().wait();
  };
  let caught: unknown;
  await run(main, { clock: new VirtualClock() }).catch((error) => caught = error);
  assert(caught instanceof DeadlockError);
  assertEquals(kernels[0] - kernels[1], 1);
});

Deno.test("a loop that closes takes its connections along", async () => {
  const hosts: Hand[] = [];
  await run(function* () {
    hosts.push(connect().host);
    yield* hostTurn();
  });
  assert(hosts[0].isClosed);
});
