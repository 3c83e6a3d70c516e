// deno-lint-ignore-file require-yield -- Handlers that need not wait are a case of their own.

import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { stream, type Write } from "../../../http.ts";
import {
  type Awaitable,
  ContextVar,
  type Coroutine,
  currentTask,
  Event,
  gather,
  InvalidStateError,
  run,
  sleep,
  until,
  waitFor,
} from "../../../mod.ts";
import { serving } from "./support.ts";

const streaming = (body: (write: Write) => Awaitable<unknown> | void) => () =>
  new Response(stream(body));

Deno.test("stream() sends what a coroutine writes, strings as UTF-8", async () => {
  const handler = streaming(function* (write) {
    yield* write("grüße ");
    yield* write("");
    yield* sleep(1);
    const bytes = new Uint8Array([111, 107]);
    yield* write(bytes);
    bytes.fill(0); // It may be used again.
  });
  await serving(handler, function* ({ port }) {
    for (let i = 0; i < 2; i++) {
      const response = yield* until(fetch(`http://127.0.0.1:${port}/`));
      assertEquals(yield* until(response.text()), "grüße ok");
    }
  });
});

Deno.test("the body of a stream() may be an async function, or a plain one that writes nothing", async () => {
  const handlers = [
    streaming(async (write) => {
      await write("asynchronous");
    }),
    streaming(() => {}),
  ];
  const bodies: string[] = [];
  for (const handler of handlers) {
    await serving(handler, function* ({ connect }) {
      const { body, isWhole } = yield* until((yield* connect()).ask("/"));
      assert(isWhole);
      bodies.push(body);
    });
  }
  assertEquals(bodies, ["asynchronous", ""]);
});

Deno.test("write() waits until the reader wants more, and nothing is buffered", async () => {
  await run(function* () {
    const log: string[] = [];
    const reader = stream(function* (write) {
      for (let i = 0; i < 3; i++) {
        log.push(`writes ${i}`);
        yield* write(`${i}`);
      }
      log.push("ends");
    }).getReader();
    yield* sleep(1);
    assertEquals(log, []);
    const read = function* () {
      const { value, done } = yield* until(reader.read());
      yield* sleep(1);
      return done ? "the end" : new TextDecoder().decode(value);
    };
    assertEquals(yield* read(), "0");
    assertEquals(log.splice(0), ["writes 0", "writes 1"]);
    assertEquals(yield* read(), "1");
    assertEquals(log.splice(0), ["writes 2"]);
    assertEquals(yield* read(), "2");
    assertEquals(log.splice(0), ["ends"]);
    assertEquals(yield* read(), "the end");
  });
});

Deno.test("a write() that is cancelled sends nothing, and others take their turn", async () => {
  await run(function* () {
    const first = new Event();
    const reader = stream(function* (write) {
      yield* write("a");
      try {
        yield* waitFor(write("never"), 1);
      } catch { /* It timed out. */ }
      first.set();
      yield* gather(write("b"), write("c"));
    }).getReader();
    const chunks: string[] = [];
    const read = function* () {
      const { value } = yield* until(reader.read());
      chunks.push(new TextDecoder().decode(value));
    };
    yield* read();
    yield* first.wait();
    yield* read();
    yield* read();
    assertEquals(chunks, ["a", "b", "c"]);
    assert((yield* until(reader.read())).done);
  });
});

Deno.test("a reader that leaves during a step of the body cancels its next write()", async () => {
  // Deno does so when a chunk is handed over for a client that has gone: inside of write().
  const seen: unknown[] = [];
  await run(function* () {
    const reader = stream(function* (write) {
      yield* write("a");
      reader.cancel();
      try {
        yield* write("b");
      } catch (error) {
        seen.push(error);
        throw error;
      }
    }).getReader();
    yield* until(reader.read());
    yield* sleep(1);
  }, { exceptionHandler: ({ exception }) => seen.push(exception) });
  assertEquals(seen.map((error) => (error as Error).name), ["CancelledError"]);
});

Deno.test("a stream() runs in a copy of the context in which it was made", async () => {
  const user = new ContextVar("user", { defaultValue: "nobody" });
  const handler = () => {
    user.set("handler");
    const readable = stream(function* (write) {
      yield* write(user.get());
    });
    user.set("later");
    return new Response(readable);
  };
  await serving(handler, function* ({ connect }) {
    assertEquals((yield* until((yield* connect()).ask("/"))).body, "handler");
  });
});

Deno.test("a client that leaves cancels the coroutine of its body, wherever that waits", async () => {
  for (const waits of ["in write()", "elsewhere"]) {
    const ended = new Event();
    let caught: unknown;
    const handler = streaming(function* (write) {
      try {
        yield* write("begun");
        if (waits === "elsewhere") yield* sleep("1h");
        else for (;;) yield* write(new Uint8Array(65_536));
      } catch (error) {
        caught = error;
        yield* sleep(1);
        throw error;
      } finally {
        ended.set();
      }
    });
    await serving(handler, function* ({ connect }) {
      const client = yield* connect();
      yield* until(client.get("/"));
      assert(yield* until(client.has("begun")));
      yield* sleep(20);
      client.close();
      yield* waitFor(ended.wait(), "10s");
      assertEquals(`${caught}`, "CancelledError: The client has left");
    });
  }
});

