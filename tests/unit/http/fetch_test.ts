/**
 * The client against real servers: those that answer, and those that don't.
 *
 * @module
 */

import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  CancelledError,
  createTask,
  InvalidStateError,
  run,
  sleep,
  TimeoutError,
  until,
  waitFor,
} from "../../../mod.ts";
import { fetch, HttpError } from "../../../http.ts";
import { VirtualClock } from "../../../testing.ts";
import { failure, program } from "../support.ts";
import { hostServer, listenOnce, type Seen, silence } from "./servers.ts";

Deno.test("fetch() gives the host's own response, whatever its status", async () => {
  await using server = hostServer(() => new Response("gone", { status: 410 }));
  const response = await run(fetch(server.url));
  assert(response instanceof Response);
  assertEquals(response.status, 410);
  assertEquals(await response.text(), "gone");
});

Deno.test("fetch() takes what the host's takes", async () => {
  await using server = hostServer(async (request) =>
    Response.json([request.method, request.headers.get("x-test"), await request.text()])
  );
  const { url } = server;
  await run(function* () {
    const init = { method: "POST", headers: { "x-test": "1" }, body: "body" };
    const expected = ["POST", "1", "body"];
    assertEquals(yield* fetch(url, init).json(), expected);
    assertEquals(yield* fetch(new URL(url), init).json(), expected);
    assertEquals(yield* fetch(new Request(url, init)).json(), expected);
    // Settings needn't be a plain object: a request has all of them.
    assertEquals(yield* fetch(url, new Request(url, init)).json(), expected);
    assertEquals(yield* fetch(url, Object.create(init)).json(), expected);
    const frozen = Object.freeze({ ...init, signal: new AbortController().signal });
    assertEquals(yield* fetch(url, frozen).json(), expected);
  });
});

Deno.test("text(), json() and bytes() give the whole body", async () => {
  await using server = hostServer(() => new Response('{"a":"ä"}'));
  await run(function* () {
    assertEquals(yield* fetch(server.url).text(), '{"a":"ä"}');
    assertEquals(yield* fetch(server.url).json<{ a: string }>(), { a: "ä" });
    assertEquals(yield* fetch(server.url).bytes(), new TextEncoder().encode('{"a":"ä"}'));
  });
  assertEquals(await fetch(server.url).text(), '{"a":"ä"}');
});

Deno.test("text(), json() and bytes() throw for a status outside 200 to 299", async () => {
  await using server = hostServer(() => new Response("no such user", { status: 404 }));
  await run(function* () {
    for (const method of ["text", "json", "bytes"] as const) {
      const error = yield* failure(HttpError, fetch(server.url)[method]());
      assertEquals([error.name, error.status], ["HttpError", 404]);
      assertEquals(error.message, `${server.url} answered 404 Not Found`);
      assertEquals(error.response.bodyUsed, false);
      assertEquals(yield* until(error.response.text()), "no such user");
    }
  });
});

Deno.test("a request is awaited once, as it is or by one of its methods", async () => {
  await using server = hostServer(() => new Response("a"));
  await run(function* () {
    const request = fetch(server.url);
    const text = request.text();
    assertThrows(() => request.json(), InvalidStateError, "twice");
    yield* failure(InvalidStateError, request);
    assertEquals(yield* text, "a");
    yield* failure(InvalidStateError, text);
  });
});

Deno.test("nothing is sent before it is awaited", async () => {
  await using server = hostServer(() => new Response("a"));
  await run(function* () {
    const request = fetch(server.url).text();
    yield* sleep(20);
    assertEquals(server.requests.length, 0);
    yield* request;
    assertEquals(server.requests.length, 1);
  });
});

Deno.test("fetch() refuses at the call what it can't take", () => {
  for (const input of [undefined, null, 5, {}, [], () => {}, Promise.resolve("a")]) {
    assertThrows(() => fetch(input as never), TypeError, "input must be a string, a URL or");
  }
  for (const init of [5, "POST", []]) {
    assertThrows(() => fetch("http://a", init as never), TypeError, "init must be an object");
  }
  assertThrows(() => fetch("http://a", { signal: {} as never }), TypeError, "init.signal must be");
});

Deno.test("what the host refuses is the host's error, when awaited", async () => {
  for (const input of ["http://", "nonsense:1"]) {
    const request = fetch(input);
    await assertRejects(() => run(request), TypeError);
  }
  await assertRejects(() => run(fetch("http://127.0.0.1:1", { method: "TRACE" })), TypeError);
});

Deno.test("a server that can't be reached is the host's TypeError", async () => {
  const port = await listenOnce((connection) => connection.close());
  await assertRejects(() => run(fetch(`http://127.0.0.1:${port}/`).text()), TypeError);
  await assertRejects(() => run(fetch(`http://127.0.0.1:${port}/`)), TypeError); // Nobody listens.
});

Deno.test("a server that sends garbage is the host's TypeError", async () => {
  for (
    const garbage of ["nonsense\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 99 Low\r\n\r\n", ""]
  ) {
    const port = await listenOnce(async (connection) => {
      await connection.read(new Uint8Array(4096));
      await connection.write(new TextEncoder().encode(garbage));
      connection.close();
    });
    await assertRejects(() => run(fetch(`http://127.0.0.1:${port}/`).text()), TypeError);
  }
});

Deno.test("a server that vanishes in the middle of a body fails the transfer", async () => {
  const port = await listenOnce(async (connection) => {
    await connection.read(new Uint8Array(4096));
    await connection.write(
      new TextEncoder().encode("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"),
    );
    connection.close();
  });
  await assertRejects(() => run(fetch(`http://127.0.0.1:${port}/`).text()), TypeError);
});

