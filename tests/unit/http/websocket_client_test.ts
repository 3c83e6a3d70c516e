/**
 * WebSockets on the client's side, against servers of the host's and against those that misbehave.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  CancelledError,
  type Coroutine,
  createTask,
  gather,
  InvalidStateError,
  iterate,
  run,
  sleep,
  TimeoutError,
  until,
  waitFor,
} from "../../../mod.ts";
import {
  openWebSocket,
  WebSocketClosed,
  type WebSocketMessage,
  type WebSocketStream,
} from "../../../http.ts";
import { VirtualClock } from "../../../testing.ts";
import { failure, program, TurnCounter } from "../support.ts";
import { listenOnce } from "./servers.ts";
import { closePayload, Opcode, serveRaw, serveSockets } from "./websocket_peers.ts";

/** Sends back what it gets. */
function echo(socket: WebSocket): void {
  socket.onmessage = ({ data }) => socket.send(data);
}

/** Says some things when it opens, and closes. */
function saying(code: number, ...messages: (string | Uint8Array<ArrayBuffer>)[]) {
  return (socket: WebSocket) => {
    socket.onopen = () => {
      for (const message of messages) socket.send(message);
      socket.close(code, `code ${code}`);
    };
  };
}

/** Opens a socket, and gives the host's besides. */
function* openWithHost(url: string): Coroutine<[WebSocketStream, WebSocket]> {
  const original = WebSocket;
  let host: WebSocket;
  globalThis.WebSocket = class extends original {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      host = this as WebSocket;
    }
  };
  try {
    return [yield* openWebSocket(url), host!];
  } finally {
    globalThis.WebSocket = original;
  }
}

Deno.test("what is sent arrives as what it was: text as a string, bytes as bytes", async () => {
  await using server = serveSockets(echo);
  await run(function* () {
    const socket = yield* openWebSocket(server.url);
    const texts = ["hello", "", "äöü€𝄞", "x".repeat(100_000)];
    const bytes = [new Uint8Array([1, 2, 3]), new Uint8Array(0), new Uint8Array(100_000).fill(7)];
    for (const message of [...texts, ...bytes]) {
      yield* socket.send(message);
      assertEquals(yield* socket.receive(), message);
    }
    yield* socket.send(new Uint16Array([1, 2]).buffer);
    yield* socket.send(new Uint8Array([1, 2, 3]).subarray(1));
    assertEquals(yield* socket.receive(), new Uint8Array([1, 0, 2, 0]));
    assertEquals(yield* socket.receive(), new Uint8Array([2, 3]));
    socket.close();
    assertEquals(yield* socket.waitClosed(), { code: 1000, reason: "" });
  });
});

Deno.test("bytes may be changed as soon as they were sent", async () => {
  await using server = serveSockets(echo);
  await run(function* () {
    const socket = yield* openWebSocket(server.url);
    const bytes = new Uint8Array(1000).fill(1);
    const sending = socket.send(bytes);
    yield* sending;
    bytes.fill(2);
    assertEquals(yield* socket.receive(), new Uint8Array(1000).fill(1));
    socket.close();
    yield* socket.waitClosed();
  });
});

Deno.test("many small messages arrive in order, without a turn for those that are there", async () => {
  const count = 20_000;
  await using server = serveSockets(echo);
  await run(function* () {
    const socket = yield* openWebSocket(server.url);
    function* send() {
      for (let i = 0; i < count; i++) yield* socket.send(String(i));
    }
    function* receive() {
      for (let i = 0; i < count; i++) assertEquals(yield* socket.receive(), String(i));
    }
    yield* gather(send(), receive());
    for (let i = 0; i < 3; i++) yield* socket.send("there");
    while (!String(socket).includes("3 messages")) yield* sleep(1);
    using counter = new TurnCounter();
    const turns = yield* counter.during(function* () {
      for (let i = 0; i < 3; i++) yield* socket.receive();
      yield* socket.send("again");
    });
    assertEquals(turns, 0);
    socket.close();
    yield* socket.waitClosed();
  });
});

Deno.test("the protocol that the server took is known", async () => {
  await using server = serveSockets(echo, { protocol: "chat.v2" });
  await run(function* () {
    const socket = yield* openWebSocket(new URL(server.url), { protocols: ["chat.v1", "chat.v2"] });
    assertEquals(socket.protocol, "chat.v2");
    socket.close();
    yield* socket.waitClosed();
    const alone = yield* openWebSocket(server.url, { protocols: "chat.v2" });
    assertEquals(alone.protocol, "chat.v2");
    alone.close();
    yield* alone.waitClosed();
  });
});

