/**
 * TLS, both ways.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import net from "node:net";
import tls from "node:tls";
import { allTasks, createTask, sleep, until, waitFor } from "../../../mod.ts";
import { openConnection, OSError, startServer } from "../../../net.ts";
import { makeCertificates } from "../../certificates.ts";
import { eventually, failure, ioTest, text } from "../support.ts";
import { connectedPair, LOCALHOST, portOf, rudeClient } from "./support.ts";

const certificates = await makeCertificates();
const expired = await makeCertificates({ expired: true });
const trusting = { caCerts: [certificates.ca] };

ioTest("a TLS client and server talk, and end one direction after the other", function* () {
  const { client, served, server, leave } = yield* connectedPair(
    { tls: certificates },
    { tls: trusting },
  );
  client.writer.write("hello\n");
  assertEquals(yield* text(served.reader.readline()), "hello\n");
  assert(client.writer.canWriteEof());
  client.writer.write(new Uint8Array(1_000_000));
  client.writer.writeEof();
  assertEquals((yield* served.reader.read()).length, 1_000_000);
  served.writer.write("and back");
  served.writer.close();
  assertEquals(yield* text(client.reader.read()), "and back");
  client.writer.close();
  yield* client.writer.waitClosed();
  leave();
  yield* server.shutdown();
});

ioTest("close() says goodbye, so that the other side sees an end", function* () {
  const { client, served } = yield* connectedPair({ tls: certificates }, { tls: trusting });
  client.writer.write(new Uint8Array(3_000_000));
  client.writer.close();
  assertEquals((yield* served.reader.read()).length, 3_000_000);
  yield* client.writer.waitClosed();
});

ioTest("who has said goodbye still gets everything, however slowly it reads", function* () {
  const { client, served } = yield* connectedPair({ tls: certificates }, { tls: trusting });
  client.writer.writeEof();
  assertEquals((yield* served.reader.read()).length, 0);
  const size = 1_000_000;
  served.writer.write(new Uint8Array(size));
  served.writer.close();
  let count = 0;
  for (let part = 1; part > 0; count += part) {
    part = (yield* client.reader.read(20_000)).length;
    yield* sleep(2);
  }
  assertEquals(count, size);
  client.writer.close();
  yield* client.writer.waitClosed();
});

ioTest("a name can be verified that is not the one connected to", function* () {
  const named = yield* until(makeCertificates({ names: ["service.test"] }));
  const server = yield* startServer((_reader, writer) => writer.write("hi"), LOCALHOST, 0, {
    tls: named,
  });
  const [reader, writer] = yield* openConnection(LOCALHOST, portOf(server), {
    tls: { hostname: "service.test", caCerts: [named.ca] },
  });
  assertEquals(yield* text(reader.read()), "hi");
  writer.close();
  const wrong = openConnection(LOCALHOST, portOf(server), { tls: { caCerts: [named.ca] } });
  assertEquals((yield* failure(OSError, wrong)).code, "EPROTO");
  const impossible = { hostname: "no name", caCerts: [named.ca] };
  const never = openConnection(LOCALHOST, portOf(server), { tls: impossible });
  assertEquals((yield* failure(OSError, never)).code, "EPROTO");
  yield* server.shutdown();
});

ioTest("a certificate that nobody vouches for, or that is old, is EPROTO", function* () {
  for (
    const [own, options] of [[certificates, true], [expired, { caCerts: [expired.ca] }]] as const
  ) {
    const server = yield* startServer(() => {}, LOCALHOST, 0, { tls: own });
    const error = yield* failure(
      OSError,
      openConnection(LOCALHOST, portOf(server), { tls: options as true }),
    );
    assertEquals(error.code, "EPROTO");
    yield* server.shutdown();
  }
});

ioTest("a server that speaks no TLS is EPROTO, one that hangs up ECONNRESET", function* () {
  const plain = yield* startServer(
    (_reader, writer) => writer.write("hi\n".repeat(10)),
    LOCALHOST,
    0,
  );
  const error = yield* failure(
    OSError,
    openConnection(LOCALHOST, portOf(plain), { tls: trusting }),
  );
  assertEquals(error.code, "EPROTO");
  yield* plain.shutdown();
  const silent = yield* startServer(() => {}, LOCALHOST, 0);
  const second = yield* failure(
    OSError,
    openConnection(LOCALHOST, portOf(silent), { tls: trusting }),
  );
  assertEquals(second.code, "ECONNRESET");
  yield* silent.shutdown();
});

ioTest("a bad certificate or key is EPROTO where a server is started", function* () {
  for (const own of [{ cert: "x", key: "y" }, { cert: certificates.cert, key: expired.key }]) {
    const starting = startServer(() => {}, LOCALHOST, 0, { tls: own });
    assertEquals((yield* failure(OSError, starting)).code, "EPROTO");
  }
});

ioTest("protocols are negotiated, and where there is none in common it is EPROTO", function* () {
  const { client, served, server } = yield* connectedPair(
    { tls: { ...certificates, alpnProtocols: ["second", "first"] } },
    { tls: { ...trusting, alpnProtocols: ["first", "third"] } },
  );
  client.writer.write("x");
  assertEquals(yield* text(served.reader.read(1)), "x");
  const socket = tls.connect({
    port: portOf(server),
    host: LOCALHOST,
    ca: certificates.ca,
    ALPNProtocols: ["second"],
  });
  yield* until(new Promise<void>((resolve) => socket.once("secureConnect", () => resolve())));
  assertEquals(socket.alpnProtocol, "second");
  socket.destroy();
  const refused = openConnection(LOCALHOST, portOf(server), {
    tls: { ...trusting, alpnProtocols: ["third"] },
  });
  assertEquals((yield* failure(OSError, refused)).code, "EPROTO");
});

ioTest("clients that break the handshake, or never begin it, cost nobody anything", function* () {
  const server = yield* startServer((_reader, writer) => writer.write("hi"), LOCALHOST, 0, {
    tls: certificates,
  });
  const silent = yield* rudeClient(portOf(server));
  for (let i = 0; i < 10; i++) {
    const client = yield* rudeClient(portOf(server));
    if (i % 2 === 0) client.send("GET / HTTP/1.1\r\n\r\n");
    if (i % 3 === 0) client.reset();
    if (i % 3 === 1) client.end();
    const [reader, writer] = yield* openConnection(LOCALHOST, portOf(server), { tls: trusting });
    assertEquals(yield* text(reader.read()), "hi");
    writer.close();
    client.end();
  }
  yield* eventually(() => allTasks().size === 1);
  // The one that has said nothing holds nothing up.
  yield* waitFor(server.shutdown(), "10s");
  silent.end();
});

ioTest("a TLS peer that goes without a goodbye is ECONNRESET, not an end", function* () {
  // A proxy that hangs up in the middle.
  const { server } = yield* connectedPair({ tls: certificates }, { tls: trusting });
  const sockets: net.Socket[] = [];
  const proxy = net.createServer((socket) => {
    const onward = net.connect(portOf(server), LOCALHOST);
    for (const each of [socket, onward]) {
      sockets.push(each);
      each.on("error", () => {});
    }
    socket.pipe(onward).pipe(socket);
  });
  yield* until(new Promise<void>((resolve) => proxy.listen(0, LOCALHOST, () => resolve())));
  const { port } = proxy.address() as { port: number };
  const [reader, writer] = yield* openConnection(LOCALHOST, port, { tls: trusting });
  writer.write("abc");
  const reading = createTask(reader.read());
  yield* sleep(20);
  for (const socket of sockets) socket.end();
  assertEquals((yield* failure(OSError, reading)).code, "ECONNRESET");
  yield* failure(OSError, writer.waitClosed());
  for (const socket of sockets) socket.destroy();
  yield* until(new Promise<void>((resolve) => proxy.close(() => resolve())));
});
