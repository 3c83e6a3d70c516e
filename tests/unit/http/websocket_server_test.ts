/**
 * WebSockets on the server's side: the life of a body, and what its end does to the socket.
 *
 * @module
 */

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  allTasks,
  type Awaitable,
  CancelledError,
  ContextVar,
  type Coroutine,
  createTask,
  currentTask,
  type Duration,
  type ExceptionContext,
  getRunningLoop,
  InvalidStateError,
  iterate,
  run,
  sleep,
  until,
  waitFor,
} from "../../../mod.ts";
import {
  type HttpServer,
  openWebSocket,
  serve,
  upgradeWebSocket,
  type UpgradeWebSocketOptions,
  WebSocketClosed,
  type WebSocketStream,
} from "../../../http.ts";
import { failure } from "../support.ts";
import { closePayload, Opcode, RawSocket } from "./websocket_peers.ts";

type Body = (socket: WebSocketStream) => Awaitable<unknown> | void;

/** Runs a program with a server that upgrades every request; returns what was reported. */
async function withServer(
  body: Body,
  main: (url: string, server: HttpServer) => Coroutine<void>,
  options?: UpgradeWebSocketOptions,
): Promise<ExceptionContext[]> {
  const reports: ExceptionContext[] = [];
  await run(function* () {
    const server = yield* serve((request) => upgradeWebSocket(request, body, options), { port: 0 });
    const { port } = server.sockname as { port: number };
    yield* main(`ws://127.0.0.1:${port}/`, server);
    yield* server.shutdown(0);
  }, { exceptionHandler: (context) => reports.push(context) });
  return reports;
}

/** A body that waits until it is cancelled, or the peer closes. */
function* listening(socket: WebSocketStream): Coroutine<void> {
  yield* socket.receive();
}

Deno.test("a body converses with its peer, and its end closes the socket with 1000", async () => {
  const reports = await withServer(function* (socket) {
    assertEquals(yield* socket.receive(), "hello");
    yield* socket.send(new Uint8Array([1]));
  }, function* (url) {
    const socket = yield* openWebSocket(url);
    yield* socket.send("hello");
    assertEquals(yield* socket.receive(), new Uint8Array([1]));
    assertEquals(yield* socket.waitClosed(), { code: 1000, reason: "" });
  });
  assertEquals(reports, []);
});

Deno.test("plain functions, coroutine functions and async functions all do as a body", async () => {
  const bodies: Body[] = [
    () => {},
    (socket) => socket.send("a"),
    async (socket) => await socket.send("a"),
    (socket) => iterate(socket, () => false),
  ];
  for (const body of bodies) {
    const reports = await withServer(body, function* (url) {
      const socket = yield* openWebSocket(url);
      yield* socket.send("go on");
      assertEquals((yield* socket.waitClosed()).code, 1000);
    });
    assertEquals(reports, []);
  }
});

Deno.test("a body that fails closes the socket with 1011, and is reported once", async () => {
  const error = new Error("out of luck");
  const failing: Body[] = [
    () => {
      throw error;
    },
    function* () {
      yield* sleep(1);
      throw error;
    },
    async () => {
      await Promise.reject(error);
    },
  ];
  for (const body of failing) {
    const reports = await withServer(body, function* (url) {
      const socket = yield* openWebSocket(url);
      assertEquals((yield* socket.waitClosed()).code, 1011);
      yield* sleep(10);
    });
    assertEquals(reports.map(({ exception }) => exception), [error]);
    assertEquals(reports[0].message, "Exception in the body of a WebSocket");
    assert(reports[0].task !== undefined);
  }
});

Deno.test("a body that is cancelled closes the socket with 1001", async () => {
  const log: string[] = [];
  for (const isEarly of [false, true]) {
    const reports = await withServer(function* (socket) {
      log.push(isEarly ? "never" : "began");
      try {
        yield* listening(socket);
      } finally {
        yield* sleep(1);
        log.push("cleaned up");
      }
    }, function* (url) {
      const opening = openWebSocket(url);
      const before = allTasks();
      const known = isEarly ? stopWhenMade(before) : null;
      const socket = yield* opening;
      if (known === null) {
        yield* sleep(1);
        for (const task of allTasks()) if (task !== currentTask()) task.cancel();
      }
      assertEquals((yield* socket.waitClosed()).code, 1001);
    });
    assertEquals(reports, []);
  }
  assertEquals(log, ["began", "cleaned up"]);
});

