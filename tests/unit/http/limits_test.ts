import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Handler, serve } from "../../../http.ts";
import { CancelledError, Event, run, sleep, until } from "../../../mod.ts";
import { serving } from "./support.ts";

Deno.test("a handler that misses its deadline is cancelled, and its client gets a 503", async () => {
  let caught: unknown;
  const handler: Handler = function* ({ url }) {
    if (url.endsWith("/soon")) return new Response("soon");
    if (url.endsWith("/short")) yield* sleep(1);
    else {
      try {
        yield* sleep("1h");
      } catch (error) {
        caught = error;
        throw error;
      }
    }
    return new Response("in time");
  };
  await serving(handler, function* ({ connect }) {
    const [client, other] = [yield* connect(), yield* connect()];
    yield* until(other.get("/long"));
    assertEquals((yield* until(client.ask("/soon"))).body, "soon");
    assertEquals((yield* until(client.ask("/short"))).body, "in time");
    assertEquals((yield* until(client.ask("/long"))).status, 503);
    assertEquals(`${caught}`, "CancelledError: The request's deadline has passed");
    assertEquals((yield* until(other.answer())).status, 503);
    // The connection lives on, and so does the timer of those who come later.
    assertEquals((yield* until(client.ask("/short"))).body, "in time");
    assertEquals((yield* until(client.ask("/long"))).status, 503);
  }, { deadline: 150 });
});

Deno.test("the client doesn't wait for what a handler does after its deadline", async () => {
  const release = new Event();
  const handlers: Handler[] = [
    function* () {
      try {
        yield* sleep("1h");
      } finally {
        yield* release.wait();
      }
      return new Response();
    },
    function* () {
      try {
        yield* sleep("1h");
      } catch (error) {
        assert(error instanceof CancelledError);
        yield* release.wait();
      }
      return new Response("too late");
    },
  ];
  for (const handler of handlers) {
    release.clear();
    await serving(handler, function* ({ connect }) {
      assertEquals((yield* until((yield* connect()).ask("/"))).status, 503);
      release.set();
    }, { deadline: 20 });
  }
});

Deno.test("a failure after the deadline is reported, whatever onError says", async () => {
  const handler: Handler = function* () {
    try {
      yield* sleep("1h");
    } catch {
      throw new RangeError("late");
    }
    return new Response();
  };
  await serving(handler, function* ({ connect, reports }) {
    assertEquals((yield* until((yield* connect()).ask("/"))).status, 503);
    while (reports.length === 0) yield* sleep(1);
    assertEquals(reports.splice(0).map(({ exception }) => `${exception}`), ["RangeError: late"]);
  }, { deadline: 20, onError: () => new Response("never sent") });
});

Deno.test("a deadline counts the time for which a request waits for its turn", async () => {
  let begun = 0;
  const release = new Event();
  const handler: Handler = function* () {
    begun++;
    try {
      yield* sleep("1h");
    } finally {
      yield* release.wait(); // It keeps its place until then.
    }
    return new Response();
  };
  await serving(handler, function* ({ connect }) {
    const clients = [yield* connect(), yield* connect(), yield* connect()];
    for (const client of clients) yield* until(client.get("/"));
    for (const client of clients) assertEquals((yield* until(client.answer())).status, 503);
    assertEquals(begun, 1);
    release.set();
  }, { deadline: 30, maxConcurrency: 1 });
});

Deno.test("a deadline ends with the head of the response", async () => {
  const { stream } = await import("../../../http.ts");
  const handler = () =>
    new Response(stream(function* (write) {
      yield* write("begun");
      yield* sleep(60);
      yield* write(" ended");
    }));
  await serving(handler, function* ({ connect }) {
    const { body, isWhole } = yield* until((yield* connect()).ask("/"));
    assertEquals([body, isWhole], ["begun ended", true]);
  }, { deadline: 20 });
});

Deno.test("no more handlers run at once than maxConcurrency says, first come, first served", async () => {
  const log: string[] = [];
  let running = 0;
  let most = 0;
  const handler: Handler = function* ({ url }) {
    const { pathname } = new URL(url);
    log.push(pathname);
    most = Math.max(most, ++running);
    try {
      yield* sleep(pathname.endsWith("5") ? 20 : 2);
      if (pathname.endsWith("3")) throw new RangeError("it ends somehow");
    } finally {
      running--;
    }
    return new Response();
  };
  await serving(handler, function* ({ connect }) {
    const clients = [];
    for (let i = 0; i < 20; i++) {
      const client = yield* connect();
      yield* until(client.get(`/${i}`));
      clients.push(client);
    }
    for (const client of clients) yield* until(client.answer());
    assertEquals(log, clients.map((_client, i) => `/${i}`));
    assertEquals(most, 3);
  }, { maxConcurrency: 3, onError: () => new Response() });
});

Deno.test("a client that leaves gives up its place in the line", async () => {
  const log: string[] = [];
  const release = new Event();
  const handler: Handler = function* ({ url }) {
    log.push(new URL(url).pathname);
    if (log.length === 1) yield* release.wait();
    return new Response();
  };
  await serving(handler, function* ({ server, connect }) {
    const clients = [];
    for (let i = 0; i < 5; i++) {
      const client = yield* connect();
      yield* until(client.get(`/${i}`));
      clients.push(client);
      yield* sleep(1);
    }
    while (!`${server}`.endsWith("5 requests waiting")) yield* sleep(5);
    clients[1].close();
    clients[3].close();
    while (!`${server}`.endsWith("3 requests waiting")) yield* sleep(5);
    release.set();
    for (const i of [0, 2, 4]) yield* until(clients[i].answer());
    assertEquals(log, ["/0", "/2", "/4"]);
  }, { maxConcurrency: 1 });
});

Deno.test("requests that wait for a turn leave no timer behind", async () => {
  await run(function* () {
    const server = yield* serve(function* () {
      yield* sleep(5);
      return new Response("ok");
    }, { port: 0, deadline: "1h", maxConcurrency: 1 });
    const { port } = server.sockname as { port: number };
    const asked = [1, 2, 3].map(() => fetch(`http://127.0.0.1:${port}/`).then((r) => r.text()));
    assertEquals(yield* until(Promise.all(asked)), ["ok", "ok", "ok"]);
    yield* server.shutdown();
    yield* until(assertRejects(() => fetch(`http://127.0.0.1:${port}/`)));
  });
});
