// deno-lint-ignore-file require-yield -- Handlers that need not wait are a case of their own.

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type Handler, type HttpServer, serve, stream } from "../../../http.ts";
import {
  allTasks,
  CancelledError,
  createTask,
  Event,
  gather,
  InvalidStateError,
  run,
  sleep,
  until,
  waitFor,
} from "../../../mod.ts";
import { failure } from "../support.ts";
import { Client, serving } from "./support.ts";

const hello: Handler = () => new Response("hello");

function portOf({ sockname }: HttpServer): number {
  return (sockname as { port: number }).port;
}

Deno.test("a server that is closed refuses connections, and its port is free", async () => {
  await run(function* () {
    const server = yield* serve(hello, { port: 0 });
    const port = portOf(server);
    assert(server.isServing());
    assertEquals(`${server}`, `HttpServer at 127.0.0.1:${port} serving, 0 requests waiting`);
    server.close();
    server.close();
    assert(!server.isServing());
    yield* gather(server.waitClosed(), server.waitClosed());
    yield* server.waitClosed();
    yield* until(assertRejects(() => Deno.connect({ port }), Deno.errors.ConnectionRefused));
    const again = yield* serve(hello, { port });
    yield* again.shutdown();
    assertEquals(`${again}`, `HttpServer at 127.0.0.1:${port} closed, 0 requests waiting`);
  });
});

Deno.test("what is under way when a server is closed is answered, and newcomers get a 503", async () => {
  const release = new Event();
  const handler: Handler = function* () {
    yield* release.wait();
    return new Response("answered");
  };
  await serving(handler, function* ({ server, connect }) {
    const [first, queued, idle] = [yield* connect(), yield* connect(), yield* connect()];
    yield* until(first.get("/"));
    yield* until(queued.get("/"));
    yield* sleep(30);
    server.close();
    const closed = createTask(server.waitClosed());
    const newcomer = yield* until(idle.ask("/"));
    assertEquals(newcomer.status, 503);
    assertMatch(newcomer.head, /^connection: close\r$/im);
    assert(!closed.done());
    release.set();
    assertEquals((yield* until(first.answer())).body, "answered");
    assertEquals((yield* until(queued.answer())).body, "answered");
    yield* closed;
    assertEquals(allTasks().size, 1);
  }, { maxConcurrency: 1 });
});

