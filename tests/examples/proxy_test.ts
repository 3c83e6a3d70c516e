/**
 * The proxy, between clients and servers of the test's own.
 *
 * @module
 */

import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { assertEquals, assertLess } from "@std/assert";
import { type Running, spawnExample } from "./spawn.ts";

const MEGABYTE = 2 ** 20;

/** A server, and the proxy in front of it. */
class Fixture implements AsyncDisposable {
  readonly process: Running;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;

  constructor(server: Server, port: number) {
    this.#server = server;
    this.process = spawnExample("proxy.ts", {
      args: ["0", "127.0.0.1", `${port}`],
      permissions: ["--allow-net=127.0.0.1"],
    });
  }

  static async start(serve: (socket: Socket) => void): Promise<Fixture> {
    const server = createServer({ allowHalfOpen: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const fixture = new Fixture(server, port);
    server.on("connection", (socket) => {
      fixture.#keep(socket);
      serve(socket);
    });
    const [, ours] = await fixture.process.stdoutMatches(/port: (\d+)/);
    fixture.#port = Number(ours);
    return fixture;
  }

  async connect(): Promise<Socket> {
    const socket = connect({ port: this.#port, host: "127.0.0.1", allowHalfOpen: true });
    this.#keep(socket);
    await once(socket, "connect");
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on("error", () => {}); // the tests look at "close"
  }
}

async function readAll(socket: Socket): Promise<string> {
  let text = "";
  socket.setEncoding("utf8");
  socket.on("data", (piece: string) => text += piece);
  await once(socket, "end");
  return text;
}

Deno.test("proxy.ts passes on what is said, and an end, after which there may be an answer", async () => {
  await using proxy = await Fixture.start(async (socket) => {
    const text = await readAll(socket);
    socket.end(text.toUpperCase());
  });
  const clients = await Promise.all(Array.from({ length: 20 }, () => proxy.connect()));
  const answers = clients.map((client, i) => {
    client.write(`hello `);
    client.end(`from ${i}`);
    return readAll(client);
  });
  assertEquals(await Promise.all(answers), clients.map((_, i) => `HELLO FROM ${i}`));

  proxy.process.kill("SIGINT");
  const { code, stderr } = await proxy.process.output();
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
});

Deno.test("proxy.ts doesn't read faster than the other side does", async () => {
  const served = Promise.withResolvers<Socket>();
  await using proxy = await Fixture.start((socket) => served.resolve(socket.pause()));
  const client = await proxy.connect();
  const block = new Uint8Array(MEGABYTE);
  let sent = 0;
  const sending = (async () => {
    while (sent < 100) {
      if (!client.write(block)) await once(client, "drain");
      sent++;
    }
    client.end();
  })();
  const socket = await served.promise;

  // The system's buffers take some. It has stopped when nothing more goes out for a while.
  for (let before = -1; before !== sent;) {
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assertLess(sent, 50);

  let received = 0;
  socket.on("data", ({ length }) => received += length);
  socket.resume();
  await Promise.all([sending, once(socket, "end")]);
  assertEquals(received, 100 * MEGABYTE);
});

Deno.test("proxy.ts breaks one side when the other one breaks", async () => {
  const served = Promise.withResolvers<Socket>();
  await using proxy = await Fixture.start((socket) => served.resolve(socket));
  const client = await proxy.connect();
  client.write("hello");
  const socket = await served.promise;
  await once(socket, "data");
  const closed = new Promise((resolve) => socket.once("close", resolve));
  client.resetAndDestroy();
  await once(socket, "end");
  // It is gone, and not only ended: what is sent there comes to nobody.
  const talking = setInterval(() => socket.write("are you there?"), 10);
  await closed;
  clearInterval(talking);

  proxy.process.kill("SIGINT");
  const { code, stderr } = await proxy.process.output();
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
});
