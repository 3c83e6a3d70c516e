// deno-lint-ignore-file require-yield -- Handlers that need not wait are what half of these tests are about.

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { type Handler, OSError, serve } from "../../../http.ts";
import {
  allTasks,
  ContextVar,
  coroutine,
  createTask,
  currentTask,
  Event,
  type ExceptionContext,
  run,
  sleep,
  TimeoutError,
  until,
  waitFor,
} from "../../../mod.ts";
import { failure, program } from "../support.ts";
import { serving } from "./support.ts";

Deno.test("a coroutine function, an async function and a plain one all answer", async () => {
  const handlers: Handler[] = [
    function* () {
      yield* sleep(1);
      return new Response("hello");
    },
    function* () {
      return new Response("hello");
    },
    async () => {
      await Promise.resolve();
      return new Response("hello");
    },
    () => new Response("hello"),
    coroutine(function* () {
      yield;
      return new Response("hello");
    }),
    () => createTask(sleep(1, new Response("hello"))),
  ];
  for (const handler of handlers) {
    await serving(handler, function* ({ connect }) {
      const client = yield* connect();
      for (let i = 0; i < 2; i++) {
        const { status, body } = yield* until(client.ask("/"));
        assertEquals([status, body], [200, "hello"]);
      }
    });
  }
});

Deno.test("a request is a task of its own, that currentTask() and allTasks() show", async () => {
  const names = new Set<string>();
  const handler: Handler = function* () {
    const task = currentTask()!;
    assert(allTasks().has(task));
    names.add(task.name);
    yield* sleep(1);
    assertEquals(currentTask(), task);
    return new Response();
  };
  await serving(handler, function* ({ connect }) {
    const client = yield* connect();
    yield* until(client.ask("/"));
    yield* until(client.ask("/"));
    assertEquals(names.size, 2);
    assertEquals(allTasks().size, 1);
  });
  await serving((_request) => new Response(currentTask()!.name), function* ({ connect }) {
    const { body } = yield* until((yield* connect()).ask("/"));
    assertMatch(body, /^Task-\d+$/);
  });
});

Deno.test("what a handler throws while its loop ends is reported once", async () => {
  const reports: ExceptionContext[] = [];
  let answered: Promise<unknown> | undefined;
  await run(function* () {
    const server = yield* serve(function* () {
      try {
        yield* sleep("1h");
      } catch (cause) {
        throw new Error("mine", { cause });
      }
      return new Response();
    }, { port: 0 });
    const { port } = server.sockname as { port: number };
    answered = fetch(`http://127.0.0.1:${port}`).then((response) => response.text(), () => {});
    while (allTasks().size === 1) yield* sleep(1);
  }, { exceptionHandler: (context) => void reports.push(context) });
  await answered;
  assertEquals(reports.map(({ exception }) => (exception as Error).message), ["mine"]);
});

Deno.test("a handler that needn't wait runs through at once, and in no other's turn", async () => {
  const log: string[] = [];
  const handler: Handler = function* ({ url }) {
    const { pathname } = new URL(url);
    log.push(`${pathname} begins`);
    const begun = currentTask();
    createTask(function* () {
      log.push(`${pathname} next turn`);
    });
    assertEquals(currentTask(), begun);
    log.push(`${pathname} ends`);
    return new Response();
  };
  await serving(handler, function* ({ connect }) {
    yield* until((yield* connect()).ask("/a"));
    assertEquals(log, ["/a begins", "/a ends", "/a next turn"]);
  });
});

Deno.test("a handler runs in a copy of the context in which the server was started", async () => {
  const user = new ContextVar("user", { defaultValue: "nobody" });
  const handlers: Handler[] = [
    function* () {
      const before = user.get();
      user.set("handler");
      yield* sleep(1);
      return new Response(`${before} ${user.get()}`);
    },
    () => {
      const before = user.get();
      user.set("handler");
      return new Response(`${before} ${user.get()}`);
    },
  ];
  for (const handler of handlers) {
    await run(function* () {
      user.set("starter");
      const server = yield* serve(handler, { port: 0 });
      user.set("later");
      const { port } = server.sockname as { port: number };
      for (let i = 0; i < 2; i++) {
        const response = yield* until(fetch(`http://127.0.0.1:${port}/`));
        assertEquals(yield* until(response.text()), "starter handler");
      }
      assertEquals(user.get(), "later");
      yield* server.shutdown();
    });
  }
});

