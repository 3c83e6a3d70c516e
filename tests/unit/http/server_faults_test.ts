import { assert, assertEquals, assertMatch } from "@std/assert";
import { type Handler, serve, stream } from "../../../http.ts";
import { Event, gather, run, sleep, until, waitFor } from "../../../mod.ts";
import { liveRequest, type OpenSocket } from "../../../src/http/live_requests.ts";
import { makeCertificates } from "../../certificates.ts";
import { program } from "../support.ts";
import { type Client, serving } from "./support.ts";

const HTTP = JSON.stringify(import.meta.resolve("../../../http.ts"));

Deno.test("serve() speaks TLS, and a client that breaks its handshake harms nobody", async () => {
  const { ca, cert, key } = await makeCertificates();
  using client = Deno.createHttpClient({ caCerts: [ca] });
  await serving((request) => new Response(new URL(request.url).protocol), function* (serving) {
    const broken = yield* serving.connect();
    yield* until(broken.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n"));
    yield* until(broken.ended());
    const response = yield* until(fetch(`https://localhost:${serving.port}/`, { client }));
    assertEquals(yield* until(response.text()), "https:");
  }, { hostname: "localhost", tls: { cert, key } });
});

Deno.test("a hundred clients that reset amid their requests leave no task, and others are served", async () => {
  let running = 0;
  const handler: Handler = function* ({ url }) {
    running++;
    try {
      if (url.endsWith("/soon")) return new Response("soon");
      if (url.endsWith("/stream")) {
        return new Response(stream(function* (write) {
          running++;
          try {
            for (;;) yield* write(new Uint8Array(10_000));
          } finally {
            running--;
          }
        }));
      }
      yield* sleep("1h");
    } finally {
      running--;
    }
    return new Response();
  };
  await serving(handler, function* ({ connect }) {
    const other = yield* connect();
    const paths = ["/soon", "/stream", "/long", "/queued"];
    for (let round = 0; round < 25; round++) {
      const clients = [];
      for (const path of paths) {
        const client = yield* connect();
        // The first answer is never read, so that the connection is reset, not ended.
        yield* until(client.get("/soon"));
        yield* until(client.get(path));
        clients.push(client);
      }
      if (round % 3 === 0) yield* sleep(round);
      for (const client of clients) client.close();
    }
    while (running > 0) yield* sleep(5);
    assertEquals((yield* until(other.ask("/soon"))).body, "soon");
  }, { maxConcurrency: 500 });
});

Deno.test("clients that send slowly are served when they have sent all, and hold up nobody", async () => {
  const handler: Handler = function* (request) {
    return new Response(yield* until(request.text()));
  };
  await serving(handler, function* ({ connect }) {
    const slow = yield* connect();
    const quick = yield* connect();
    for (
      const part of ["POST / HT", "TP/1.1\r\nhost: x\r\ncontent-le", "ngth: 4\r\n\r\nsl", "ow"]
    ) {
      yield* until(slow.send(part));
      yield* sleep(2);
      yield* until(quick.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nquick"));
      assertEquals((yield* until(quick.answer())).body, "quick");
    }
    assertEquals((yield* until(slow.answer())).body, "slow");
  }, { maxConcurrency: 10 });
});

Deno.test("a handler is cancelled that reads a body of which half comes", async () => {
  const ended = new Event();
  const handler: Handler = function* (request) {
    try {
      return new Response(yield* until(request.text()));
    } finally {
      ended.set();
    }
  };
  await serving(handler, function* ({ connect }) {
    const client = yield* connect();
    yield* until(client.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nhalf"));
    yield* sleep(60);
    client.close();
    yield* waitFor(ended.wait(), "10s");
    // Either hears of it first: the wait is cancelled, or the body fails, which is no mistake to report.
    yield* sleep(5);
  });
});

Deno.test("a run that is aborted while its server drains ends, and so does the process", async () => {
  const { code, out } = await program(
    `
    import { serve } from ${HTTP};
    const { run, sleep, until } = asyncio;
    const controller = new AbortController();
    const main = run(function* () {
      const server = yield* serve(function* () {
        yield* sleep("1h");
        return new Response();
      }, { port: 0, deadline: "1h" });
      const asked = fetch("http://127.0.0.1:" + server.sockname.port + "/");
      asked.then(({ status }) => console.log(status), () => console.log("broken off"));
      yield* sleep(50);
      setTimeout(() => controller.abort(), 20);
      yield* server.shutdown();
    }, { signal: controller.signal });
    await main.catch((error) => console.log(error.name));`,
    ["--allow-net"],
  );
  assertEquals(code, 0);
  assertMatch(out, /CancelledError/);
});

Deno.test("a process ends by itself when its server is closed, or its loop", async () => {
  for (const last of ["yield* server.shutdown();", "", "server.close();"]) {
    const { code, out, err } = await program(
      `
      import { serve } from ${HTTP};
      await asyncio.run(function* () {
        const server = yield* serve(function* () {
          yield* asyncio.sleep(1);
          return new Response("answered");
        }, { port: 0, deadline: "1h", maxConcurrency: 5 });
        const url = "http://127.0.0.1:" + server.sockname.port + "/";
        const response = yield* asyncio.until(fetch(url));
        console.log(yield* asyncio.until(response.text()));
        ${last}
      });`,
      ["--allow-net"],
    );
    assertEquals([code, out, err], [0, "answered\n", ""]);
  }
});

Deno.test("a missing permission is the host's own error", async () => {
  const { out } = await program(
    `
    import { serve } from ${HTTP};
    await asyncio.run(serve(() => new Response())).catch((error) => console.log(error.name));`,
    ["--deny-net"],
  );
  assertEquals(out, "NotCapable\n");
});

/** Stands for a WebSocket: notes what it is told. */
class FakeSocket implements OpenSocket {
  readonly told: string[] = [];
  _goAway(): void {
    this.told.push("go away");
  }
  _abort(): void {
    this.told.push("abort");
  }
}

Deno.test("a request that is being answered is found, from its first step on", async () => {
  const found: boolean[] = [];
  const handler: Handler = function* (request) {
    found.push(liveRequest(request) !== null, liveRequest({}) !== null);
    yield* sleep(1);
    found.push(liveRequest(request) !== null);
    return new Response();
  };
  let kept: Request | undefined;
  await serving(handler, function* ({ connect }) {
    yield* until((yield* connect()).ask("/"));
    assertEquals(found, [true, false, true]);
  });
  await serving((request) => {
    kept = request;
    return new Response();
  }, function* ({ connect }) {
    yield* until((yield* connect()).ask("/"));
    assertEquals(liveRequest(kept!), null);
  });
});

Deno.test("a server isn't closed before its sockets are gone, and tells them", async () => {
  const sockets: FakeSocket[] = [];
  const remove: (() => void)[] = [];
  const handler: Handler = (request) => {
    const socket = new FakeSocket();
    const live = liveRequest(request)!;
    live.addSocket(socket);
    sockets.push(socket);
    remove.push(() => live.removeSocket(socket));
    return new Response();
  };
  await serving(handler, function* ({ server, connect }) {
    const client: Client = yield* connect();
    yield* until(client.ask("/"));
    server.closeClients();
    assertEquals(sockets[0].told, ["go away"]);
    const closed = gather(server.shutdown(20));
    yield* sleep(60);
    assert(!closed.done());
    assertEquals(sockets[0].told, ["go away", "go away"]);
    server.abortClients();
    assertEquals(sockets[0].told.at(-1), "abort");
    remove[0]();
    remove[0]();
    yield* closed;
  });
});

Deno.test("the client of a request that is disarmed may leave", async () => {
  for (const waits of [0, 50]) {
    const begun = new Event();
    const log: string[] = [];
    const handler: Handler = function* (request) {
      begun.set();
      try {
        if (waits > 0) yield* sleep(waits);
        liveRequest(request)!.disarm();
        yield* sleep(100);
        log.push("stayed");
      } catch {
        log.push("cancelled");
      }
      return new Response();
    };
    await serving(handler, function* ({ connect }) {
      const client = yield* connect();
      yield* until(client.get("/"));
      yield* begun.wait();
      yield* sleep(waits + 10);
      client.close();
      while (log.length === 0) yield* sleep(5);
      assertEquals(log, ["stayed"]);
    });
  }
});

Deno.test("deadlines pass for all whom they concern, long ones and short ones", async () => {
  for (const deadline of [150, 400]) {
    await run(function* () {
      const server = yield* serve(function* ({ url }) {
        yield* sleep(url.endsWith("/long") ? "1h" : 1);
        return new Response("in time");
      }, { port: 0, deadline });
      const { port } = server.sockname as { port: number };
      const ask = (path: string) =>
        fetch(`http://127.0.0.1:${port}${path}`).then(async (response) => {
          await response.text();
          return response.status;
        });
      const long = Array.from({ length: 50 }, () => ask("/long"));
      const statuses = yield* until(Promise.all(long));
      assertEquals(new Set(statuses), new Set([503]));
      assertEquals(yield* until(ask("/short")), 200);
      yield* server.shutdown();
    });
  }
});