Deno.test("after the end come first the messages, and then WebSocketClosed", async () => {
  await using server = serveSockets(saying(4001, "one", "two"));
  await run(function* () {
    const socket = yield* openWebSocket(server.url);
    assertEquals(yield* socket.waitClosed(), { code: 4001, reason: "code 4001" });
    assertEquals(yield* socket.receive(), "one");
    assertEquals(yield* socket.receive(), "two");
    for (const operation of [socket.receive(), socket.receive(), socket.send("late")]) {
      const error = yield* failure(WebSocketClosed, operation);
      assertEquals([error.name, error.code, error.reason], ["WebSocketClosed", 4001, "code 4001"]);
      assertEquals(error.message, "The WebSocket was closed with code 4001: code 4001");
    }
    socket.close();
    assertEquals(yield* socket.waitClosed(), { code: 4001, reason: "code 4001" });
    assertEquals(String(socket), "WebSocketStream closed with 4001, 0 messages to receive");
  });
});

for (const code of [1000, 1001, 1005, 1003, 4000]) {
  const peaceful = code <= 1001 || code === 1005;
  Deno.test(`an iteration ${peaceful ? "ends" : "throws"} on ${code}`, async () => {
    await using server = serveSockets(
      code === 1005
        ? (socket) => socket.onopen = () => (socket.send("a"), socket.close())
        : saying(code, "a"),
    );
    const iterations: ((socket: WebSocketStream, seen: WebSocketMessage[]) => Coroutine<void>)[] = [
      function* (socket, seen) {
        yield* iterate(socket, (message) => void seen.push(message));
      },
      function* (socket, seen) {
        const loop = async () => {
          for await (const message of socket) seen.push(message);
        };
        yield* until(loop());
      },
    ];
    for (const iteration of iterations) {
      await run(function* () {
        const socket = yield* openWebSocket(server.url);
        const seen: WebSocketMessage[] = [];
        const iterated = iteration(socket, seen);
        if (peaceful) yield* iterated;
        else assertEquals((yield* failure(WebSocketClosed, iterated)).code, code);
        assertEquals(seen, ["a"]);
      });
    }
  });
}

Deno.test("a receive that is cancelled takes nothing", async () => {
  let say = () => {};
  await using server = serveSockets((socket) => {
    let count = 0;
    say = () => socket.send(String(count++));
  });
  await run(function* () {
    const [socket, host] = yield* openWithHost(server.url);
    yield* failure(TimeoutError, waitFor(socket.receive(), 20));
    const task = createTask(socket.receive());
    yield* sleep(0);
    // The message wakes the task, and the cancel comes before it runs.
    host.addEventListener("message", () => task.cancel(), { once: true });
    say();
    yield* failure(CancelledError, task);
    say();
    assertEquals(yield* socket.receive(), "0");
    assertEquals(yield* socket.receive(), "1");
    socket.close();
    yield* socket.waitClosed();
  });
});

Deno.test("two tasks can't receive at once", async () => {
  await using server = serveSockets(echo);
  await run(function* () {
    const socket = yield* openWebSocket(server.url);
    const first = createTask(socket.receive());
    yield* sleep(0);
    yield* failure(InvalidStateError, socket.receive());
    yield* failure(InvalidStateError, iterate(socket, () => {}));
    yield* socket.send("for the first");
    assertEquals(yield* first, "for the first");
    const second = createTask(socket.receive());
    yield* sleep(0);
    second.cancel();
    yield* socket.send("for the third");
    assertEquals(yield* socket.receive(), "for the third");
    socket.close();
    yield* socket.waitClosed();
  });
});

Deno.test("a sender waits until little enough is unsent, and a cancel takes nothing back", async () => {
  const release = Promise.withResolvers<void>();
  const chunk = new Uint8Array(1_000_000).fill(1);
  let read = 0;
  await using server = serveRaw(async (socket) => {
    await release.promise;
    const buffer = new Uint8Array(1_000_000);
    let hasClosed = false;
    for (;;) {
      const count = await socket.connection.read(buffer).catch(() => null);
      if (count === null) break;
      read += count;
      if (hasClosed || read < 10 * chunk.length) continue;
      hasClosed = true;
      await socket.send(Opcode.CLOSE, closePayload(1000));
    }
  });
  await run(function* () {
    const socket = yield* openWebSocket(server.url);
    const sending = createTask(function* () {
      for (let i = 0; i < 19; i++) yield* socket.send(chunk);
    });
    yield* sleep(100);
    // The kernel's buffers take some of it, and not all.
    assert(!sending.done());
    sending.cancel();
    yield* failure(CancelledError, sending);
    const rest = createTask(function* () {
      for (let i = 0; i < 20; i++) yield* socket.send(chunk);
    });
    yield* sleep(20);
    assert(!rest.done());
    release.resolve();
    // The peer closes in the middle.
    const closed = yield* failure(WebSocketClosed, rest);
    assertEquals(closed.code, 1000);
    assert(read >= 10 * chunk.length);
  });
});