Deno.test("a handler is told who asks", async () => {
  await serving((_request, info) => Response.json(info.peername), function* ({ connect }) {
    const { body } = yield* until((yield* connect()).ask("/"));
    const { hostname, port } = JSON.parse(body);
    assertEquals(hostname, "127.0.0.1");
    assert(port > 0);
  });
});

Deno.test("a handler's failure is a 500 and one report", async () => {
  const handler: Handler = function* ({ url }) {
    const { pathname } = new URL(url);
    if (pathname === "/late") yield* sleep(1);
    if (pathname === "/timeout") yield* waitFor(sleep("1h"), 1);
    throw new RangeError(pathname);
  };
  await serving(handler, function* ({ connect, reports }) {
    const client = yield* connect();
    for (const path of ["/soon", "/late", "/timeout"]) {
      const { status, body } = yield* until(client.ask(path));
      assertEquals([status, body], [500, "Internal Server Error"]);
      const [report, ...others] = reports.splice(0);
      assertEquals(others, []);
      assertMatch(report.message, new RegExp(`GET http://localhost${path}`));
      assert(report.exception instanceof (path === "/timeout" ? TimeoutError : RangeError));
      assert(report.task !== undefined);
    }
    // Nor is it told a second time, when the task is garbage or a second has passed.
    yield* sleep("1.1s");
  });
});

Deno.test("what is no Response is a TypeError that says so", async () => {
  const handlers = [
    () => "text",
    function* () {},
    function* () {
      yield* sleep(1);
      return { status: 200 };
    },
  ] as unknown as Handler[];
  for (const handler of handlers) {
    await serving(handler, function* ({ connect, reports }) {
      assertEquals((yield* until((yield* connect()).ask("/"))).status, 500);
      const [{ exception }] = reports.splice(0);
      assert(exception instanceof TypeError);
      assertMatch(`${exception}`, /handler must return a Response, got /);
    });
  }
});

Deno.test("onError gives the response of a handler that fails, and nothing is reported", async () => {
  const user = new ContextVar("user", { defaultValue: "nobody" });
  const handler: Handler = function* ({ url }) {
    user.set("handler");
    if (url.endsWith("/late")) yield* sleep(1);
    if (url.endsWith("/none")) return undefined as unknown as Response;
    throw new RangeError("failed");
  };
  const answer = (error: unknown, request: Request) =>
    new Response(`${error} ${new URL(request.url).pathname} ${user.get()}`, { status: 418 });
  const onErrors = [
    answer,
    function* (error: unknown, request: Request) {
      yield* sleep(1);
      return answer(error, request);
    },
    async (error: unknown, request: Request) => {
      const response = answer(error, request);
      await sleep(1);
      return response;
    },
  ];
  for (const onError of onErrors) {
    await serving(handler, function* ({ connect }) {
      const client = yield* connect();
      for (const path of ["/soon", "/late"]) {
        const { status, body } = yield* until(client.ask(path));
        assertEquals([status, body], [418, `RangeError: failed ${path} handler`]);
      }
      const { body } = yield* until(client.ask("/none"));
      assertMatch(body, /^TypeError: handler must return a Response, got undefined/);
    }, { onError });
  }
});

Deno.test("a failure of onError itself is a 500 and a report", async () => {
  const failed = () => {
    throw new RangeError("failed");
  };
  await serving(failed, function* ({ connect, reports }) {
    assertEquals((yield* until((yield* connect()).ask("/"))).status, 500);
    assertEquals(reports.splice(0).map(({ exception }) => `${exception}`), ["Error: worse"]);
  }, {
    onError: () => {
      throw new Error("worse");
    },
  });
});

Deno.test("a handler that is cancelled by itself gives a 503", async () => {
  const handler: Handler = function* ({ url }) {
    if (url.endsWith("/late")) yield* sleep(1);
    currentTask()!.cancel();
    yield* sleep(1);
    return new Response();
  };
  await serving(handler, function* ({ connect }) {
    const client = yield* connect();
    assertEquals((yield* until(client.ask("/soon"))).status, 503);
    assertEquals((yield* until(client.ask("/late"))).status, 503);
  });
});

Deno.test("a handler whose parameters can't be bound fails as any other", async () => {
  const handler = function* ({ url: { length: { missing: { more } } } }: never) {
    return new Response(more);
  } as unknown as Handler;
  await serving(handler, function* ({ connect, reports }) {
    assertEquals((yield* until((yield* connect()).ask("/"))).status, 500);
    assert(reports.splice(0)[0].exception instanceof TypeError);
  });
});