/** Cancels the next task that is made, before it has its first turn. */
function stopWhenMade(before: Set<unknown>): true {
  const loop = getRunningLoop();
  const look = () => {
    const [made] = [...allTasks()].filter((task) => !before.has(task));
    if (made === undefined) loop.callSoon(look);
    else made.cancel();
  };
  loop.callSoon(look);
  return true;
}

Deno.test("a body that lets WebSocketClosed pass has not failed", async () => {
  const ended: string[] = [];
  const reports = await withServer(function* (socket) {
    try {
      for (;;) yield* socket.receive();
    } finally {
      ended.push("ended");
    }
  }, function* (url) {
    const socket = yield* openWebSocket(url);
    socket.close(4000, "enough");
    assertEquals(yield* socket.waitClosed(), { code: 4000, reason: "enough" });
    const broken = yield* until(RawSocket.connect(url));
    broken[Symbol.dispose]();
    while (ended.length < 2) yield* sleep(1);
    // Another's end is no failure either.
    yield* sleep(10);
  });
  assertEquals(reports, []);
});

Deno.test("a body may close the socket with a code of its own", async () => {
  const reports = await withServer(function* (socket) {
    socket.close(4001, "wrong password");
    assertEquals(yield* socket.waitClosed(), { code: 4001, reason: "wrong password" });
  }, function* (url) {
    const socket = yield* openWebSocket(url);
    assertEquals(yield* socket.waitClosed(), { code: 4001, reason: "wrong password" });
  });
  assertEquals(reports, []);
});

Deno.test("a body that closes while the peer talks sees its own code", async () => {
  const seen: unknown[] = [];
  const reports = await withServer(function* (socket) {
    socket.close(4001, "enough");
    seen.push(yield* socket.waitClosed());
  }, function* (url) {
    using peer = yield* until(RawSocket.connect(url));
    yield* until(peer.receive());
    yield* until(peer.send(Opcode.TEXT, "not heard any more"));
    assertEquals(yield* until(peer.receive()), null);
    while (seen.length === 0) yield* sleep(1);
  });
  assertEquals(reports, []);
  assertEquals(seen, [{ code: 4001, reason: "enough" }]);
});

Deno.test("a connection that breaks ends the body's waits with 1006", async () => {
  const codes: number[] = [];
  await withServer(function* (socket) {
    codes.push((yield* failure(WebSocketClosed, socket.receive())).code);
  }, function* (url) {
    const peer = yield* until(RawSocket.connect(url));
    peer[Symbol.dispose]();
    while (codes.length === 0) yield* sleep(1);
  });
  assertEquals(codes, [1006]);
});

Deno.test("a message beyond the limit closes the socket with 1009, which the peer sees", async () => {
  const codes: number[] = [];
  await withServer(function* (socket) {
    assertEquals((yield* socket.waitClosed()).code, 1009);
    assertEquals(yield* socket.receive(), "12345");
    codes.push((yield* failure(WebSocketClosed, socket.receive())).code);
  }, function* (url) {
    const socket = yield* openWebSocket(url);
    yield* socket.send("12345");
    yield* socket.send("678901");
    assertEquals((yield* socket.waitClosed()).code, 1009);
    while (codes.length === 0) yield* sleep(1);
  }, { limit: 10 });
  assertEquals(codes, [1009]);
});

Deno.test("the protocol of the options is taken", async () => {
  await withServer(function* (socket) {
    yield* socket.send(socket.protocol);
  }, function* (url) {
    const socket = yield* openWebSocket(url, { protocols: ["v1", "v2"] });
    assertEquals([socket.protocol, yield* socket.receive()], ["v2", "v2"]);
    yield* socket.waitClosed();
  }, { protocol: "v2" });
});

Deno.test("a peer that doesn't answer pings is dropped after idleTimeout", async () => {
  const ended: unknown[] = [];
  await withServer(function* (socket) {
    ended.push(yield* socket.waitClosed());
  }, function* (url) {
    using peer = yield* until(RawSocket.connect(url));
    assertEquals((yield* until(peer.receive()))?.opcode, Opcode.PING);
    assertEquals(yield* until(peer.receiveClose()), 1001);
    assertEquals(yield* until(peer.receive()), null);
    while (ended.length === 0) yield* sleep(1);
  }, { idleTimeout: "200ms" });
  assertEquals(ended.length, 1);
});

Deno.test("a peer that answers pings is kept, and so is one without idleTimeout", async () => {
  const keeping = (["1s", null] as const).map((idleTimeout) =>
    withServer(listening, function* (url) {
      const socket = yield* openWebSocket(url);
      yield* sleep("1.4s");
      yield* socket.send("still there");
      assertEquals((yield* socket.waitClosed()).code, 1000);
    }, { idleTimeout })
  );
  assertEquals(await Promise.all(keeping), [[], []]);
});