Deno.test("cancelling a request aborts it", async () => {
  await using server = hostServer(silence);
  await run(function* () {
    for (const method of ["text", "json", "bytes", null] as const) {
      const request = fetch(server.url);
      const task = createTask(method === null ? request : request[method]() as never);
      const { gone } = yield* until(server.next());
      task.cancel("enough");
      yield* failure(CancelledError, task);
      yield* until(gone);
    }
  });
});

Deno.test("cancelling a transfer aborts it", async () => {
  const gone = Promise.withResolvers<void>();
  const start = (controller: ReadableStreamDefaultController) =>
    controller.enqueue(new Uint8Array(100));
  await using server = hostServer(() =>
    new Response(new ReadableStream({ start, cancel: () => gone.resolve() }))
  );
  await run(function* () {
    const error = yield* failure(TimeoutError, waitFor(fetch(server.url).text(), 200));
    assertEquals(error.message, "Timed out after 200ms");
    yield* until(gone.promise);
  });
});

Deno.test("a response that comes too late for a cancelled task is given back", async () => {
  await using server = hostServer(() => new Response("a".repeat(1_000_000)));
  await run(function* () {
    let woken: () => void;
    const arrived = new Promise<void>((resolve) => woken = resolve);
    const { then } = Promise.prototype;
    const host = globalThis.fetch;
    globalThis.fetch = (...args) => {
      const response = host(...args);
      response.then(() => woken());
      return response;
    };
    try {
      const task = createTask(fetch(server.url));
      yield* sleep(0);
      // In the same microtasks in which it arrives, before the loop has a turn.
      then.call(arrived, () => task.cancel());
      yield* failure(CancelledError, task);
    } finally {
      globalThis.fetch = host;
    }
  });
});

Deno.test("aborting the program's own signal ends a request with the host's error", async () => {
  await using server = hostServer(silence);
  await run(function* () {
    for (const at of ["init", "request", "both"] as const) {
      const controller = new AbortController();
      const { signal } = controller;
      const request = at === "init"
        ? fetch(server.url, { signal })
        : fetch(new Request(server.url, { signal }), at === "both" ? { method: "PUT" } : undefined);
      const task = createTask(request.text());
      const { gone } = yield* until(server.next());
      controller.abort();
      const error = yield* failure(DOMException, task);
      assertEquals(error.name, "AbortError");
      yield* until(gone);
    }
    const reason = new Error("enough");
    const aborted = AbortSignal.abort(reason);
    assertEquals(yield* failure(Error, fetch(server.url, { signal: aborted })), reason);
    // The settings' signal stands in the request's place.
    const unharmed = new AbortController().signal;
    const request = fetch(new Request(server.url, { signal: aborted }), { signal: unharmed });
    const task = createTask(request);
    yield* until(server.next());
    task.cancel();
    yield* failure(CancelledError, task);
  });
});

Deno.test("the program's own signal reaches the body of a response, too", async () => {
  await using server = hostServer(() => new Response(new ReadableStream()));
  const controller = new AbortController();
  const response = await run(fetch(server.url, { signal: controller.signal }));
  controller.abort();
  const error = await assertRejects(() => response.text(), DOMException);
  assertEquals(error.name, "AbortError");
});

Deno.test("no listener is left on the program's signal", async () => {
  await using server = hostServer(() => new Response("a"));
  const { signal } = new AbortController();
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = function (...args: [never, never]) {
    listeners++;
    addEventListener.apply(this, args);
  };
  signal.removeEventListener = function (...args: [never, never]) {
    listeners--;
    removeEventListener.apply(this, args);
  };
  await run(function* () {
    yield* fetch(server.url, { signal }).text();
    const { any } = AbortSignal;
    try {
      (AbortSignal as { any: unknown }).any = undefined; // As in Node 18.
      yield* fetch(server.url, { signal }).text();
    } finally {
      AbortSignal.any = any;
    }
  });
  assertEquals(listeners, 0);
});

Deno.test("where signals can't be joined, the program's own ends the request all the same", async () => {
  await using server = hostServer(silence);
  const { any } = AbortSignal;
  try {
    (AbortSignal as { any: unknown }).any = undefined;
    await run(function* () {
      const controller = new AbortController();
      const task = createTask(fetch(server.url, { signal: controller.signal }));
      yield* until(server.next());
      controller.abort();
      assertEquals((yield* failure(DOMException, task)).name, "AbortError");
      const aborted = fetch(server.url, { signal: AbortSignal.abort() });
      assertEquals((yield* failure(DOMException, aborted)).name, "AbortError");
    });
  } finally {
    AbortSignal.any = any;
  }
});

Deno.test("a loop that waits for a request only is not stuck", async () => {
  await using server = hostServer(() => new Response("a"));
  const clock = new VirtualClock();
  assertEquals(await run(fetch(server.url).text(), { clock }), "a");
});

Deno.test("the end of a loop aborts what is in flight, and the process ends", async () => {
  const arrived = Promise.withResolvers<Seen>();
  await using server = hostServer(async (request) => {
    if (request.url.endsWith("/arrived")) {
      await arrived.promise;
      return new Response(null);
    }
    arrived.resolve(request);
    return silence(request);
  });
  const { code, out, err } = await program(
    `import { fetch } from ${JSON.stringify(import.meta.resolve("../../../http.ts"))};
    const runner = new asyncio.Runner();
    await runner.run(function* () {
      asyncio.createTask(function* () {
        for (;;) {
          try {
            yield* fetch("${server.url}").text();
          } catch (error) {
            console.log(error.name);
          }
        }
      });
      yield* fetch("${server.url}arrived").text();
    });
    runner.loop.close();
    console.log("closed");`,
    ["--allow-net"],
  );
  assertEquals({ code, out, err }, { code: 0, out: "closed\n", err: "" });
  await (await arrived.promise).gone;
});