Deno.test("a socket that nobody receives from is closed beyond its limit, with 1009", async () => {
  const closed = Promise.withResolvers<number>();
  await using server = serveSockets((socket) => {
    socket.onopen = () => {
      for (const message of ["12345", "äö", "1", "2", "3"]) socket.send(message);
    };
    socket.onclose = ({ code }) => closed.resolve(code);
  });
  await run(function* () {
    const socket = yield* openWebSocket(server.url, { limit: 10 });
    const { code, reason } = yield* socket.waitClosed();
    assertEquals([code, reason], [1009, "More than 10 bytes are waiting to be received"]);
    assertEquals(yield* socket.receive(), "12345");
    assertEquals(yield* socket.receive(), "äö");
    assertEquals(yield* socket.receive(), "1");
    assertEquals((yield* failure(WebSocketClosed, socket.receive())).code, 1009);
    yield* failure(WebSocketClosed, iterate(socket, () => {}));
    yield* until(closed.promise);
  });
});

Deno.test("a message beyond the limit closes the socket, whether one waits for it or not", async () => {
  await using server = serveSockets((socket) => {
    socket.onmessage = ({ data }) => socket.send("x".repeat(Number(data)));
  });
  await run(function* () {
    const socket = yield* openWebSocket(server.url, { limit: 1000 });
    yield* socket.send("1000");
    assertEquals(yield* socket.receive(), "x".repeat(1000));
    yield* socket.send("1001");
    assertEquals((yield* failure(WebSocketClosed, socket.receive())).code, 1009);
    yield* socket.waitClosed();
  });
});

Deno.test("closing tells the peer, and what it says meanwhile can still be received", async () => {
  await using server = serveRaw(async (socket) => {
    assertEquals(await socket.receiveClose(), 4000);
    await socket.send(Opcode.TEXT, "last words");
    await socket.send(Opcode.CLOSE, closePayload(4000, "bye"));
  });
  await run(function* () {
    const socket = yield* openWebSocket(server.url);
    socket.close(4000, "bye");
    socket.close(); // Nothing more happens.
    assertEquals(String(socket), "WebSocketStream closing, 0 messages to receive");
    assertEquals((yield* failure(WebSocketClosed, socket.send("late"))).code, 4000);
    assertEquals(yield* socket.receive(), "last words");
    assertEquals((yield* failure(WebSocketClosed, socket.receive())).code, 4000);
    assertEquals(yield* socket.waitClosed(), { code: 4000, reason: "bye" });
  });
});

Deno.test("any number may wait for the end, and leave", async () => {
  await using server = serveSockets(echo);
  await run(function* () {
    const socket = yield* openWebSocket(server.url);
    yield* failure(TimeoutError, waitFor(socket.waitClosed(), 10));
    const waiting = gather(socket.waitClosed(), socket.waitClosed());
    yield* sleep(0);
    socket.close(3000, "enough");
    assertEquals(yield* waiting, [
      { code: 3000, reason: "enough" },
      { code: 3000, reason: "enough" },
    ]);
  });
});

Deno.test("a connection that breaks is 1006", async () => {
  await using server = serveRaw(async (socket) => {
    await socket.send(Opcode.TEXT, "hello");
  });
  await run(function* () {
    const socket = yield* openWebSocket(server.url);
    assertEquals(yield* socket.receive(), "hello");
    assertEquals((yield* failure(WebSocketClosed, socket.receive())).code, 1006);
    assertEquals((yield* socket.waitClosed()).code, 1006);
  });
});

Deno.test("a peer that breaks the protocol is 1006", async () => {
  await using server = serveRaw(async (socket) => {
    await socket.write(new Uint8Array([0xff, 0xff, 0xff, 0xff]));
    await socket.receive();
  });
  await run(function* () {
    const socket = yield* openWebSocket(server.url);
    assertEquals((yield* failure(WebSocketClosed, socket.receive())).code, 1006);
  });
});