Deno.test("serve() listens on a Unix socket", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/socket`;
  try {
    await run(function* () {
      const server = yield* serve((_request, info) => Response.json(info.peername), { path });
      assertEquals(server.sockname, { path });
      const conn = yield* until(Deno.connect({ transport: "unix", path }));
      yield* until(
        conn.write(
          new TextEncoder().encode("GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"),
        ),
      );
      assertMatch(yield* until(new Response(conn.readable).text()), /\{"path":/);
      yield* server.shutdown();
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a port that is taken is an OSError", async () => {
  const ok = () => new Response();
  await serving(ok, function* ({ port }) {
    const error = yield* failure(OSError, serve(ok, { port, backlog: 16 }));
    assertEquals(error.code, "EADDRINUSE");
    assertMatch(error.message, new RegExp(`Cannot serve at 127.0.0.1:${port}`));
  });
});

Deno.test("a port may be shared where Deno lets it be, and elsewhere that is an error", async () => {
  const source = `
    import { serve } from ${JSON.stringify(import.meta.resolve("../../../http.ts"))};
    await asyncio.run(function* () {
      const ok = () => new Response();
      try {
        const first = yield* serve(ok, { port: 0, reusePort: true });
        const second = yield* serve(ok, { port: first.sockname.port, reusePort: true });
        console.log(second.sockname.port === first.sockname.port);
      } catch (error) {
        console.log(String(error));
      }
    });`;
  const shared = await program(source, ["--allow-net", "--unstable-net"]);
  assertEquals(shared, { code: 0, out: "true\n", err: "" });
  const refused = await program(source, ["--allow-net"]);
  assertMatch(refused.out, /^InvalidStateError: Cannot share a port: .*--unstable-net/);
  assertEquals(refused.code, 0);
});

Deno.test("a name that isn't known, and a folder that isn't there, are OSErrors", async () => {
  const ok = () => new Response();
  await run(function* () {
    const unknown = yield* failure(OSError, serve(ok, { port: 0, hostname: "name.invalid" }));
    assertEquals(unknown.code, "ENOTFOUND");
    const missing = yield* failure(OSError, serve(ok, { path: "/no/such/folder/socket" }));
    assertEquals(missing.code, "ENOENT");
  });
});

Deno.test("serve() checks its arguments at the call", () => {
  const ok = () => new Response();
  const wrong: [unknown, unknown, typeof TypeError | typeof RangeError, string][] = [
    [ok(), {}, TypeError, "handler"],
    [ok, 8000, TypeError, "options"],
    [ok, { port: "80" }, TypeError, "port"],
    [ok, { port: 65_536 }, RangeError, "port"],
    [ok, { port: 1.5 }, RangeError, "port"],
    [ok, { hostname: 1 }, TypeError, "hostname"],
    [ok, { hostname: "" }, RangeError, "hostname"],
    [ok, { path: 1 }, TypeError, "path"],
    [ok, { path: "" }, RangeError, "path"],
    [ok, { path: "a", port: 1 }, TypeError, "port"],
    [ok, { tls: { cert: "x" } }, TypeError, "tls.key"],
    [ok, { tls: { cert: "x", key: "y", alpnProtocols: ["h2"] } }, TypeError, "tls.alpnProtocols"],
    [ok, { deadline: "soon" }, RangeError, "deadline"],
    [ok, { deadline: 0 }, RangeError, "deadline"],
    [ok, { maxConcurrency: 0 }, RangeError, "maxConcurrency"],
    [ok, { maxConcurrency: "1" }, TypeError, "maxConcurrency"],
    [ok, { onError: true }, TypeError, "onError"],
    [ok, { backlog: 0 }, RangeError, "backlog"],
    [ok, { reusePort: 1 }, TypeError, "reusePort"],
  ];
  for (const [handler, options, kind, argument] of wrong) {
    const error = assertThrows(() => serve(handler as Handler, options as object), kind);
    assert(error.message.startsWith(argument), error.message);
  }
});

Deno.test("requests that come while the loop is at rest are answered when it runs again", async () => {
  const { Runner } = await import("../../../mod.ts");
  const runner = new Runner();
  const answered = new Event();
  const server = await runner.run(() => serve(() => new Response("late"), { port: 0 }));
  const { port } = server.sockname as { port: number };
  const asked = fetch(`http://127.0.0.1:${port}/`).then((response) => response.text());
  await new Promise((resolve) => setTimeout(resolve, 20));
  await runner.run(function* () {
    assertEquals(yield* until(asked), "late");
    answered.set();
    yield* server.shutdown();
  });
  assert(answered.isSet());
  await runner.close();
});