Deno.test("a failure breaks off the response, and is reported once", async () => {
  const handler = streaming(function* (write) {
    yield* write("begun");
    yield* sleep(1);
    throw new RangeError("amid a body");
  });
  await serving(handler, function* ({ connect, reports }) {
    const { status, body, isWhole } = yield* until((yield* connect()).ask("/"));
    assertEquals([status, body, isWhole], [200, "begun", false]);
    yield* sleep(20);
    const [{ message, exception, task }, ...others] = reports.splice(0);
    assertEquals(others, []);
    assertEquals(`${exception}`, "RangeError: amid a body");
    assertMatch(message, /stream\(\)/);
    assert(task !== undefined);
  });
});

Deno.test("a body that cancels itself breaks off the response, and nothing is reported", async () => {
  const handler = streaming(function* (write) {
    yield* write("begun");
    currentTask()!.cancel();
    yield* sleep(1);
  });
  await serving(handler, function* ({ connect }) {
    const { isWhole } = yield* until((yield* connect()).ask("/"));
    assert(!isWhole);
  });
});

Deno.test("a stream of the program's own that fails is reported once, too", async () => {
  const handler = () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          controller.error(new RangeError("theirs"));
        },
      }),
    );
  await serving(handler, function* ({ connect, reports }) {
    const { isWhole } = yield* until((yield* connect()).ask("/"));
    assert(!isWhole);
    assertEquals(reports.splice(0).map(({ exception }) => `${exception}`), ["RangeError: theirs"]);
  });
});

Deno.test("closeClients() cancels bodies that are being written", async () => {
  let caught = 0;
  const handler = streaming(function* (write) {
    try {
      yield* write("begun");
      yield* sleep("1h");
    } finally {
      caught++;
    }
  });
  await serving(handler, function* ({ server, connect }) {
    const client = yield* connect();
    yield* until(client.get("/"));
    assert(yield* until(client.has("begun")));
    server.closeClients();
    yield* until(client.ended());
    assertEquals(caught, 1);
  });
});

Deno.test("a stream() that nobody sends costs later responses nothing, and holds up no server", async () => {
  const handler = ({ url }: Request) => {
    if (url.endsWith("/drops")) stream(function* () {});
    return new Response("static");
  };
  await serving(handler, function* ({ connect }) {
    const client = yield* connect();
    for (const path of ["/drops", "/", "/"]) {
      assertEquals((yield* until(client.ask(path))).body, "static");
    }
  });
});

Deno.test("a stream() that comes too late for its client holds up no server", async () => {
  const began: string[] = [];
  const handler = function* (): Coroutine<Response> {
    try {
      yield* sleep("1h");
    } catch {
      // As a handler that turns whatever goes wrong into an answer.
    }
    return new Response(stream(function* () {
      began.push("began");
    }));
  };
  await serving(handler, function* ({ server, connect }) {
    const client = yield* connect();
    assertEquals((yield* until(client.ask("/"))).status, 503);
    server.close();
    yield* waitFor(server.waitClosed(), "10s");
  }, { deadline: "20ms" });
  assertEquals(began, []);
});

Deno.test("a body that nobody will read is given back", async () => {
  const givenBack = new Event();
  const handler = function* (): Coroutine<Response> {
    try {
      yield* sleep("1h");
    } catch {
      // See above.
    }
    return new Response(new ReadableStream({ cancel: () => givenBack.set() }));
  };
  await serving(handler, function* ({ connect }) {
    const client = yield* connect();
    yield* until(client.ask("/"));
    yield* waitFor(givenBack.wait(), "10s");
  }, { deadline: "20ms" });
});

Deno.test("a stream() that goes through another is delivered whole as well", async () => {
  for (const delay of [0, 10]) {
    const begun = new Event();
    const handler = function* (): Coroutine<Response> {
      const body = stream(function* (write) {
        yield* write("first ");
        begun.set();
        yield* sleep(200); // Longer than a server lingers that knows of nothing.
        yield* write("last");
      }).pipeThrough(new TransformStream());
      if (delay > 0) yield* sleep(delay);
      return new Response(body);
    };
    await serving(handler, function* ({ server, connect }) {
      const client = yield* connect();
      yield* until(client.get("/"));
      yield* begun.wait();
      yield* sleep(20);
      server.close();
      const { body, isWhole } = yield* until(client.answer());
      assertEquals([body, isWhole], ["first last", true]);
    });
  }
});

Deno.test("write() refuses what are no bytes, and bodies that have ended", async () => {
  assertThrows(() => stream(1 as never), TypeError, "body");
  await run(function* () {
    let kept: Write | undefined;
    const readable = stream(function* (write) {
      assertThrows(() => write(1 as never), TypeError, "chunk");
      kept = write;
    });
    assertEquals(yield* until(new Response(readable).text()), "");
    try {
      yield* kept!("late");
      throw new Error("It was sent");
    } catch (error) {
      assert(error instanceof InvalidStateError);
    }
  });
});

Deno.test("a loop that closes breaks off what it streams to others", async () => {
  let reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  await run(function* () {
    reader = stream(function* (write) {
      yield* write("begun");
      yield* sleep("1h");
    }).getReader();
    yield* until(reader.read());
  });
  let thrown: unknown;
  await reader!.read().catch((error) => thrown = error);
  assert(thrown instanceof Error);
});