Deno.test("a body sees the context variables of the handler", async () => {
  const user = new ContextVar<string>("user");
  await run(function* () {
    const server = yield* serve(function* (request) {
      user.set("ada");
      yield* sleep(1);
      return upgradeWebSocket(request, (socket) => socket.send(user.get()));
    }, { port: 0 });
    const { port } = server.sockname as { port: number };
    const socket = yield* openWebSocket(`ws://127.0.0.1:${port}/`);
    assertEquals(yield* socket.receive(), "ada");
    yield* socket.waitClosed();
    yield* server.shutdown(0);
  });
});

Deno.test("an async handler can upgrade, too", async () => {
  await run(function* () {
    const body: Body = (socket) => {
      getRunningLoop();
      return socket.send("a");
    };
    const server = yield* serve(async (request) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return upgradeWebSocket(request, body);
    }, { port: 0 });
    const { port } = server.sockname as { port: number };
    const socket = yield* openWebSocket(`ws://127.0.0.1:${port}/`);
    assertEquals(yield* socket.receive(), "a");
    yield* socket.waitClosed();
    yield* server.shutdown(0);
  });
});

Deno.test("a handler that has to wait is not cancelled by its own upgrade", async () => {
  const ended: string[] = [];
  await run(function* () {
    const server = yield* serve(function* (request) {
      try {
        yield* sleep(1);
        const response = upgradeWebSocket(request, listening);
        yield* sleep(100);
        ended.push("answered");
        return response;
      } catch (error) {
        ended.push(String(error));
        throw error;
      }
    }, { port: 0 });
    const { port } = server.sockname as { port: number };
    const socket = yield* openWebSocket(`ws://127.0.0.1:${port}/`);
    socket.close();
    yield* socket.waitClosed();
    yield* server.shutdown(0);
  });
  assertEquals(ended, ["answered"]);
});

Deno.test("closeClients() cancels bodies, and their peers see 1001", async () => {
  await withServer(listening, function* (url, server) {
    const sockets = [yield* openWebSocket(url), yield* openWebSocket(url)];
    yield* sleep(1);
    server.closeClients();
    for (const socket of sockets) assertEquals((yield* socket.waitClosed()).code, 1001);
    const next = yield* openWebSocket(url);
    next.close();
    yield* next.waitClosed();
  });
});

Deno.test("abortClients() gives sockets up", async () => {
  const ended: unknown[] = [];
  await withServer(function* (socket) {
    try {
      yield* listening(socket);
    } catch (error) {
      ended.push(error instanceof CancelledError);
      throw error;
    }
  }, function* (url, server) {
    const socket = yield* openWebSocket(url);
    yield* sleep(1);
    server.close();
    server.abortClients();
    yield* server.waitClosed();
    yield* socket.waitClosed();
  });
  assertEquals(ended, [true]);
});

Deno.test("a server waits for bodies up to its grace, and for peers that are silent not at all", async () => {
  const log: string[] = [];
  await withServer(function* (socket) {
    try {
      yield* socket.receive();
    } finally {
      log.push("ended");
    }
  }, function* (url, server) {
    const silent = yield* until(RawSocket.connect(url));
    const socket = yield* openWebSocket(url);
    yield* sleep(1);
    const shutdown = server.shutdown("50ms");
    yield* waitFor(shutdown, "5s");
    log.push("shut down");
    // It was told, and has answered nothing.
    assertEquals(yield* until(silent.receiveClose()), 1001);
    assertEquals(yield* until(silent.receive()), null);
    silent[Symbol.dispose]();
    assertEquals((yield* socket.waitClosed()).code, 1001);
  });
  assertEquals(log, ["ended", "ended", "shut down"]);
});

Deno.test("a socket that opens while its server drains lives up to the grace, too", async () => {
  const open = async (
    grace: Duration | null,
    talk: (socket: WebSocketStream) => Coroutine<number>,
  ) => {
    const codes: number[] = [];
    await run(function* () {
      const server = yield* serve(function* (request) {
        yield* sleep(20);
        return upgradeWebSocket(request, function* (socket) {
          yield* iterate(socket, (message) => socket.send(message));
        });
      }, { port: 0 });
      const { port } = server.sockname as { port: number };
      const opening = createTask(openWebSocket(`ws://127.0.0.1:${port}/`));
      yield* sleep(10);
      const shutdown = createTask(server.shutdown(grace));
      codes.push(yield* talk(yield* opening));
      yield* waitFor(shutdown, "10s");
    });
    return codes;
  };
  const ended = await open("250ms", function* (socket) {
    return (yield* socket.waitClosed()).code;
  });
  const talked = await open(null, function* (socket) {
    yield* sleep(150); // Longer than a server lingers after its last response.
    yield* socket.send("still there?");
    assertEquals(yield* socket.receive(), "still there?");
    socket.close();
    return (yield* socket.waitClosed()).code;
  });
  assertEquals([ended, talked], [[1001], [1000]]);
});