Deno.test("connections on which nothing happens don't hold up shutdown()", async () => {
  await serving(hello, function* ({ server, connect }) {
    const silent = yield* connect();
    const halfHead = yield* connect();
    yield* until(halfHead.send("GET / HTTP/1.1\r\nho"));
    const halfBody = yield* connect();
    yield* until(halfBody.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nhalf"));
    assertEquals((yield* until(halfBody.answer())).status, 200);
    const idle = yield* connect();
    yield* until(idle.ask("/"));
    yield* waitFor(server.shutdown(), "10s");
    for (const client of [silent, halfHead, halfBody, idle]) yield* until(client.ended());
  });
});

Deno.test("bodies that nobody reads don't hold up shutdown()", async () => {
  const size = 32 * 2 ** 20;
  const handler: Handler = function* ({ url }) {
    const path = new URL(url).pathname;
    if (path === "/bytes") return new Response(new Uint8Array(size));
    if (path === "/unread") return new Response("the request's body isn't read");
    return new Response(stream(function* (write) {
      for (;;) yield* write(new Uint8Array(65_536));
    }));
  };
  await serving(handler, function* ({ server, connect }) {
    const client = yield* connect();
    yield* until(client.get("/bytes"));
    const sender = yield* connect();
    yield* until(
      sender.send("POST /unread HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\nsome"),
    );
    assertEquals((yield* until(sender.answer())).status, 200);
    yield* sleep(30);
    yield* waitFor(server.shutdown(), "10s");
  });
  await serving(handler, function* ({ server, connect }) {
    const client = yield* connect();
    yield* until(client.get("/stream"));
    assert(yield* until(client.has("200 OK")));
    yield* sleep(30);
    yield* waitFor(server.shutdown(50), "10s");
    assertEquals(allTasks().size, 1);
  });
});

Deno.test("a handler that waits for a body which never comes is cancelled at the end of the grace", async () => {
  let caught: unknown;
  const handler: Handler = function* (request) {
    try {
      return new Response(yield* until(request.text()));
    } catch (error) {
      caught = error;
      throw error;
    }
  };
  await serving(handler, function* ({ server, connect }) {
    const client = yield* connect();
    yield* until(client.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nhalf"));
    yield* sleep(30);
    yield* waitFor(server.shutdown(20), "10s");
    assertEquals(`${caught}`, "CancelledError: The server closes its clients");
  });
});

Deno.test("shutdown() waits for handlers, and cancels them when its grace has passed", async () => {
  const log: string[] = [];
  const handler: Handler = function* ({ url }) {
    const { pathname } = new URL(url);
    try {
      yield* sleep(pathname === "/short" ? 40 : "1h");
    } catch (error) {
      yield* sleep(20);
      log.push(`${pathname} cleaned up`);
      throw error;
    }
    return new Response("in time");
  };
  await serving(handler, function* ({ server, connect }) {
    const [short, long] = [yield* connect(), yield* connect()];
    yield* until(short.get("/short"));
    yield* until(long.get("/long"));
    yield* sleep(20);
    yield* server.shutdown(500);
    assertEquals((yield* until(short.answer())).body, "in time");
    assertEquals((yield* until(long.answer())).status, 503);
    assertEquals(log, ["/long cleaned up"]);
    yield* server.shutdown();
  });
});

Deno.test("without a limit shutdown() waits for a handler, and takes no longer than that", async () => {
  const handler: Handler = function* () {
    yield* sleep(50);
    return new Response("in time");
  };
  await serving(handler, function* ({ server, connect }) {
    const client = yield* connect();
    yield* until(client.get("/"));
    yield* sleep(10);
    yield* waitFor(server.shutdown(null), "10s");
    assertEquals((yield* until(client.answer())).body, "in time");
  });
});

Deno.test("a body that is large is delivered whole, though the server was closed meanwhile", async () => {
  const size = 4 * 2 ** 20;
  const begun = new Event();
  const handlers: Handler[] = [
    function* () {
      begun.set();
      yield* sleep(20);
      return new Response("x".repeat(size));
    },
    function* () {
      begun.set();
      yield* sleep(1);
      return new Response(stream(function* (write) {
        for (let sent = 0; sent < size; sent += 2 ** 16) {
          yield* write("x".repeat(2 ** 16));
          if (sent % 2 ** 20 === 0) yield* sleep(2);
        }
      }));
    },
  ];
  for (const handler of handlers) {
    begun.clear();
    await serving(handler, function* ({ server, connect }) {
      const client = yield* connect();
      yield* until(client.get("/"));
      yield* begun.wait();
      yield* sleep(3);
      server.close();
      const { body, isWhole } = yield* until(client.answer());
      assertEquals([body.length, isWhole], [size, true]);
      yield* server.waitClosed();
    });
  }
});

Deno.test("what a response says is kept while the server drains", async () => {
  const release = new Event();
  const responses: Record<string, () => Response> = {
    "/json": () => Response.json({ a: 1 }, { status: 201, headers: { "x-kept": "yes" } }),
    "/none": () => new Response(null, { status: 204 }),
    "/moved": () => new Response(null, { status: 302, headers: { location: "/" } }),
  };
  const handler: Handler = function* ({ url }) {
    yield* release.wait();
    return responses[new URL(url).pathname]();
  };
  await serving(handler, function* ({ server, connect }) {
    const clients = [];
    for (const path in responses) {
      const client = yield* connect();
      yield* until(client.get(path));
      clients.push(client);
    }
    yield* sleep(20);
    server.close();
    release.set();
    const [json, none, moved] = clients;
    const answer = yield* until(json.answer());
    assertEquals([answer.status, answer.body], [201, '{"a":1}']);
    assertMatch(answer.head, /x-kept: yes/);
    assert(yield* until(none.has("HTTP/1.1 204")));
    assert(yield* until(moved.has("location: /")));
    yield* server.waitClosed();
  });
});

Deno.test("closeClients() cancels handlers and those who wait, and the server goes on", async () => {
  let caught = 0;
  const handler: Handler = function* ({ url }) {
    if (url.endsWith("/soon")) return new Response("soon");
    try {
      yield* sleep("1h");
    } finally {
      caught++;
    }
    return new Response();
  };
  await serving(handler, function* ({ server, connect }) {
    const clients = [yield* connect(), yield* connect(), yield* connect()];
    for (const client of clients) yield* until(client.get("/long"));
    yield* sleep(30);
    server.closeClients();
    for (const client of clients) assertEquals((yield* until(client.answer())).status, 503);
    assertEquals(caught, 2);
    assert(server.isServing());
    assertEquals((yield* until(clients[0].ask("/soon"))).body, "soon");
  }, { maxConcurrency: 2 });
});

Deno.test("abortClients() breaks off connections; of a server that is closed, all of them", async () => {
  const handler: Handler = function* ({ url }) {
    if (url.endsWith("/soon")) return new Response("soon");
    yield* sleep("1h");
    return new Response();
  };
  await serving(handler, function* ({ server, connect }) {
    const [asking, idle] = [yield* connect(), yield* connect()];
    yield* until(idle.ask("/soon"));
    yield* until(asking.get("/long"));
    yield* sleep(20);
    server.abortClients();
    yield* until(asking.ended());
    assertEquals((yield* until(idle.ask("/soon"))).body, "soon");
    const other = yield* connect();
    yield* until(other.get("/long"));
    yield* sleep(20);
    server.close();
    server.abortClients();
    server.abortClients();
    yield* until(idle.ended());
    yield* until(other.ended());
    yield* server.waitClosed();
  });
});

Deno.test("abortClients() doesn't wait for the handlers to break off connections", async () => {
  const aborted = new Event();
  const handler: Handler = function* () {
    try {
      yield* sleep("1h");
    } finally {
      yield* aborted.wait();
    }
    return new Response();
  };
  await serving(handler, function* ({ server, connect }) {
    const client = yield* connect();
    yield* until(client.get("/"));
    yield* sleep(20);
    server.abortClients();
    yield* until(client.ended());
    aborted.set();
  });
});

Deno.test("serveForever() ends by a cancel, which closes the server, and by its close()", async () => {
  await run(function* () {
    const server = yield* serve(hello, { port: 0 });
    const forever = createTask(server.serveForever());
    yield* sleep(5);
    yield* failure(InvalidStateError, server.serveForever());
    forever.cancel();
    yield* failure(CancelledError, forever);
    yield* until(assertRejects(() => Deno.connect({ port: portOf(server) })));
    yield* failure(InvalidStateError, server.serveForever());

    const other = yield* serve(hello, { port: 0 });
    const closed = createTask(other.serveForever());
    yield* sleep(5);
    other.close();
    yield* failure(CancelledError, closed);
    yield* until(assertRejects(() => Deno.connect({ port: portOf(other) })));
  });
});

Deno.test("await using closes a server and waits for it", async () => {
  let port = 0;
  await run(async () => {
    await using server = await serve(hello, { port: 0 });
    port = portOf(server);
    const response = await fetch(`http://127.0.0.1:${port}/`);
    assertEquals(await response.text(), "hello");
  });
  await assertRejects(() => Deno.connect({ port }));
});

Deno.test("a loop that closes with its server open closes that, whatever runs", async () => {
  let port = 0;
  let client: Client | undefined;
  await run(function* () {
    const server = yield* serve(function* () {
      yield* sleep("1h");
      return new Response();
    }, { port: 0, deadline: "1h" });
    port = portOf(server);
    client = yield* until(Client.connect(port));
    yield* until(client.get("/"));
    yield* sleep(30);
  });
  await client!.ended();
  client!.close();
  await assertRejects(() => Deno.connect({ port }));
});

Deno.test("a server is closed by one of its own handlers", async () => {
  let server: HttpServer | undefined;
  const handler: Handler = function* ({ url }) {
    server!.close();
    if (url.endsWith("/late")) yield* sleep(1);
    return new Response("the last one");
  };
  for (const path of ["/soon", "/late"]) {
    await serving(handler, function* (serving) {
      server = serving.server;
      const client = yield* serving.connect();
      assertEquals((yield* until(client.ask(path))).body, "the last one");
      yield* server.waitClosed();
    });
  }
});

Deno.test("shutdown() checks its argument at the call", async () => {
  await serving(hello, function* ({ server }) {
    for (const grace of ["soon", Number.NaN]) {
      let thrown: unknown;
      try {
        server.shutdown(grace as number);
      } catch (error) {
        thrown = error;
      }
      assert(thrown instanceof RangeError);
      assert(server.isServing());
    }
    yield* sleep(0);
  });
});