Deno.test("a socket that can't be opened is 1006", async () => {
  const refusing = listenOnce(async (connection) => {
    await connection.read(new Uint8Array(4096));
    await connection.write(new TextEncoder().encode("HTTP/1.1 403 Forbidden\r\n\r\n"));
    connection.close();
  });
  const vanishing = listenOnce((connection) => connection.close());
  await run(function* () {
    for (const port of [refusing, vanishing, vanishing]) {
      const opening = openWebSocket(`ws://127.0.0.1:${port}/`);
      const error = yield* failure(WebSocketClosed, opening);
      assertEquals(error.code, 1006);
      assert(error.cause !== undefined);
    }
  });
});

Deno.test("cancelling the opening of a socket gives it up", async () => {
  const gone = Promise.withResolvers<void>();
  const port = listenOnce(async (connection) => {
    // It never answers.
    while (await connection.read(new Uint8Array(4096)) !== null);
    connection.close();
    gone.resolve();
  });
  await run(function* () {
    yield* failure(TimeoutError, waitFor(openWebSocket(`ws://127.0.0.1:${port}/`), 50));
    yield* until(gone.promise);
  });
});

Deno.test("a loop that waits for a socket only is not stuck", async () => {
  await using server = serveSockets((socket) => {
    socket.onmessage = ({ data }) => setTimeout(() => socket.send(data), 20);
  });
  await run(function* () {
    const socket = yield* openWebSocket(server.url);
    yield* socket.send("a");
    assertEquals(yield* socket.receive(), "a");
    socket.close();
    yield* socket.waitClosed();
  }, { clock: new VirtualClock() });
});

Deno.test("the end of a loop closes its sockets, and the process ends", async () => {
  const codes: number[] = [];
  const closed = Promise.withResolvers<void>();
  await using server = serveSockets((socket) => {
    socket.onclose = ({ code }) => {
      codes.push(code);
      if (codes.length === 2) closed.resolve();
    };
  });
  const { code, out, err } = await program(
    `import { openWebSocket } from ${JSON.stringify(import.meta.resolve("../../../http.ts"))};
    await asyncio.run(function* () {
      yield* openWebSocket("${server.url}");
      const socket = yield* openWebSocket("${server.url}");
      asyncio.createTask(socket.receive());
      yield* asyncio.sleep(20);
    });
    console.log("closed");`,
    ["--allow-net"],
  );
  assertEquals({ code, out, err }, { code: 0, out: "closed\n", err: "" });
  await closed.promise;
  assertEquals(codes, [1005, 1005]);
});

Deno.test("what a socket can't take is refused at the call", async () => {
  for (const url of [undefined, null, 5, {}, ["ws://a"]]) {
    assertThrows(() => openWebSocket(url as never), TypeError, "url must be a string or a URL");
  }
  for (const protocols of [5, [5], {}]) {
    const options = { protocols: protocols as never };
    assertThrows(() => openWebSocket("ws://a", options), TypeError, "protocols must be");
  }
  assertThrows(() => openWebSocket("ws://a", "chat" as never), TypeError, "options must be");
  assertThrows(() => openWebSocket("ws://a", { limit: "1" as never }), TypeError, "limit must be");
  for (const limit of [0, -1, 1.5, NaN]) {
    assertThrows(() => openWebSocket("ws://a", { limit }), RangeError, "limit must be");
  }
  await assertRejects(() => run(openWebSocket("nonsense://a")), DOMException); // It is the host's.
  await using server = serveSockets(echo);
  await run(function* () {
    const socket = yield* openWebSocket(server.url);
    for (const data of [undefined, null, 5, {}, new Blob(["a"])]) {
      assertThrows(() => socket.send(data as never), TypeError, "data must be a string or bytes");
    }
    for (const code of [0, 999, 1001, 1006, 2999, 5000, 3000.5, NaN]) {
      assertThrows(() => socket.close(code), RangeError, "code must be 1000, or from 3000 to 4999");
    }
    assertThrows(() => socket.close("1000" as never), TypeError, "code must be a number");
    assertThrows(() => socket.close(1000, 5 as never), TypeError, "reason must be a string");
    assertThrows(
      () => socket.close(1000, "ä".repeat(62)),
      RangeError,
      "at most 123 bytes, got 124",
    );
    socket.close(1000, "x".repeat(123));
    yield* socket.waitClosed();
  });
});