Deno.test("a body that swallows its cancel can't tell the peer that all is well", async () => {
  await withServer(function* (socket) {
    try {
      yield* listening(socket);
    } catch {
      // As one that ends its conversation whatever goes wrong.
    }
  }, function* (url, server) {
    const socket = yield* openWebSocket(url);
    yield* sleep(1);
    server.closeClients();
    assertEquals((yield* socket.waitClosed()).code, 1001);
  });
});

Deno.test("a body that swallows its cancel and goes on receiving holds up no server", async () => {
  const log: string[] = [];
  await withServer(function* (socket) {
    for (;;) {
      try {
        yield* listening(socket);
      } catch (error) {
        log.push(String(error));
        if (error instanceof WebSocketClosed) return;
        yield* socket.send("never mind");
      }
    }
  }, function* (url, server) {
    const socket = yield* openWebSocket(url);
    yield* sleep(1);
    yield* waitFor(server.shutdown(0), "10s");
    assertEquals(yield* socket.receive(), "never mind");
    assertEquals((yield* socket.waitClosed()).code, 1001);
  });
  assertEquals(log, [
    "CancelledError: The server closes its clients",
    "WebSocketClosed: The WebSocket was closed with code 1001",
  ]);
});

Deno.test("a peer that never answers a close counts as gone after ten seconds", async () => {
  const { setTimeout } = globalThis;
  const ended: unknown[] = [];
  await withServer(function* (socket) {
    // The ten seconds are over at once.
    globalThis.setTimeout = ((fn: () => void, ms: number) =>
      setTimeout(fn, ms === 10_000 ? 20 : ms)) as typeof setTimeout;
    socket.close();
    ended.push(yield* socket.waitClosed());
    globalThis.setTimeout = setTimeout;
  }, function* (url) {
    using peer = yield* until(RawSocket.connect(url));
    assertEquals(yield* until(peer.receiveClose()), 1000);
    while (ended.length === 0) {
      yield* sleep(1);
    }
    yield* until(peer.send(Opcode.CLOSE, closePayload(1000)));
    assertEquals(yield* until(peer.receive()), null);
  });
  assertEquals(ended, [{ code: 1006, reason: "" }]);
});

Deno.test("what upgradeWebSocket() can't take is refused at the call", async () => {
  const request = new Request("http://127.0.0.1/");
  const body = () => {};
  for (const value of [undefined, null, "request"]) {
    assertThrows(() => upgradeWebSocket(value as never, body), TypeError, "request must be");
  }
  assertThrows(() => upgradeWebSocket(request, 5 as never), TypeError, "body must be a function");
  const refused = [
    ["protocol", 5, TypeError],
    ["idleTimeout", "soon", RangeError],
    ["idleTimeout", 0, RangeError],
    ["limit", 0, RangeError],
    ["limit", "1", TypeError],
  ] as const;
  for (const [name, value, kind] of refused) {
    const options = { [name]: value } as UpgradeWebSocketOptions;
    assertThrows(() => upgradeWebSocket(request, body, options), kind, `${name} must be`);
  }
  // What is no upgrade is the host's to refuse, and the handler's failure.
  assertThrows(() => upgradeWebSocket(request, body), TypeError);
  const errors: unknown[] = [];
  await run(function* () {
    const server = yield* serve((request) => upgradeWebSocket(request, body), {
      port: 0,
      onError: (error) => {
        errors.push(error);
        return new Response(null, { status: 426 });
      },
    });
    const { port } = server.sockname as { port: number };
    const response = yield* until(fetch(`http://127.0.0.1:${port}/`));
    assertEquals(response.status, 426);
    yield* server.shutdown(0);
  });
  assert(errors[0] instanceof TypeError);
});

Deno.test("where the host can't upgrade, upgradeWebSocket() says so", () => {
  const { upgradeWebSocket: original } = Deno;
  try {
    (Deno as { upgradeWebSocket: unknown }).upgradeWebSocket = undefined;
    const upgrade = () => upgradeWebSocket(new Request("http://127.0.0.1/"), () => {});
    assertThrows(upgrade, InvalidStateError, "upgradeWebSocket() is Deno's for now");
  } finally {
    Deno.upgradeWebSocket = original;
  }
});
